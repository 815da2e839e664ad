import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { FrameScanner } from "../cli/bench/frame_scanner.ts";
import { readStamps, stampedText } from "../cli/bench/stamp.ts";
import { encodeFrame, OPCODE } from "../cli/frames.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** Chunks of random sizes that add up to the same bytes. */
function split(all: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, i = 0; at < all.length; i++) {
    const size = sizes[i % sizes.length]!;
    chunks.push(all.slice(at, at + size));
    at += size;
  }
  return chunks;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

Deno.test("FrameScanner finds every frame, wherever the chunks are split", () => {
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 140 }),
    fc.uint8Array({ minLength: 65_530, maxLength: 65_540 }),
  );
  const frame = fc.record({ opcode: fc.constantFrom(OPCODE.text, OPCODE.ping), payload });
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1 }),
      (frames, sizes) => {
        const all = join(frames.map((frame) => encodeFrame({ ...frame, mask: false })));
        const seen: typeof frames = [];
        const scanner = new FrameScanner((opcode, payload) =>
          seen.push({ opcode: opcode as 1 | 9, payload: payload.slice() })
        );
        for (const chunk of split(all, sizes)) {
          scanner.push(chunk);
          chunk.fill(0xff);
        }
        assertEquals(seen, frames);
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("FrameScanner finds frames that arrive byte by byte", () => {
  const lengths = [0, 1, 125, 126, 127, 300];
  const all = join(
    lengths.map((length) =>
      encodeFrame({ opcode: OPCODE.text, payload: new Uint8Array(length), mask: false })
    ),
  );
  const seen: number[] = [];
  const scanner = new FrameScanner((_, payload) => seen.push(payload.length));
  for (const byte of all) scanner.push(Uint8Array.of(byte));
  assertEquals(seen, lengths);
});

Deno.test("readStamps() finds what stampedText() wrote, whatever is around it", () => {
  const sizeBytes = 128;
  const noise = fc.string({ unit: fc.constantFrom("#", "1", "{", "x", "0"), maxLength: 30 })
    .filter((text) => !/#\d{13}#/.test(text) && !text.endsWith("#"));
  const due = fc.integer({ min: 0, max: 9_999_999_999_999 });
  fc.assert(
    fc.property(fc.array(fc.tuple(noise, due)), (messages) => {
      const text = messages.map(([before, dueUs]) => `${before}"${stampedText(dueUs, sizeBytes)}"`);
      const seen: number[] = [];
      const onStamp = (dueUs: number) => seen.push(dueUs);
      const count = readStamps(bytes(text.join()), { sizeBytes, onStamp });
      assertEquals(seen, messages.map(([, dueUs]) => dueUs));
      assertEquals(count, messages.length);
    }),
  );
});

Deno.test("stampedText() is as long as it should be", () => {
  assertEquals(stampedText(1_234.9, 20), "#0000000001234#xxxxx");
  assertEquals(stampedText(0, 128).length, 128);
});

Deno.test("readStamps() finds nothing in what merely looks like a stamp", () => {
  const onStamp = () => {
    throw new Error("found one");
  };
  for (
    const text of ["", "#", "#123#", "#00000000000a0#", "#0000000001234", "####################"]
  ) {
    assertEquals(readStamps(bytes(text), { sizeBytes: 20, onStamp }), 0);
  }
});
