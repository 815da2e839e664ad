/**
 * Frames that came lately, each read once: a server sends the same batch to all its readers, so what
 * costs is not to parse a frame, but to parse it once for each reader. Frames are compared in whole, and
 * while they arrive: one that is known is never put together, let alone copied.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { ServerFrame, WrongFrame } from "@lastcall/lastcall/client";

/** What a frame says. */
export type Parsed = ServerFrame | WrongFrame | undefined;

/** A message as it came. */
export interface Unread {
  bytes: Buffer;
  /** Else it is text. */
  isBinary: boolean;
}

/** A message that is known. */
export interface KnownFrame extends Unread {
  frame: Parsed;
}

/** How many are remembered: of several servers, and pages of those who catch up. */
const REMEMBERED = 64;
/** Shorter ones are not worth it. */
const WORTH_BYTES = 64;

/** The frames that all clients of a run know. */
export class FrameMemory {
  readonly #byLength = new Map<number, KnownFrame[]>();
  readonly #order: KnownFrame[] = [];

  /** Remembers a message; its bytes become its own. */
  add({ bytes, isBinary }: Unread, frame: Parsed): void {
    if (bytes.length < WORTH_BYTES) return;
    const known = { bytes, isBinary, frame };
    const same = this.#byLength.get(bytes.length);
    if (same) same.push(known);
    else this.#byLength.set(bytes.length, [known]);
    this.#order.push(known);
    if (this.#order.length > REMEMBERED) this.#forget(this.#order.shift()!);
  }

  /**
   * A frame of `length` bytes that has `part` at `at`, and before it the same as `before`, the one that
   * was found for what came so far.
   */
  find(
    { length, isBinary, at, part, before }: {
      length: number;
      isBinary: boolean;
      at: number;
      part: Buffer;
      before: KnownFrame | undefined;
    },
  ): KnownFrame | undefined {
    if (before && isAt(before.bytes, at, part)) return before;
    if (!before && at > 0) return undefined;
    return this.#byLength.get(length)?.findLast((other) =>
      other !== before && other.isBinary === isBinary && isAt(other.bytes, at, part) &&
      (!before || isAt(other.bytes, 0, before.bytes.subarray(0, at)))
    );
  }

  #forget(known: KnownFrame): void {
    const { length } = known.bytes;
    const left = this.#byLength.get(length)!.filter((other) => other !== known);
    if (left.length > 0) this.#byLength.set(length, left);
    else this.#byLength.delete(length);
  }
}

function isAt(bytes: Buffer, at: number, part: Buffer): boolean {
  return bytes.compare(part, 0, part.length, at, at + part.length) === 0;
}
