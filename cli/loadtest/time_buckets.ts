/**
 * Counts of events over time, in buckets of equal width.
 *
 * @module
 */

/** Counts events by the time at which they happened. */
export class TimeBuckets {
  readonly #counts: number[] = [];

  constructor(readonly widthMs: number) {}

  /** `count` events happened at `atMs`. */
  add(atMs: number, count = 1): void {
    const bucket = Math.floor(atMs / this.widthMs);
    while (this.#counts.length <= bucket) this.#counts.push(0);
    this.#counts[bucket]! += count;
  }

  /** Events in the buckets that overlap the time from `fromMs` to `toMs`. */
  between(fromMs: number, toMs: number): number {
    const first = Math.max(0, Math.floor(fromMs / this.widthMs));
    return this.#counts.slice(first, Math.floor(toMs / this.widthMs) + 1)
      .reduce((sum, count) => sum + count, 0);
  }

  /** The fullest bucket. */
  peak(): number {
    return this.#counts.reduce((most, count) => Math.max(most, count), 0);
  }
}

/** The most events in any stretch of `windowMs`, wherever it begins. */
export function peakInWindow(timesMs: readonly number[], windowMs: number): number {
  const sorted = timesMs.toSorted((a, b) => a - b);
  let first = 0;
  let peak = 0;
  sorted.forEach((time, last) => {
    while (time - sorted[first]! >= windowMs) first++;
    peak = Math.max(peak, last - first + 1);
  });
  return peak;
}
