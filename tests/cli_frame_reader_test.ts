import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { encodeFrame, OPCODE } from "../cli/frames.ts";
import { FrameMemory, type KnownFrame, type Unread } from "../cli/loadtest/load/frame_memory.ts";
import { FrameReader } from "../cli/loadtest/load/frame_reader.ts";

type Seen = ["text" | "binary" | "known", string] | ["control", number, string] | ["broke", string];

/** What a reader finds in bytes that come in chunks of so many. */
function read(bytes: Uint8Array, chunk: number, memory = new FrameMemory()): Seen[] {
  const seen: Seen[] = [];
  const reader = new FrameReader(memory, {
    message: (data: KnownFrame | Unread) =>
      seen.push(["frame" in data ? "known" : data.isBinary ? "binary" : "text", `${data.bytes}`]),
    control: (opcode, payload) => seen.push(["control", opcode, `${payload}`]),
    broke: (why) => seen.push(["broke", why]),
  });
  // One buffer for all, as a socket does it.
  const buffer = Buffer.alloc(chunk);
  for (let at = 0; at < bytes.length; at += chunk) {
    const part = bytes.subarray(at, at + chunk);
    buffer.set(part);
    reader.push(buffer.subarray(0, part.length));
  }
  return seen;
}

const unread = (text: string): Unread => ({ bytes: Buffer.from(text), isBinary: false });
const text = (payload: string, more = {}) =>
  encodeFrame({ opcode: OPCODE.text, payload, mask: false, ...more });
const join = (...frames: Uint8Array[]) => new Uint8Array(frames.flatMap((frame) => [...frame]));

Deno.test("FrameReader finds every frame, wherever chunks are split", () => {
  const payloads = fc.array(fc.string({ maxLength: 300 }), { maxLength: 6 });
  fc.assert(fc.property(payloads, fc.integer({ min: 1, max: 700 }), (texts, chunk) => {
    const seen = read(join(...texts.map((payload) => text(payload))), chunk);
    assertEquals(seen, texts.map((payload) => ["text", payload]));
  }));
});

Deno.test("FrameReader knows frames that it has seen, and tells those that only begin alike", () => {
  const memory = new FrameMemory();
  const known = "a".repeat(100);
  const other = "a".repeat(99) + "b";
  const third = "a".repeat(50) + "c".repeat(50);
  for (const one of [known, third]) memory.add(unread(one), undefined);
  const bytes = join(text(known), text(other), text(third), text(known.slice(1)));
  for (const chunk of [1, 7, 60, 99, 1_000]) {
    assertEquals(read(bytes, chunk, memory), [
      ["known", known],
      ["text", other],
      ["known", third],
      ["text", known.slice(1)],
    ], `chunks of ${chunk}`);
  }
});

Deno.test("FrameReader tells binary messages from text, known ones too", () => {
  const memory = new FrameMemory();
  const payload = "a".repeat(100);
  memory.add(unread(payload), undefined);
  const binary = encodeFrame({ opcode: OPCODE.binary, payload, mask: false });
  for (const chunk of [7, 1_000]) {
    const seen = read(join(binary, text(payload)), chunk, memory);
    assertEquals(seen, [["binary", payload], ["known", payload]]);
  }
});

Deno.test("FrameReader joins fragments, with control frames between them", () => {
  const bytes = join(
    text("one ", { fin: false }),
    encodeFrame({ opcode: OPCODE.ping, payload: "?", mask: false }),
    encodeFrame({ opcode: OPCODE.continuation, payload: "two ", mask: false, fin: false }),
    encodeFrame({ opcode: OPCODE.continuation, payload: "three", mask: false }),
    text(""),
  );
  const wanted: Seen[] = [["control", OPCODE.ping, "?"], ["text", "one two three"], ["text", ""]];
  for (const chunk of [1, 3, 1_000]) assertEquals(read(bytes, chunk), wanted);
});

const BROKEN: [string, Uint8Array][] = [
  ["a frame with a reserved bit", text("x", { rsv: 4 })],
  ["a frame that is masked", text("x", { mask: true })],
  ["opcode 3", encodeFrame({ opcode: 3, mask: false })],
  ["opcode 11", encodeFrame({ opcode: 11, mask: false })],
  ["a control frame in fragments", encodeFrame({ opcode: OPCODE.ping, fin: false, mask: false })],
  [
    "a control frame that is too long",
    encodeFrame({
      ...{ opcode: OPCODE.ping, payload: "x".repeat(126), mask: false },
    }),
  ],
  ["a fragment out of its message", encodeFrame({ opcode: OPCODE.continuation, mask: false })],
  ["a fragment out of its message", join(text("x", { fin: false }), text("y"))],
  [`a frame of ${2 ** 31} bytes`, text("", { declaredLength: 2 ** 31 })],
];

for (const [why, bytes] of BROKEN) {
  Deno.test(`FrameReader stops at ${why}`, () => {
    const seen = read(join(text("before"), bytes, text("after")), 5);
    assertEquals(seen, [["text", "before"], ["broke", why]]);
  });
}

Deno.test("FrameMemory forgets the oldest, and does not keep what is short", () => {
  const memory = new FrameMemory();
  const long = (i: number) => unread(`${i}`.padEnd(100, "."));
  const find = ({ bytes, isBinary }: Unread) =>
    memory.find({ length: bytes.length, isBinary, at: 0, part: bytes, before: undefined });
  memory.add(unread("short"), undefined);
  for (let i = 0; i < 65; i++) memory.add(long(i), undefined);
  assertEquals([find(unread("short")), find(long(0))], [undefined, undefined]);
  assert(find(long(1)));
  assertStrictEquals(find(long(64)), find(long(64)));
});
