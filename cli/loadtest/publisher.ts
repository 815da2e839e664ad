/**
 * Sends each message when it is due. Message `n` belongs to client `n % clients`, as if each client
 * had a schedule of its own; when that client is gone the message is counted and not sent.
 *
 * @module
 */

import type { MessageCodec } from "./payload.ts";
import { dueBy } from "./schedule.ts";
import type { MessageTally, Phase } from "./tally.ts";
import { TimeBuckets } from "./time_buckets.ts";

/** A connection that takes messages. */
export interface Outlet {
  readonly isOpen: boolean;
  readonly isBlocked: boolean;
  send(text: string): void;
}

/** What publishing needs. */
export interface PublisherOptions {
  outlets: readonly Outlet[];
  ratePerSecond: number;
  codec: MessageCodec;
  tally: MessageTally;
  /** How many clients would see a message that is sent now. */
  readers: () => number;
}

/** Publishes on schedule from {@linkcode Publisher.start} on, driven by ticks. */
export class Publisher {
  phase: Phase = "warm-up";
  /** Messages sent over time. */
  readonly sends = new TimeBuckets(100);
  sent = 0;
  readonly #options: PublisherOptions;
  #startMs = Infinity;
  #next = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  start(nowMs: number): void {
    this.#startMs = nowMs;
  }

  stop(): void {
    this.#startMs = Infinity;
  }

  /** Sends what has fallen due. */
  tick(nowMs: number): void {
    const { ratePerSecond, tally } = this.#options;
    const due = Math.min(tally.capacity, dueBy(nowMs - this.#startMs, ratePerSecond));
    while (this.#next < due) this.#publish(this.#next++, nowMs);
  }

  #publish(n: number, nowMs: number): void {
    const { outlets, codec, tally, readers } = this.#options;
    const publisher = n % outlets.length;
    const outlet = outlets[publisher]!;
    if (!outlet.isOpen) return tally.notSent(this.phase, "notConnected");
    if (outlet.isBlocked) return tally.notSent(this.phase, "blocked");
    tally.sent(n, this.phase, readers());
    outlet.send(codec.encode(n, publisher));
    this.sends.add(nowMs);
    this.sent++;
  }
}
