/**
 * Looks at the counts once a second, so that rates can be told.
 */

import type { Clock } from "../clock.ts";
import type { Stats } from "../stats.ts";
import { RateMeter } from "./rate_meter.ts";

/** What is told of the last few seconds. */
export interface Rates {
  /** Messages appended in a second. */
  acceptedPerSecond: number;
  /** Messages sent to readers in a second. */
  deliveredPerSecond: number;
  /** Messages in a batch. */
  batchMessages: number;
  /** Time to send a batch, in ms. */
  batchMs: number;
}

const EVERY_MS = 1_000;

/** Samples until disposed. */
export class Sampler implements Disposable {
  readonly #stats: Stats;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #meters = {
    accepted: new RateMeter(),
    delivered: new RateMeter(),
    batches: new RateMeter(),
    batched: new RateMeter(),
    batchSeconds: new RateMeter(),
  };

  /** Samples from now on. */
  constructor(stats: Stats, clock: Clock) {
    this.#stats = stats;
    this.#clock = clock;
    void this.#run();
  }

  /** The rates over the last few seconds. */
  get rates(): Rates {
    const { accepted, delivered, batches, batched, batchSeconds } = this.#meters;
    const perBatch = (n: number) => batches.growth > 0 ? n / batches.growth : 0;
    return {
      acceptedPerSecond: accepted.perSecond,
      deliveredPerSecond: delivered.perSecond,
      batchMessages: perBatch(batched.growth),
      batchMs: perBatch(batchSeconds.growth) * 1_000,
    };
  }

  /** Stops. */
  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#note(this.#clock.now());
      await this.#clock.sleep(EVERY_MS, this.#stop.signal);
    }
  }

  #note(nowMs: number): void {
    const { accepted, delivered, batches, batched, batchSeconds } = this.#meters;
    const { batchMessages } = this.#stats;
    accepted.note(this.#stats.get("accepted"), nowMs);
    delivered.note(this.#stats.get("delivered"), nowMs);
    batches.note(batchMessages.count, nowMs);
    batched.note(batchMessages.sum, nowMs);
    batchSeconds.note(this.#stats.batchSeconds.sum, nowMs);
  }
}
