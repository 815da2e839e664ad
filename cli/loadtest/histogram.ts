/**
 * Durations in buckets that grow with them: a few nanoseconds per sample, a fixed size, and a quantile
 * that is at most 3 % above the truth.
 *
 * A duration in µs falls into the bucket of its five leading bits.
 *
 * @module
 */

const SUB_BITS = 5;
const SUB_BUCKETS = 1 << SUB_BITS;
const MAX_US = 2 ** 31 - 1;

/** A distribution of durations. */
export class Histogram {
  readonly #buckets = new Float64Array((32 - SUB_BITS + 1) * SUB_BUCKETS);
  #count = 0;
  #maxMs = 0;

  /** All samples of several. */
  static merge(parts: readonly Histogram[]): Histogram {
    const all = new Histogram();
    for (const part of parts) {
      part.#buckets.forEach((count, bucket) => all.#buckets[bucket]! += count);
      all.#count += part.#count;
      all.#maxMs = Math.max(all.#maxMs, part.#maxMs);
    }
    return all;
  }

  /** How many samples there are. */
  get count(): number {
    return this.#count;
  }

  /** The longest. */
  get maxMs(): number {
    return this.#maxMs;
  }

  /** Takes a sample, or several that are the same; a negative one counts as 0. */
  record(ms: number, samples = 1): void {
    const us = ms > 0 ? Math.min(MAX_US, ms * 1_000) | 0 : 0;
    this.#buckets[bucketOf(us)]! += samples;
    this.#count += samples;
    if (ms > this.#maxMs) this.#maxMs = ms;
  }

  /** What a `share` (0 to 1) of the samples did not exceed, in ms; 0 without samples. */
  quantileMs(share: number): number {
    let left = Math.ceil(this.#count * share);
    if (left === 0) return 0;
    for (let bucket = 0; bucket < this.#buckets.length; bucket++) {
      left -= this.#buckets[bucket]!;
      if (left <= 0) return Math.min(this.#maxMs, highest(bucket) / 1_000);
    }
    return this.#maxMs;
  }
}

function bucketOf(us: number): number {
  const shift = Math.max(0, 31 - Math.clz32(us) - SUB_BITS);
  return (shift << SUB_BITS) + (us >>> shift);
}

/** The highest value that falls into a bucket, in µs. */
function highest(bucket: number): number {
  if (bucket < 2 * SUB_BUCKETS) return bucket;
  const shift = (bucket >>> SUB_BITS) - 1;
  return (bucket - (shift << SUB_BITS) + 1) * 2 ** shift - 1;
}
