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

/** A reader's place. Cursors are never changed, only replaced. */
export class Inbox {
  #cursor: Cursor | undefined;
  #redelivered = 0;

  /** Goes on after `cursor`, if there is one. */
  constructor(cursor?: Cursor) {
    this.#cursor = cursor;
  }

  /** How far was delivered. */
  get cursor(): Cursor | undefined {
    return this.#cursor;
  }

  /** How many messages came again, and were left out. */
  get redelivered(): number {
    return this.#redelivered;
  }

  /** Goes on where a `welcome` says; tells what was missed by that. */
  resume(welcome: WelcomeFrame): { cursor: Cursor; gap?: Gap } {
    const from = this.#cursor;
    const to = { epoch: welcome.epoch, seq: welcome.seq };
    if (from && welcome.recovered && from.epoch === to.epoch) return { cursor: from };
    this.#cursor = to;
    if (!from) return { cursor: to };
    const reason = from.epoch === to.epoch ? gapReason(welcome) : "epoch_changed";
    return { cursor: to, gap: { reason, from, to } };
  }

  /** The items of a batch that were not delivered before; the batch itself if that is all of it. */
  takeBatch(items: readonly MessageItem[]): readonly MessageItem[] {
    const cursor = this.#cursor;
    let seq = cursor?.seq ?? Infinity;
    for (const item of items) {
      if (item.seq <= seq) return this.take(items).map(({ item }) => item);
      seq = item.seq;
    }
    if (cursor) this.#cursor = { epoch: cursor.epoch, seq };
    return items;
  }

  /** The items of a batch that were not delivered before, each with the cursor after it. */
  take(items: readonly MessageItem[]): { item: MessageItem; cursor: Cursor }[] {
    return items.flatMap((item) => {
      if (!this.#cursor || item.seq <= this.#cursor.seq) {
        this.#redelivered += 1;
        return [];
      }
      this.#cursor = { epoch: this.#cursor.epoch, seq: item.seq };
      return [{ item, cursor: this.#cursor }];
    });
  }
}

function gapReason(welcome: WelcomeFrame): Gap["reason"] {
  return !welcome.recovered && welcome.reason === "epoch_changed" ? "epoch_changed" : "trimmed";
}
