/**
 * What is wrong with what a server did, counted, and the first of each kind as a sentence.
 *
 * @module
 */

/** What can be wrong with messages. `docs/loadtest.md` defines each. */
export const ANOMALIES = [
  "lost",
  "undelivered",
  "duplicate",
  "disorder",
  "diverged",
  "phantom",
] as const;

/** One kind of wrong. */
export type Anomaly = typeof ANOMALIES[number];

/** The wrongs of a run. */
export class Anomalies {
  readonly #counts = Object.fromEntries(ANOMALIES.map((name) => [name, 0])) as Record<
    Anomaly,
    number
  >;
  readonly #stories = new Map<Anomaly, string>();

  /** One more; `story` is asked for the first one only. */
  add(name: Anomaly, story: () => string): void {
    if (this.#counts[name]++ === 0) this.#stories.set(name, `${name}: ${story()}`);
  }

  /** How often each was seen. */
  get counts(): Record<Anomaly, number> {
    return { ...this.#counts };
  }

  /** The first of each, in the order of {@linkcode ANOMALIES}. */
  get stories(): string[] {
    return ANOMALIES.flatMap((name) => this.#stories.get(name) ?? []);
  }
}

/** A time as stories tell it. */
export function clock(ms: number): string {
  return `${(ms / 1_000).toFixed(3)}s`;
}
