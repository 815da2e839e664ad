/** How fast a count grows, over the last few samples. */

const SAMPLES = 6;

/** The rate of one count. */
export class RateMeter {
  #samples: { atMs: number; count: number }[] = [];

  /** Takes note of the count as it stands. */
  note(count: number, atMs: number): void {
    this.#samples = [...this.#samples.slice(1 - SAMPLES), { atMs, count }];
  }

  /** How much it grew from the oldest sample to the newest. */
  get growth(): number {
    return (this.#samples.at(-1)?.count ?? 0) - (this.#samples[0]?.count ?? 0);
  }

  /** By how much it grows in a second; 0 before there are two samples. */
  get perSecond(): number {
    const elapsedMs = (this.#samples.at(-1)?.atMs ?? 0) - (this.#samples[0]?.atMs ?? 0);
    return elapsedMs > 0 ? this.growth / elapsedMs * 1_000 : 0;
  }
}
