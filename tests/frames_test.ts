import { assertEquals, assertThrows } from "@std/assert";
import {
  closePayload,
  encodeFrame,
  type Frame,
  FrameParser,
  OPCODE,
  parseClosePayload,
} from "../cli/frames.ts";

const KEY = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);

Deno.test("encodeFrame() writes the examples of RFC 6455 section 5.7", () => {
  const unmasked = encodeFrame({ opcode: OPCODE.text, payload: "Hello", mask: false });
  assertEquals(hex(unmasked), "81 05 48 65 6c 6c 6f");
  const masked = encodeFrame({ opcode: OPCODE.text, payload: "Hello", mask: KEY });
  assertEquals(hex(masked), "81 85 37 fa 21 3d 7f 9f 4d 51 58");
  const fragment = encodeFrame({ opcode: OPCODE.text, payload: "Hel", fin: false, mask: false });
  assertEquals(hex(fragment), "01 03 48 65 6c");
  const ping = encodeFrame({ opcode: OPCODE.ping, payload: "Hello", mask: false });
  assertEquals(hex(ping), "89 05 48 65 6c 6c 6f");
});

Deno.test("encodeFrame() writes each length in its shortest form", () => {
  const head = (length: number) =>
    hex(encodeFrame({ opcode: 2, payload: new Uint8Array(length), mask: false }).subarray(1, 10));
  assertEquals(head(0), "00");
  assertEquals(head(125).slice(0, 8), "7d 00 00");
  assertEquals(head(126).slice(0, 8), "7e 00 7e");
  assertEquals(head(65_535).slice(0, 8), "7e ff ff");
  assertEquals(head(65_536), "7f 00 00 00 00 00 01 00 00");
});

Deno.test("encodeFrame() announces declaredLength instead of the payload's length", () => {
  const declare = (declaredLength: number | bigint) =>
    hex(encodeFrame({ opcode: 2, payload: "a", mask: false, declaredLength }));
  assertEquals(declare(5), "82 05 61");
  assertEquals(declare(300), "82 7e 01 2c 61");
  assertEquals(declare(64 * 2 ** 20), "82 7f 00 00 00 00 04 00 00 00 61");
  assertEquals(declare(2n ** 63n), "82 7f 80 00 00 00 00 00 00 00 61");
});

Deno.test("encodeFrame() sets the reserved bits and any opcode", () => {
  const frame = (rsv: number, opcode: number) => encodeFrame({ opcode, rsv, mask: false })[0];
  assertEquals([frame(4, 1), frame(2, 1), frame(1, 1), frame(0, 0xf)], [0xc1, 0xa1, 0x91, 0x8f]);
});

Deno.test("encodeFrame() masks with a new key each time when mask is true", () => {
  const keys = Array.from(
    { length: 8 },
    () => hex(encodeFrame({ opcode: OPCODE.ping }).subarray(2)),
  );
  assertEquals(keys.every((key) => key.length === 11), true);
  assertEquals(new Set(keys).size > 1, true);
});

Deno.test("encodeFrame() leaves the payload it was given as it is", () => {
  const payload = Uint8Array.of(1, 2, 3);
  encodeFrame({ opcode: OPCODE.binary, payload, mask: KEY });
  assertEquals(payload, Uint8Array.of(1, 2, 3));
});

Deno.test("encodeFrame() throws when the key is not four bytes", () => {
  const encode = () => encodeFrame({ opcode: 1, mask: Uint8Array.of(1, 2, 3) });
  assertThrows(encode, RangeError, "mask must be 4 bytes, got 3");
});

