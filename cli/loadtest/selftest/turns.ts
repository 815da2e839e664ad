/**
 * When a lie is told: often enough to be certain in a short run, and seldom enough to hide in it. It
 * depends on nothing but the messages that came.
 *
 * @module
 */

import type { MessageItem } from "@lastcall/lastcall/client";
import type { Guest } from "./guest.ts";

/** Only messages of a load test: its other clients must not be lied to, or nothing could be found. */
const MARK = "lc1:";

/** Whether a load test sent this. */
export function isOfLoadTest({ content }: { content: string }): boolean {
  return content.startsWith(MARK);
}

/** True at each `every`-th message of a load test. */
export class Turns {
  readonly #every: number;
  #count = 0;

  constructor(every: number) {
    this.#every = every;
  }

  /** Counts a message. */
  isNow(message: { content: string }): boolean {
    return isOfLoadTest(message) && ++this.#count % this.#every === 0;
  }
}

/** The one reader who is lied to: whoever is there first, in the life of this process. */
export class Victim {
  #guest: Guest | undefined;

  /** Whether it is this one. */
  is(guest: Guest): boolean {
    // Who reads all the log is the one who checks it.
    if (!guest.readsAll) this.#guest ??= guest;
    return this.#guest === guest;
  }
}

/** Where the messages of others are: a reader who does not get his own is stuck, and finds nothing. */
export function foreignAmong(guest: Guest, items: readonly MessageItem[]): number[] {
  return items.flatMap((item, i) => item.from !== guest.from && isOfLoadTest(item) ? [i] : []);
}
