import { Distribution } from "./distribution.ts";

const SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

/** Counts by name, for the receipt and for whoever looks; and what a count cannot tell. */
export class Stats {
  readonly #counts = new Map<string, number>();

  /** Messages in each batch that a room was told. */
  readonly batchMessages: Distribution = new Distribution([1, 2, 5, 10, 20, 50, 100, 200, 500]);
  /** How long it took to send each batch to the readers at the live edge, in seconds. */
  readonly batchSeconds: Distribution = new Distribution(SECONDS);
  /** How long each append to the message log took, in seconds. */
  readonly appendSeconds: Distribution = new Distribution(SECONDS);

  /** Adds `n` to a count. */
  add(name: string, n = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + n);
  }

  /** One count; 0 when nothing was added to it. */
  get(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** All counts, sorted by name. */
  toJSON(): Record<string, number> {
    return Object.fromEntries([...this.#counts].toSorted(([a], [b]) => a < b ? -1 : 1));
  }
}
