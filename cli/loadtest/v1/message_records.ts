/**
 * What became of each message, as its publisher knows it: a few numbers per message in typed arrays.
 * Message `n` belongs to publisher `n % publishers`. Times are ms since the start of the run.
 *
 * @module
 */

/** How a publish ended, for its publisher. */
export const OUTCOME = {
  /** It was never due. */
  none: 0,
  /** It was published, and its publisher was told nothing: it may or may not be in the log. */
  unknown: 1,
  /** Its publisher was told that it is in the log. */
  acknowledged: 2,
  /** Its publisher was told that it is not in the log, or it was never taken. */
  refused: 3,
} as const;

/** How a publish ended. */
export type Outcome = typeof OUTCOME[keyof typeof OUTCOME];

/** The publishers' side of a run. */
export class MessageRecords {
  readonly #dueMs: Float64Array;
  readonly #sentMs: Float64Array;
  readonly #acknowledgedMs: Float64Array;
  readonly #outcome: Uint8Array;
  readonly #isFaulty: Uint8Array;
  #offered = 0;
  #acknowledged = 0;

  /** Room for `capacity` messages of `publishers` publishers. */
  constructor(readonly capacity: number, readonly publishers: number) {
    this.#dueMs = new Float64Array(capacity);
    this.#sentMs = new Float64Array(capacity);
    this.#acknowledgedMs = new Float64Array(capacity);
    this.#outcome = new Uint8Array(capacity);
    this.#isFaulty = new Uint8Array(capacity);
  }

  /** Messages that fell due: all numbers below it. */
  get offered(): number {
    return this.#offered;
  }

  /** Messages that were acknowledged so far. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Message `n`, due at `dueMs`, is given to its publisher; `isFaulty`: while a fault is under way. */
  sent(n: number, { dueMs, sentMs, isFaulty }: SentMessage): void {
    this.#offered = Math.max(this.#offered, n + 1);
    this.#dueMs[n] = dueMs;
    this.#sentMs[n] = sentMs;
    this.#outcome[n] = OUTCOME.unknown;
    this.#isFaulty[n] = isFaulty ? 1 : 0;
  }

  /** The publisher of `n` was told that it is in the log. */
  acknowledge(n: number, atMs: number): void {
    this.#acknowledgedMs[n] = atMs;
    this.#outcome[n] = OUTCOME.acknowledged;
    this.#acknowledged++;
  }

  /** The publisher of `n` was told that it is not in the log. */
  refuse(n: number): void {
    this.#outcome[n] = OUTCOME.refused;
  }

  /** How `n` ended. */
  outcome(n: number): Outcome {
    return (this.#outcome[n] ?? OUTCOME.none) as Outcome;
  }

  /** When `n` was due. */
  dueMs(n: number): number {
    return this.#dueMs[n]!;
  }

  /** When `n` was given to its publisher. */
  sentMs(n: number): number {
    return this.#sentMs[n]!;
  }

  /** When the publisher of `n` was told; only of use for one that was acknowledged. */
  acknowledgedMs(n: number): number {
    return this.#acknowledgedMs[n]!;
  }

  /** Whether a fault was under way when `n` was due. */
  isFaulty(n: number): boolean {
    return this.#isFaulty[n] === 1;
  }
}

/** A message that is given to its publisher. */
export interface SentMessage {
  dueMs: number;
  sentMs: number;
  isFaulty: boolean;
}
