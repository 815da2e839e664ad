/**
 * How often a value fell where, in plain numbers: cheap to add to, and read only when somebody looks.
 */
export class Distribution {
  /** The upper bounds of the buckets, rising; above the last there is one more. */
  readonly bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;
  #count = 0;

  /** `bounds` rise. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  /** Adds one value. */
  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.bounds.length && value > this.bounds[bucket]!) bucket += 1;
    this.#counts[bucket]! += 1;
    this.#sum += value;
    this.#count += 1;
  }

  /** The sum of all values. */
  get sum(): number {
    return this.#sum;
  }

  /** How many values there were. */
  get count(): number {
    return this.#count;
  }

  /** For each bound, how many values were at most that. */
  cumulative(): number[] {
    let total = 0;
    return this.bounds.map((_, bucket) => total += this.#counts[bucket]!);
  }
}
