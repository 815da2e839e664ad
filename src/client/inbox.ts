/**
 * What was delivered: each seq once, in order.
 *
 * The cursor is all that is remembered. It is enough, for delivery is in the order of the log: what is
 * not above the cursor was delivered before.
 *
 * @module
 */

import type { Cursor, FreshStartReason, MessageItem, WelcomeFrame } from "./frame_types.ts";

/** Messages between two cursors were missed, or the log is another one. */
export interface Gap {
  /** Why. */
  reason: Exclude<FreshStartReason, "new">;
  /** Where the client was. */
  from: Cursor;
  /** Where delivery goes on. */
  to: Cursor;
}

/** A reader's place. */
export class Inbox {
  #cursor: Cursor | undefined;
  #redelivered = 0;

  /** Goes on after `cursor`, if there is one. */
  constructor(cursor?: Cursor) {
    this.#cursor = cursor && { ...cursor };
  }

  /** The last message delivered. */
  get cursor(): Cursor | undefined {
    return this.#cursor && { ...this.#cursor };
  }

  /** How many messages came again, and were left out. */
  get redelivered(): number {
    return this.#redelivered;
  }

  /** Goes on where a `welcome` says; returns what was missed by that. */
  resume(welcome: WelcomeFrame): Gap | undefined {
    const from = this.#cursor;
    const to = { epoch: welcome.epoch, seq: welcome.seq };
    if (from && welcome.recovered && from.epoch === to.epoch) return undefined;
    this.#cursor = to;
    if (!from) return undefined;
    const reason = from.epoch === to.epoch ? gapReason(welcome) : "epoch_changed";
    return { reason, from: { ...from }, to: { ...to } };
  }

  /** The items of a batch that were not delivered before. */
  take(items: readonly MessageItem[]): MessageItem[] {
    const cursor = this.#cursor;
    if (!cursor) return [];
    return items.filter(({ seq }) => {
      const isNew = seq > cursor.seq;
      if (isNew) cursor.seq = seq;
      else this.#redelivered += 1;
      return isNew;
    });
  }
}

function gapReason(welcome: WelcomeFrame): Gap["reason"] {
  return !welcome.recovered && welcome.reason === "epoch_changed" ? "epoch_changed" : "trimmed";
}
