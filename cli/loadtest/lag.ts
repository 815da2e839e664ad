/**
 * How late the generator's own timer fires. A generator that is late measures itself, not the server,
 * so its lateness is part of every report.
 *
 * @module
 */

const MAX_LAG_MS = 60_000;

/** Collects lateness of a periodic timer in buckets of one millisecond. */
export class LagMeter {
  readonly #buckets = new Uint32Array(MAX_LAG_MS + 1);
  #samples = 0;
  #maxMs = 0;

  constructor(readonly periodMs: number) {}

  /**
   * The timer fired `lateMs` after it was due. The ticks it missed meanwhile count too, each as late
   * as it would have been: otherwise one stall of a second would be one sample among hundreds.
   */
  record(lateMs: number): void {
    this.#maxMs = Math.max(this.#maxMs, lateMs);
    for (let late = lateMs; late >= 0; late -= this.periodMs) {
      this.#buckets[Math.min(MAX_LAG_MS, Math.floor(late))]!++;
      this.#samples++;
    }
  }

  /** The most that was seen. */
  get maxMs(): number {
    return this.#maxMs;
  }

  /** The lateness that a `share` (0 to 1) of all ticks did not exceed, to the millisecond. */
  quantileMs(share: number): number {
    let left = Math.ceil(this.#samples * share);
    for (let ms = 0; ms <= MAX_LAG_MS; ms++) {
      left -= this.#buckets[ms]!;
      if (left <= 0) return this.#samples === 0 ? 0 : ms;
    }
    return MAX_LAG_MS;
  }
}
