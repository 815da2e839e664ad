/**
 * The text of a message says which message it is, so that whoever sees it can tell:
 *
 * ```text
 * lc1:RRRRRRRR:PPPPPP:NNNNNNNN:CCCCCCCC:padding
 *     run      client message  checksum of all the rest
 * ```
 *
 * Fields are hexadecimal and of fixed width. A reader finds them by position in the raw bytes of a
 * frame: at hundreds of thousands of deliveries per second, parsing JSON would be the bottleneck.
 *
 * @module
 */

/**
 * How messages are wrapped: `v1` is the `content` of a `lastcall.v1` message, `plain` is
 * `{"content": …}` to all others, `echo` is the bare text back.
 */
export type Protocol = "v1" | "plain" | "echo";

/** The frame belongs to somebody else: no message of this run is in it. */
export const FOREIGN = -1;
/** The frame carries a message of this run whose checksum does not match. */
export const DAMAGED = -2;

const MARK = [0x6c, 0x63, 0x31, 0x3a]; // "lc1:"
const RUN_AT = 4;
const N_AT = 20;
const CHECKSUM_AT = 29;
const HEADER_BYTES = 38;
const WRAPPER = { v1: ["", ""], plain: ['{"content":"', '"}'], echo: ["", ""] } as const;
const ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** The frame of `lastcall.v1` around a content, with an id of four digits. */
const PUBLISH_BYTES = '{"type":"publish","id":1234,"content":""}'.length;
/** The smallest frame that can carry an identity in any protocol, in bytes. */
export const MIN_SIZE_BYTES = HEADER_BYTES + PUBLISH_BYTES;

/** What a codec must know. */
export interface CodecOptions {
  /** Tells the messages of this run from those of others; 32 bits. */
  run: number;
  protocol: Protocol;
  /** Length of each frame's payload, wrapping included; with `v1`, of the content alone. */
  sizeBytes: number;
}

/** How long the content of a message is in frames of `sizeBytes`: as far as the wrapping is the codec's. */
export function contentBytes(protocol: Protocol, sizeBytes: number): number {
  return protocol === "v1" ? sizeBytes - PUBLISH_BYTES : sizeBytes;
}

/** Writes and recognises the messages of one run. */
export class MessageCodec {
  readonly #run: string;
  readonly #runBytes: Uint8Array;
  readonly #wrapper: readonly [string, string];
  readonly #textBytes: number;
  readonly #padding: string;
  /** Where the last message began in its frame: servers wrap each in the same way. */
  #at: number;

  constructor({ run, protocol, sizeBytes }: CodecOptions) {
    this.#wrapper = WRAPPER[protocol];
    const leastBytes = HEADER_BYTES + this.#wrapper[0].length + this.#wrapper[1].length;
    if (sizeBytes < leastBytes) {
      throw new RangeError(
        `Cannot encode messages: sizeBytes must be at least ${leastBytes}, got ${sizeBytes}`,
      );
    }
    this.#run = hex(run >>> 0, 8);
    this.#runBytes = new TextEncoder().encode(this.#run);
    this.#at = this.#wrapper[0].length;
    this.#textBytes = sizeBytes - this.#wrapper[0].length - this.#wrapper[1].length;
    this.#padding = ALPHABET.repeat(Math.ceil(this.#textBytes / ALPHABET.length) + 1);
  }

  /** The frame payload of message `n` from client `publisher`. */
  encode(n: number, publisher: number): string {
    const head = `lc1:${this.#run}:${hex(publisher, 6)}:${hex(n, 8)}:`;
    const from = n % ALPHABET.length;
    const rest = `:${this.#padding.slice(from, from + this.#textBytes - HEADER_BYTES)}`;
    const checksum = hashText(rest, hashText(head));
    return `${this.#wrapper[0]}${head}${hex(checksum, 8)}${rest}${this.#wrapper[1]}`;
  }

  /** The number of the message in a frame's payload, or {@linkcode FOREIGN} or {@linkcode DAMAGED}. */
  decode(frame: Uint8Array): number {
    const at = hasMark(frame, this.#at) ? this.#at : findMark(frame);
    if (at < 0 || !this.#isOurs(frame, at + RUN_AT)) return FOREIGN;
    this.#at = at;
    const end = at + this.#textBytes;
    if (end > frame.length) return DAMAGED;
    const head = hashBytes(frame, at, at + CHECKSUM_AT);
    const checksum = hashBytes(frame, at + CHECKSUM_AT + 8, end, head);
    const n = readHex(frame, at + N_AT);
    return readHex(frame, at + CHECKSUM_AT) === checksum && n >= 0 ? n : DAMAGED;
  }

  /** The number of the message whose text this is, or {@linkcode FOREIGN} or {@linkcode DAMAGED}. */
  decodeText(text: string): number {
    if (!text.startsWith(`lc1:${this.#run}:`)) return FOREIGN;
    if (text.length !== this.#textBytes) return DAMAGED;
    const checksum = hashText(text.slice(CHECKSUM_AT + 8), hashText(text.slice(0, CHECKSUM_AT)));
    if (text.slice(CHECKSUM_AT, CHECKSUM_AT + 8) !== hex(checksum, 8)) return DAMAGED;
    return parseInt(text.slice(N_AT, N_AT + 8), 16);
  }

  #isOurs(frame: Uint8Array, at: number): boolean {
    for (let i = 0; i < 8; i++) if (frame[at + i] !== this.#runBytes[i]) return false;
    return true;
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

function hasMark(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === MARK[0] && bytes[at + 1] === MARK[1] && bytes[at + 2] === MARK[2] &&
    bytes[at + 3] === MARK[3];
}

function findMark(bytes: Uint8Array): number {
  for (let at = 0; at + HEADER_BYTES <= bytes.length; at++) if (hasMark(bytes, at)) return at;
  return -1;
}

/** Eight hexadecimal digits; -1 when they are something else. */
function readHex(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = at; i < at + 8; i++) {
    const byte = bytes[i]!;
    const digit = byte >= 0x61 ? byte - 0x57 : byte - 0x30;
    if (digit < 0 || digit > 15) return -1;
    value = value * 16 + digit;
  }
  return value;
}

// FNV-1a, 32 bits: it is here to notice damage, not to resist an attacker.
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

function hashText(text: string, start = FNV_OFFSET): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  return hash >>> 0;
}

function hashBytes(bytes: Uint8Array, from: number, to: number, start = FNV_OFFSET): number {
  let hash = start;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, FNV_PRIME);
  return hash >>> 0;
}
