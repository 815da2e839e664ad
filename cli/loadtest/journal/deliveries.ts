/**
 * Gathers deliveries into `got` events: who got the same batch within the same millisecond is one event.
 *
 * The order of the events is the order of each reader's deliveries. So a reader joins the group of its
 * batch only if it is in no later group.
 *
 * @module
 */

import type { GotEvent } from "./events.ts";
import { toRuns } from "./runs.ts";

/** How long a group takes readers in, in ms. */
const GROUP_MS = 1;

interface Group {
  t: number;
  b: number;
  serial: number;
  readers: number[];
}

/** The deliveries that are not written yet. */
export class Deliveries {
  readonly #open = new Map<number, Group>();
  readonly #serialOf: Float64Array;
  #groups: Group[] = [];
  #serial = 0;

  /** Deliveries to so many readers. */
  constructor(readers: number) {
    this.#serialOf = new Float64Array(readers);
  }

  /** A reader got batch `b` at `t`. */
  add(reader: number, b: number, t: number): void {
    const group = this.#groupFor(reader, b, t);
    group.readers.push(reader);
    this.#serialOf[reader] = group.serial;
  }

  #groupFor(reader: number, b: number, t: number): Group {
    const open = this.#open.get(b);
    // Its own group of this batch will not do either: it would hold the reader twice.
    if (open && t < open.t + GROUP_MS && open.serial > this.#serialOf[reader]!) return open;
    const group = { t, b, serial: ++this.#serial, readers: [] };
    this.#open.set(b, group);
    this.#groups.push(group);
    return group;
  }

  /** All that were gathered, in order. */
  flush(): GotEvent[] {
    if (this.#groups.length === 0) return [];
    const events = this.#groups.map(({ t, b, readers }): GotEvent => ({
      e: "got",
      t,
      b,
      r: toRuns(readers),
    }));
    this.#groups = [];
    this.#open.clear();
    return events;
  }
}
