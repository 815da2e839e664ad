/**
 * Finds the frames of a server in a stream of bytes, wherever its chunks are split, without copying
 * what arrived whole. Servers do not mask, and these do not fragment.
 *
 * @module
 */

/** Gets each frame; `payload` is only valid during the call. */
export type OnFrame = (opcode: number, payload: Uint8Array) => void;

/** One connection's scanner. */
export class FrameScanner {
  readonly #onFrame: OnFrame;
  /** Until this much is here there is nothing to scan, so a long frame is not joined at each chunk. */
  #needed = 2;
  #chunks: Uint8Array[] = [];
  #size = 0;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** Takes the next bytes, which the caller may overwrite afterwards. */
  push(chunk: Uint8Array): void {
    if (this.#size === 0) return this.#keep(chunk, this.#scan(chunk));
    this.#chunks.push(chunk.slice());
    this.#size += chunk.length;
    if (this.#size < this.#needed) return;
    const joined = join(this.#chunks, this.#size);
    this.#keep(joined, this.#scan(joined));
  }

  /** Remembers what comes after the last whole frame. */
  #keep(bytes: Uint8Array, from: number): void {
    this.#size = bytes.length - from;
    this.#chunks = this.#size > 0 ? [bytes.slice(from)] : [];
  }

  /** Hands over every whole frame; returns where the rest begins. */
  #scan(bytes: Uint8Array): number {
    let at = 0;
    for (;;) {
      const left = bytes.length - at;
      this.#needed = 2;
      if (left < 2) return at;
      const short = bytes[at + 1]! & 0x7f;
      const head = short === 127 ? 10 : short === 126 ? 4 : 2;
      this.#needed = head;
      if (left < head) return at;
      const end = head + payloadLength(bytes, at, short);
      this.#needed = end;
      if (left < end) return at;
      this.#onFrame(bytes[at]! & 0xf, bytes.subarray(at + head, at + end));
      at += end;
    }
  }
}

function payloadLength(bytes: Uint8Array, at: number, short: number): number {
  if (short < 126) return short;
  const digits = short === 126 ? 2 : 8;
  let length = 0;
  for (let i = 0; i < digits; i++) length = length * 256 + bytes[at + 2 + i]!;
  return length;
}

function join(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
