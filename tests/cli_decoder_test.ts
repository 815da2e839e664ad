import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { encode, type MessageItem } from "@lastcall/lastcall/client";
import { Histogram } from "../cli/loadtest/histogram.ts";
import type { BatchEvent, JournalEvent } from "../cli/loadtest/journal/events.ts";
import { Journal } from "../cli/loadtest/journal/journal.ts";
import { fromRuns } from "../cli/loadtest/journal/runs.ts";
import { DAMAGED, FOREIGN, MessageCodec } from "../cli/loadtest/payload.ts";
import { FrameDecoder } from "../cli/loadtest/load/frame_decoder.ts";

const codec = new MessageCodec({ run: 7, protocol: "v1", sizeBytes: 80 });

Deno.test("Histogram gives quantiles at most 4 % above the truth", () => {
  fc.assert(fc.property(
    fc.array(fc.double({ min: 0, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 200 }),
    fc.constantFrom(0.01, 0.5, 0.99, 1),
    (samples, share) => {
      const histogram = new Histogram();
      for (const ms of samples) histogram.record(ms);
      const sorted = samples.toSorted((a, b) => a - b);
      const truth = sorted[Math.ceil(samples.length * share) - 1]!;
      const said = histogram.quantileMs(share);
      // A sample is cut to whole microseconds.
      assert(said >= truth - 0.002 && said <= truth * 1.04 + 0.002, `${said} for ${truth}`);
    },
  ));
  assertEquals(new Histogram().quantileMs(0.5), 0);
});

Deno.test("MessageCodec knows a text again, and one that was changed", () => {
  const text = codec.encode(5, 2);
  assertEquals([text.length, codec.decodeText(text)], [80, 5]);
  const other = new MessageCodec({ run: 8, protocol: "v1", sizeBytes: 80 });
  assertEquals([codec.decodeText(other.encode(5, 2)), codec.decodeText("")], [FOREIGN, FOREIGN]);
  assertEquals(codec.decodeText(text.slice(0, -1)), DAMAGED);
  for (let at = 13; at < text.length; at++) {
    const changed = text.slice(0, at) + (text[at] === "0" ? "1" : "0") + text.slice(at + 1);
    assertEquals(codec.decodeText(changed), DAMAGED, `${at}`);
  }
});

const unread = (text: string) => ({ bytes: Buffer.from(text), isBinary: false });

/** A decoder, and the batches that it describes. */
function decoderOf(offered: number) {
  const batches: BatchEvent[] = [];
  const sink = (event: JournalEvent) => void (event.e === "batch" && batches.push(event));
  const journal = new Journal({ now: () => 0, sink, readers: 1 });
  const decoder = new FrameDecoder({ codec, journal, room: 0, offered: () => offered });
  const described = (items: readonly MessageItem[]) => {
    const { n, seq } = batches[decoder.batch(items)]!;
    return [fromRuns(n), fromRuns(seq!)];
  };
  return { decoder, described };
}

Deno.test("FrameDecoder parses frames that are alike once, and no others", () => {
  const { decoder } = decoderOf(10);
  const batch = (...ns: number[]) =>
    unread(encode({
      type: "messages",
      items: ns.map((n) => ({ seq: n + 1, from: "a", content: codec.encode(n, 0), at: 0 })),
    }));
  const first = decoder.decode(batch(1, 2));
  assertStrictEquals(decoder.decode(batch(1, 2)), first);
  assert(decoder.decode(batch(1, 3)) !== first);
  assertStrictEquals(decoder.decode(batch(1, 2)), first);
  const done = unread(encode({ type: "done", lastId: 1 }));
  assert(decoder.decode(done) !== decoder.decode(done));
  const wrong = decoder.decode(unread("{"));
  assert(wrong && "wrong" in wrong);
});

Deno.test("FrameDecoder puts a batch together from messages that it knows, to the byte", () => {
  const { decoder, described } = decoderOf(100);
  const item = (n: number, content = codec.encode(n, 0)) => (
    { seq: n + 1, from: "a", id: n + 1, content, at: 5 }
  );
  const read = (...items: ReturnType<typeof item>[]) => {
    const frame = decoder.decode(unread(encode({ type: "messages", items })));
    if (!frame || "wrong" in frame || frame.type !== "messages") throw new Error("no batch");
    assertEquals(frame.items, items);
    const [ns, seqs] = described(frame.items);
    return { items: frame.items, ns, seqs };
  };
  const first = read(item(1), item(2), item(3));
  const second = read(item(2), item(3));
  assertStrictEquals(second.items[0], first.items[1]);
  assertEquals([second.ns, second.seqs], [[2, 3], [3, 4]]);
  // Known seqs, other words; a message that is new; words beyond ASCII.
  assertEquals(read(item(2), item(3, "somebody else")).ns, [2, FOREIGN]);
  assertEquals(read(item(1), item(9)).ns, [1, 9]);
  assertEquals(read(item(20, "größer 🎉"), item(1)).ns, [FOREIGN, 1]);
  assertEquals(read(item(20, "größer 🎉")).ns, [FOREIGN]);
  const cut = unread(encode({ type: "messages", items: [item(1)] }).slice(0, -1));
  assert("wrong" in decoder.decode(cut)!);
});

Deno.test("FrameDecoder gives numbers, and those that were never sent as damaged", () => {
  const { decoder, described } = decoderOf(10);
  const items = [3, 10, -1].map((n) => ({
    ...{ seq: n + 5, from: "a", at: 0 },
    content: n < 0 ? "hello" : codec.encode(n, 0),
  }));
  assertEquals(described(items), [[3, DAMAGED, FOREIGN], [8, 15, 4]]);
  assertEquals(decoder.batch(items), decoder.batch(items));
});

Deno.test("FrameDecoder inflates what is binary, and says what cannot be inflated", () => {
  const { decoder } = decoderOf(10);
  const text = encode({ type: "done", lastId: 4 });
  const decode = (bytes: Uint8Array) =>
    decoder.decode({ bytes: Buffer.from(bytes), isBinary: true });
  assertEquals(decode(deflateRawSync(text)), { type: "done", lastId: 4 });
  const wrong = decode(new TextEncoder().encode(text));
  assert(wrong && "wrong" in wrong);
});
