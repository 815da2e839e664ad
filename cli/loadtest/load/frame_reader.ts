/**
 * Cuts what a server sends into frames (RFC 6455 section 5.2), wherever its chunks are split. The payload
 * of a message that is known already is compared as it comes, and not kept.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { OPCODE } from "../../frames.ts";
import type { FrameMemory, KnownFrame, Unread } from "./frame_memory.ts";

/** What a reader finds. */
export interface FrameListener {
  /** A message. */
  message(message: KnownFrame | Unread): void;
  /** A control frame. */
  control(opcode: number, payload: Buffer): void;
  /** The server broke the protocol: nothing more is read. */
  broke(why: string): void;
}

/** A frame that is being read. */
interface Begun {
  opcode: number;
  fin: boolean;
  length: number;
  at: number;
  known: KnownFrame | undefined;
  /** What is kept of it; absent as long as it is known. */
  parts: Buffer[] | undefined;
}

const MAX_HEAD_BYTES = 10;
const MAX_CONTROL_BYTES = 125;
const MAX_FRAME_BYTES = 2 ** 30;

/** Reads the frames of one connection. */
export class FrameReader {
  readonly #memory: FrameMemory | undefined;
  readonly #listener: FrameListener;
  readonly #head = Buffer.alloc(MAX_HEAD_BYTES);
  #headBytes = 0;
  #begun: Begun | undefined;
  /** Fragments of a message that is not complete. */
  #fragments: { isBinary: boolean; parts: Buffer[] } | undefined;
  #isStopped = false;

  /** Without a memory, what comes whole is not copied either: it is valid during the call. */
  constructor(memory: FrameMemory | undefined, listener: FrameListener) {
    this.#memory = memory;
    this.#listener = listener;
  }

  /**
   * Takes the next bytes, which the caller may overwrite afterwards. Returns how many it did not look at,
   * since it was stopped.
   */
  push(chunk: Buffer): number {
    let at = 0;
    // A frame may be empty: then its head is all of it.
    while (!this.#isStopped && (at < chunk.length || this.#begun?.length === 0)) {
      if (!this.#begun) at = this.#readHead(chunk, at);
      else at = this.#readPayload(this.#begun, chunk, at);
    }
    return chunk.length - at;
  }

  /** Reads no more. */
  stop(): void {
    this.#isStopped = true;
  }

  #readHead(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length) {
      this.#head[this.#headBytes++] = chunk[at++]!;
      if (this.#headBytes < headLength(this.#head, this.#headBytes)) continue;
      this.#begin();
      break;
    }
    return at;
  }

  #begin(): void {
    const first = this.#head[0]!;
    const second = this.#head[1]!;
    this.#headBytes = 0;
    const opcode = first & 0xf;
    const fin = (first & 0x80) !== 0;
    const length = payloadLength(this.#head);
    const wrong = this.#wrongIn({ first, second, opcode, fin, length });
    if (wrong !== undefined) return this.#break(wrong);
    this.#begun = { opcode, fin, length, at: 0, known: undefined, parts: undefined };
  }

  #wrongIn(
    { first, second, opcode, fin, length }: {
      first: number;
      second: number;
      opcode: number;
      fin: boolean;
      length: number;
    },
  ): string | undefined {
    if ((first & 0x70) !== 0) return "a frame with a reserved bit";
    if ((second & 0x80) !== 0) return "a frame that is masked";
    if (length > MAX_FRAME_BYTES) return `a frame of ${length} bytes`;
    if (opcode >= OPCODE.close) {
      if (opcode > OPCODE.pong) return `opcode ${opcode}`;
      if (!fin) return "a control frame in fragments";
      if (length > MAX_CONTROL_BYTES) return "a control frame that is too long";
    } else if (opcode > OPCODE.binary) return `opcode ${opcode}`;
    else if ((opcode === OPCODE.continuation) !== (this.#fragments !== undefined)) {
      return "a fragment out of its message";
    }
    return undefined;
  }

  #readPayload(begun: Begun, chunk: Buffer, from: number): number {
    const part = chunk.subarray(from, from + begun.length - begun.at);
    const isMessage = isData(begun.opcode) && begun.fin;
    if (isMessage && part.length === begun.length && !this.#memory) begun.parts = [part];
    else if (isMessage && !begun.parts && this.#memory) this.#compare(this.#memory, begun, part);
    else (begun.parts ??= []).push(Buffer.from(part));
    begun.at += part.length;
    if (begun.at === begun.length) {
      this.#begun = undefined;
      this.#end(begun);
    }
    return from + part.length;
  }

  /** As long as it is the same as a frame that is known nothing is kept. */
  #compare(memory: FrameMemory, begun: Begun, part: Buffer): void {
    const { length, at, known: before } = begun;
    const isBinary = begun.opcode === OPCODE.binary;
    const known = memory.find({ length, isBinary, at, part, before });
    if (!known) {
      begun.parts = before ? [Buffer.from(before.bytes.subarray(0, at))] : [];
      begun.parts.push(Buffer.from(part));
    }
    begun.known = known;
  }

  #end({ opcode, fin, known, parts = [] }: Begun): void {
    if (known) return this.#listener.message(known);
    const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    if (opcode >= OPCODE.close) return this.#listener.control(opcode, bytes);
    const isBinary = opcode === OPCODE.binary;
    if (fin && !this.#fragments) return this.#listener.message({ bytes, isBinary });
    const fragments = this.#fragments ??= { isBinary, parts: [] };
    fragments.parts.push(bytes);
    if (!fin) return;
    this.#fragments = undefined;
    this.#listener.message({
      bytes: Buffer.concat(fragments.parts),
      isBinary: fragments.isBinary,
    });
  }

  #break(why: string): void {
    this.#isStopped = true;
    this.#listener.broke(why);
  }
}

function isData(opcode: number): boolean {
  return opcode === OPCODE.text || opcode === OPCODE.binary;
}

/** How long a head is, as far as its first bytes tell. */
function headLength(head: Buffer, bytes: number): number {
  if (bytes < 2) return 2;
  const short = head[1]! & 0x7f;
  return short === 127 ? 10 : short === 126 ? 4 : 2;
}

function payloadLength(head: Buffer): number {
  const short = head[1]! & 0x7f;
  if (short < 126) return short;
  return short === 126 ? head.readUInt16BE(2) : Number(head.readBigUInt64BE(2));
}
