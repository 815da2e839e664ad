/**
 * Where a load writes down what it sees. Events go to every sink in the same order: to the checker, and
 * to a file if one is kept.
 *
 * @module
 */

import { Deliveries } from "./deliveries.ts";
import type { JournalEvent, Sink } from "./events.ts";
import { toRuns } from "./runs.ts";

/** An event before it has its time. */
export type Untimed = JournalEvent extends infer Event
  ? Event extends { t: number } ? Omit<Event, "t"> & { t?: number } : never
  : never;

/** The contents of a batch. */
export interface Contents {
  /** Its messages, in order. */
  n: ArrayLike<number>;
  /** The seq of each, where there are seqs. */
  seq?: ArrayLike<number>;
  room?: number;
}

/** A run's journal, while it is written. */
export class Journal {
  readonly #now: () => number;
  readonly #sink: Sink;
  readonly #deliveries: Deliveries;
  #batches = 0;
  #connections = 0;

  /** `readers`: how many normal clients there are. */
  constructor({ now, sink, readers }: { now: () => number; sink: Sink; readers: number }) {
    this.#now = now;
    this.#sink = sink;
    this.#deliveries = new Deliveries(readers);
  }

  /** The time, as it is written. */
  get nowMs(): number {
    return toHundredths(this.#now());
  }

  /** A number for a new connection. */
  newConnection(): number {
    return this.#connections++;
  }

  /** Something happened, now or at its `t`. */
  say(event: Untimed): void {
    this.tell({ ...event, t: toHundredths(event.t ?? this.#now()) } as JournalEvent);
  }

  /** As it is. What was gathered of deliveries comes before it. */
  tell(event: JournalEvent): void {
    this.flush();
    this.#sink(event);
  }

  /** There is a new batch; returns its number. */
  batch({ n, seq, room }: Contents): number {
    const b = this.#batches++;
    this.#sink({
      e: "batch",
      b,
      n: toRuns(n),
      ...seq ? { seq: toRuns(seq) } : {},
      ...room ? { room } : {},
    });
    return b;
  }

  /** The application of a normal client got a batch. */
  got(reader: number, b: number): void {
    this.#deliveries.add(reader, b, this.nowMs);
  }

  /** Writes what was gathered of deliveries. */
  flush(): void {
    for (const event of this.#deliveries.flush()) this.#sink(event);
  }
}

function toHundredths(ms: number): number {
  return Math.round(ms * 100) / 100;
}
