/**
 * One connection's place in its room's log, and how it is told what comes next.
 */

import { INTERNAL_ERROR, TOO_SLOW } from "../close_codes.ts";
import type { Guest } from "./guest.ts";
import type { Page } from "./page.ts";

/** How a page is put on the wire: the frames of it that a reader gets, and how many messages those are. */
export type Frames = (page: Page) => { frames: readonly Frame[]; messages: number };

/** Text, or bytes for a binary message. */
export type Frame = string | Uint8Array<ArrayBuffer>;

/** A reader. It never loses its place: what it is not told now it is told later, from the log. */
export class Reader {
  readonly #guest: Guest;
  readonly #frames: Frames;
  readonly #maxBufferedBytes: number;
  #cursor: number;

  /** Reads on after `cursor`. */
  constructor(
    guest: Guest,
    { cursor, frames, maxBufferedBytes }: {
      cursor: number;
      frames: Frames;
      maxBufferedBytes: number;
    },
  ) {
    this.#guest = guest;
    this.#cursor = cursor;
    this.#frames = frames;
    this.#maxBufferedBytes = maxBufferedBytes;
  }

  /** The seq of the last message that was sent. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Whether anything can still be sent. */
  get isOpen(): boolean {
    const { state } = this.#guest.connection;
    return state === "open" || state === "leaving";
  }

  /** Whether so much is unread that it is told no more for now. */
  get isStalled(): boolean {
    return this.#guest.connection.socket.bufferedAmount > this.#maxBufferedBytes;
  }

  /** Whether nearly all has been read, so that telling can go on. */
  get isReady(): boolean {
    return this.#guest.connection.socket.bufferedAmount * 2 <= this.#maxBufferedBytes;
  }

  /** Sends what it has not got of a page; returns how many frames and messages that were. */
  take(page: Page): { sends: number; messages: number } {
    if (page.last <= this.#cursor) return { sends: 0, messages: 0 };
    const { frames, messages } = this.#frames(page.after(this.#cursor));
    this.#cursor = page.last;
    try {
      for (const frame of frames) this.#guest.connection.socket.send(frame);
    } catch (error) {
      this.#guest.end("send_failed", { code: INTERNAL_ERROR, error: String(error) });
    }
    return { sends: frames.length, messages };
  }

  /** Closes it, for what it should be told next is no longer kept. */
  giveUp(): void {
    this.#guest.end("too_slow", { code: TOO_SLOW });
  }
}
