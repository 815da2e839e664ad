import { assertEquals } from "@std/assert";
import { closePayload, encodeFrame, FrameParser, OPCODE } from "../cli/frames.ts";
import { Journal } from "../cli/loadtest/journal/journal.ts";
import type { JournalEvent } from "../cli/loadtest/journal/events.ts";
import { Bystander } from "../cli/loadtest/load/bystander.ts";
import { ODD_KINDS, type OddKind } from "../cli/loadtest/mix.ts";
import { createOddClient } from "../cli/loadtest/odd_clients.ts";
import { MessageCodec } from "../cli/loadtest/payload.ts";
import type { ClientRecord } from "../cli/loadtest/run.ts";
import { within } from "../cli/loadtest/wait.ts";
import { type Behaviour, serveRaw } from "./peers/raw_ws_server.ts";

const frame = (opcode: number, payload: string | Uint8Array = "") =>
  encodeFrame({ opcode, payload, mask: false });
const closeFrame = (code: number) => frame(OPCODE.close, closePayload(code, "bye"));
const text = frame(OPCODE.text, "hello");
const ping = frame(OPCODE.ping, "?");
const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

/** Connects a client, waits for its end if it comes, and releases it. */
async function observe(kind: OddKind, behaviour: Behaviour): Promise<{ record: ClientRecord }> {
  await using server = await serveRaw(behaviour);
  const options = { url: server.url, origin: "http://a.example", now: () => performance.now() };
  const client = createOddClient(kind, { ...options, protocol: "echo", index: 0 });
  await client.connect();
  await within(400, client.over);
  client.release();
  await client.over;
  return { record: client.record };
}

const restarted = { how: "closed" as const, code: 1012, reason: "bye" };

Deno.test("a client of any kind records why it was refused", async () => {
  const response = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
  for (const kind of ODD_KINDS) {
    const { record } = await observe(kind, { response });
    assertEquals([record.refusal, record.openedAtMs], ["HTTP 503", undefined], kind);
  }
});

Deno.test("a mute client answers pings and no Close", async () => {
  const parser = new FrameParser();
  const heard: number[] = [];
  const { record } = await observe("mute", {
    opened: (socket) => socket.write(join(text, ping, closeFrame(1012), ping)),
    heard: (_, bytes) => heard.push(...parser.push(bytes).map(({ opcode }) => opcode)),
  });
  assertEquals(heard, [OPCODE.pong]);
  assertEquals(record.end, restarted);
});

Deno.test(
  "a half-open client never says a thing, and nothing ends it but us",
  async () => {
    let heard = 0;
    const { record } = await observe("half-open", {
      opened: (socket) => socket.end(join(ping, closeFrame(1012))),
      heard: () => heard++,
    });
    assertEquals([heard, record.end], [0, { how: "left" }]);
  },
);

/** Plays a bystander, and gives what it wrote down. */
async function bystand(
  behaviour: Behaviour,
  act: (bystander: Bystander) => void | Promise<void>,
): Promise<JournalEvent[]> {
  await using server = await serveRaw(behaviour);
  const events: JournalEvent[] = [];
  const journal = new Journal({ now: () => 1, sink: (event) => events.push(event), readers: 4 });
  const around = { origin: "http://a.example", journal, codec, batchOf: (n: number) => n };
  const bystander = new Bystander(3, { url: server.url, s: 0 }, around);
  await until(() => bystander.isLive || bystander.isClosed);
  await act(bystander);
  await until(() => bystander.isClosed);
  bystander.release();
  journal.flush();
  return events;
}

const codec = new MessageCodec({ run: 7, protocol: "echo", sizeBytes: 80 });

async function until(isSo: () => boolean): Promise<void> {
  for (const endMs = performance.now() + 2_000; !isSo();) {
    if (performance.now() > endMs) throw new Error("it did not come");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const connect = { e: "connect", t: 1, c: 0, kind: "normal", r: 3, s: 0 };
const open = { e: "open", t: 1, c: 0 };

Deno.test("a bystander writes down what it sends and gets, and how it ends", async () => {
  let heard = 0;
  const events = await bystand({
    opened: (socket) => socket.write(frame(OPCODE.text, codec.encode(9, 0))),
    heard(socket) {
      if (heard++ === 0) socket.end(closeFrame(1012));
    },
  }, (bystander) => bystander.publish(4));
  assertEquals(events as unknown[], [
    ...[connect, open, { e: "send", t: 1, n: 4, count: 1 }, { e: "got", t: 1, b: 9, r: [3] }],
    ...[{ e: "close", t: 1, c: 0, ...restarted }, { e: "gone", t: 1, c: 0 }],
  ]);
});

Deno.test("a bystander writes down why it is not there, and what it could not send", async () => {
  const response = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
  const events = await bystand({ response }, (bystander) => bystander.publish(4));
  assertEquals(events as unknown[], [
    ...[connect, { e: "refused", t: 1, c: 0, why: "HTTP 503" }],
    ...[{ e: "unsent", t: 1, n: 4, why: "notConnected" }],
  ]);
});

Deno.test("a bystander that leaves says so, and waits for the answer", async () => {
  const events = await bystand({
    heard: (socket) => socket.end(closeFrame(1000)),
  }, (bystander) => bystander.leave());
  assertEquals(events as unknown[], [
    ...[connect, open, { e: "close", t: 1, c: 0, how: "left" }, { e: "gone", t: 1, c: 0 }],
  ]);
});
