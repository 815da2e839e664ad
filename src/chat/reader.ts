/**
 * One connection's place in its room's log, and how it is told what comes next.
 */

import type { Connection } from "../shutdown/connection.ts";
import type { Page } from "./page.ts";

/** How a page is put on the wire: the frames of it that a reader gets, and how many messages those are. */
export type Frames = (page: Page) => { frames: readonly string[]; messages: number };

/** A reader. It never loses its place: what it is not told now it is told later, from the log. */
export class Reader {
  readonly #connection: Connection;
  readonly #frames: Frames;
  readonly #maxBufferedBytes: number;
  #cursor: number;

  /** Reads on after `cursor`. */
  constructor(
    connection: Connection,
    { cursor, frames, maxBufferedBytes }: {
      cursor: number;
      frames: Frames;
      maxBufferedBytes: number;
    },
  ) {
    this.#connection = connection;
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
    const { state } = this.#connection;
    return state === "open" || state === "leaving";
  }

  /** Whether so much is unread that it is told no more for now. */
  get isStalled(): boolean {
    return this.#connection.socket.bufferedAmount > this.#maxBufferedBytes;
  }

  /** Whether nearly all has been read, so that telling can go on. */
  get isReady(): boolean {
    return this.#connection.socket.bufferedAmount * 2 <= this.#maxBufferedBytes;
  }

  /** Sends what it has not got of a page; returns how many frames and messages that were. */
  take(page: Page): { sends: number; messages: number } {
    if (page.last <= this.#cursor) return { sends: 0, messages: 0 };
    const { frames, messages } = this.#frames(page.after(this.#cursor));
    for (const frame of frames) this.#connection.socket.send(frame);
    this.#cursor = page.last;
    return { sends: frames.length, messages };
  }

  /** Closes it, for it cannot be told everything any more. */
  giveUp(code: number, reason: string): void {
    this.#connection.close(code, reason);
  }
}