Deno.test("FrameParser reads back every length when chunks are split anywhere", () => {
  for (const length of [0, 1, 125, 126, 127, 65_535, 65_536, 70_000]) {
    for (const mask of [false, true, KEY]) {
      const payload = Uint8Array.from({ length }, (_, i) => i * 7);
      const sent: Frame = { fin: true, rsv: 0, opcode: OPCODE.binary, payload };
      const bytes = encodeFrame({ ...sent, mask });
      for (const size of [bytes.length, 1_000, 3]) assertEquals(parse(bytes, size), [sent]);
      for (let cut = 1; cut < Math.min(bytes.length, 16); cut++) {
        const parser = new FrameParser();
        const first = parser.push(bytes.subarray(0, cut));
        assertEquals([...first, ...parser.push(bytes.subarray(cut))], [sent]);
      }
    }
  }
});

Deno.test("FrameParser reads many frames from one chunk, and from single bytes", () => {
  const sent: Frame[] = [
    { fin: false, rsv: 0, opcode: OPCODE.text, payload: text("two ") },
    { fin: true, rsv: 5, opcode: OPCODE.ping, payload: text("") },
    { fin: true, rsv: 0, opcode: OPCODE.continuation, payload: text("halves") },
    { fin: true, rsv: 0, opcode: OPCODE.close, payload: closePayload(1012, "restart") },
  ];
  const bytes = join(sent.map((frame, i) => encodeFrame({ ...frame, mask: i % 2 === 0 })));
  assertEquals(parse(bytes, bytes.length), sent);
  assertEquals(parse(bytes, 1), sent);
});

Deno.test("FrameParser keeps what follows a frame until the rest comes", () => {
  const parser = new FrameParser();
  const bytes = encodeFrame({ opcode: OPCODE.text, payload: "abc" });
  assertEquals(parser.push(join([bytes, bytes.subarray(0, 7)])).length, 1);
  assertEquals(parser.push(new Uint8Array(0)), []);
  assertEquals(parser.push(bytes.subarray(7)).map(({ payload }) => payload), [text("abc")]);
});

Deno.test("FrameParser waits for the whole of a declared length", () => {
  const parser = new FrameParser();
  const half = encodeFrame({ opcode: OPCODE.text, payload: "half", declaredLength: 8, mask: KEY });
  assertEquals(parser.push(half), []);
  assertEquals(parser.push(new Uint8Array(3)), []);
  assertEquals(parser.push(new Uint8Array(1)).map(({ payload }) => payload.length), [8]);
});

Deno.test("FrameParser leaves the caller's chunk as it is when it unmasks", () => {
  const bytes = encodeFrame({ opcode: OPCODE.text, payload: "abc", mask: KEY });
  const before = bytes.slice();
  new FrameParser().push(bytes);
  assertEquals(bytes, before);
});

Deno.test("FrameParser reads a chunk that begins inside a larger buffer", () => {
  const frame = encodeFrame({ opcode: OPCODE.binary, payload: new Uint8Array(300), mask: false });
  const chunk = join([new Uint8Array(5), frame]).subarray(5);
  assertEquals(new FrameParser().push(chunk).map(({ payload }) => payload.length), [300]);
});

Deno.test("parseClosePayload() reads back what closePayload() wrote", () => {
  for (const code of [0, 1000, 1012, 4999, 65_535]) {
    for (const reason of ["", "restart", "größer"]) {
      assertEquals(parseClosePayload(closePayload(code, reason)), { code, reason });
    }
  }
});

Deno.test("parseClosePayload() says 1005 when the payload is empty", () => {
  assertEquals(parseClosePayload(new Uint8Array(0)), { code: 1005, reason: "" });
});

Deno.test("parseClosePayload() returns undefined when the payload is malformed", () => {
  assertEquals(parseClosePayload(Uint8Array.of(3)), undefined);
  assertEquals(parseClosePayload(Uint8Array.of(3, 0xe8, 0xff)), undefined);
});

function parse(bytes: Uint8Array, chunkSize: number): Frame[] {
  const parser = new FrameParser();
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; at += chunkSize) {
    frames.push(...parser.push(bytes.subarray(at, at + chunkSize)));
  }
  return frames;
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function join(parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
