/**
 * WebSocket frames (RFC 6455 section 5.2), legal or not: the encoder writes what it is told, and the
 * parser reports what it sees. Neither judges, so that a test can break any rule on purpose.
 *
 * ```text
 * FIN:1 RSV:3 opcode:4 | MASK:1 length:7 | length:16 or :64 | masking key:32 | payload
 * ```
 *
 * @module
 */

/** Frame types by name (RFC 6455 section 11.8). */
export const OPCODE = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

/** A frame as it arrived, its payload unmasked. */
export interface Frame {
  /** The last frame of its message. */
  fin: boolean;
  /** The three reserved bits, 0 to 7. */
  rsv: number;
  /** 0 to 15; {@linkcode OPCODE} names the legal ones. */
  opcode: number;
  /** May share memory with the chunk it came in. */
  payload: Uint8Array;
}

/** A frame to write. Nothing is checked but that each number fits its field. */
export interface FrameOptions {
  /** 0 to 15. */
  opcode: number;
  /** Default: empty. */
  payload?: Uint8Array | string;
  /** Default: true. */
  fin?: boolean;
  /** The three reserved bits, 0 to 7. Default: 0. */
  rsv?: number;
  /** `true` takes a random key; four bytes are the key; `false` leaves the payload unmasked. Default: true. */
  mask?: boolean | Uint8Array;
  /** The length that the header announces, in bytes. Default: the payload's own. */
  declaredLength?: number | bigint;
}

/** What a Close frame says. */
export interface CloseReason {
  /** 1005 stands for a frame without a code. */
  code: number;
  /** Empty when none was given. */
  reason: string;
}

/** The code that stands for a Close frame without a code (RFC 6455 section 7.1.5). */
const NO_STATUS = 1005;

/** One frame in bytes. */
export function encodeFrame(options: FrameOptions): Uint8Array<ArrayBuffer> {
  const { opcode, fin = true, rsv = 0, mask = true } = options;
  const payload = toBytes(options.payload ?? "");
  const key = maskingKey(mask);
  const length = encodeLength(options.declaredLength ?? payload.length, key !== undefined);
  const start = 1 + length.length + (key?.length ?? 0);
  const bytes = new Uint8Array(start + payload.length);
  bytes[0] = (fin ? 0x80 : 0) | (rsv & 0x7) << 4 | opcode & 0xf;
  bytes.set(length, 1);
  if (key) bytes.set(key, 1 + length.length);
  bytes.set(payload, start);
  if (key) applyMask(bytes.subarray(start), key);
  return bytes;
}

/** The payload of a Close frame. Any 16-bit code is written, allowed or not. */
export function closePayload(code: number, reason = ""): Uint8Array<ArrayBuffer> {
  const text = toBytes(reason);
  const bytes = new Uint8Array(2 + text.length);
  new DataView(bytes.buffer).setUint16(0, code);
  bytes.set(text, 2);
  return bytes;
}

/**
 * What a Close payload says: 1005 when it is empty (RFC 6455 section 7.1.5), `undefined` when it is
 * malformed: one byte long, or with a reason that is not UTF-8.
 */
export function parseClosePayload(bytes: Uint8Array): CloseReason | undefined {
  if (bytes.length === 0) return { code: NO_STATUS, reason: "" };
  if (bytes.length === 1) return undefined;
  try {
    const reason = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(2));
    return { code: bytes[0]! << 8 | bytes[1]!, reason };
  } catch {
    return undefined;
  }
}

/** Cuts a stream of bytes into frames, wherever its chunks are split. */
export class FrameParser {
  #chunks: Uint8Array[] = [];
  #size = 0;
  /** Until this much is here there is nothing to parse, so a long frame is joined only once. */
  #needed = 2;

  /** Takes the next bytes; returns the frames they complete. */
  push(chunk: Uint8Array): Frame[] {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size < this.#needed) return [];
    let rest = this.#chunks.length === 1 ? chunk : concat(this.#chunks, this.#size);
    const frames: Frame[] = [];
    for (;;) {
      const header = readHeader(rest);
      this.#needed = header.end;
      if (!header.complete || header.end > rest.length) break;
      frames.push(cutFrame(rest, header));
      rest = rest.subarray(header.end);
    }
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#size = rest.length;
    return frames;
  }
}

/** Where a frame's parts lie. An incomplete header knows only how far it reaches itself. */
type Header = { complete: false; end: number } | {
  complete: true;
  key: Uint8Array | undefined;
  start: number;
  end: number;
};

function readHeader(bytes: Uint8Array): Header {
  if (bytes.length < 2) return { complete: false, end: 2 };
  const short = bytes[1]! & 0x7f;
  const keyAt = short === 127 ? 10 : short === 126 ? 4 : 2;
  const start = keyAt + (bytes[1]! & 0x80 ? 4 : 0);
  if (bytes.length < start) return { complete: false, end: start };
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = short === 127
    ? Number(view.getBigUint64(2))
    : short === 126
    ? view.getUint16(2)
    : short;
  const key = start > keyAt ? bytes.subarray(keyAt, start) : undefined;
  return { complete: true, key, start, end: start + length };
}

function cutFrame(bytes: Uint8Array, header: Header & { complete: true }): Frame {
  const { key, start, end } = header;
  // A masked payload is copied: the chunk belongs to the caller and must stay as it is.
  const payload = key ? bytes.slice(start, end) : bytes.subarray(start, end);
  if (key) applyMask(payload, key);
  const first = bytes[0]!;
  return { fin: (first & 0x80) !== 0, rsv: first >> 4 & 0x7, opcode: first & 0xf, payload };
}

function encodeLength(length: number | bigint, masked: boolean): Uint8Array {
  const maskBit = masked ? 0x80 : 0;
  if (length < 126) return Uint8Array.of(maskBit | Number(length));
  if (length < 65_536) return Uint8Array.of(maskBit | 126, Number(length) >> 8, Number(length));
  const bytes = new Uint8Array(9);
  bytes[0] = maskBit | 127;
  new DataView(bytes.buffer).setBigUint64(1, BigInt(length));
  return bytes;
}

function maskingKey(mask: boolean | Uint8Array): Uint8Array | undefined {
  if (mask === false) return undefined;
  if (mask === true) return crypto.getRandomValues(new Uint8Array(4));
  if (mask.length === 4) return mask;
  throw new RangeError(`Cannot encode a frame: mask must be 4 bytes, got ${mask.length}`);
}

function applyMask(bytes: Uint8Array, key: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) bytes[i]! ^= key[i & 3]!;
}

function toBytes(payload: Uint8Array | string): Uint8Array {
  return typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
}

function concat(chunks: Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
