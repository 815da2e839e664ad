/**
 * What became of each message, as its publisher knows it: a few numbers per message. Message `n` belongs
 * to publisher `n % publishers`.
 *
 * @module
 */

import type { AckEvent, RefuseEvent, SendEvent, UnsentEvent } from "../journal/events.ts";
import { Growing } from "./growing.ts";

/** How a publish ended, for its publisher. */
export const OUTCOME = {
  /** It was never due, or its client could not take it. */
  none: 0,
  /** Its publisher was told nothing: it may or may not be in the log. */
  unknown: 1,
  /** Its publisher was told that it is in the log. */
  acknowledged: 2,
  /** Its publisher was told that it is not in the log. */
  refused: 3,
} as const;

/** How a publish ended. */
export type Outcome = typeof OUTCOME[keyof typeof OUTCOME];

/** Nothing of this publisher was acknowledged before. */
const NOTHING = -1;

/** The publishers' side of a run. */
export class Publishes {
  readonly publishers: number;
  readonly #outcome = Growing.uint8();
  readonly #sentMs = Growing.float64();
  readonly #ackMs = Growing.float64();
  readonly #ackSeq = Growing.float64(NOTHING);
  readonly #before = Growing.int32(NOTHING);
  readonly #latest: Int32Array;
  #offered = 0;
  #sent = 0;
  #acknowledged = 0;
  #refused = 0;

  /** Of so many publishers. */
  constructor(publishers: number) {
    this.publishers = publishers;
    this.#latest = new Int32Array(publishers).fill(NOTHING);
  }

  /** Messages that fell due: all numbers below it. */
  get offered(): number {
    return this.#offered;
  }

  /** Messages by how they ended for their publishers. */
  get counts() {
    return {
      offered: this.#offered,
      sent: this.#sent - this.#refused,
      acknowledged: this.#acknowledged,
      refused: this.#refused,
      unknown: this.#sent - this.#acknowledged - this.#refused,
    };
  }

  /** Messages that were sent and are not settled. */
  get inFlight(): number {
    return this.#sent - this.#acknowledged - this.#refused;
  }

  send({ n, count, t }: SendEvent): void {
    for (let i = n; i < n + count; i++) {
      this.#offered = Math.max(this.#offered, i + 1);
      this.#sent++;
      this.#outcome.set(i, OUTCOME.unknown);
      this.#sentMs.set(i, t);
      this.#before.set(i, this.#latest[i % this.publishers]!);
    }
  }

  unsent({ n }: UnsentEvent): void {
    this.#offered = Math.max(this.#offered, n + 1);
  }

  acknowledge({ n, t, seq = NOTHING }: AckEvent): void {
    if (this.#outcome.at(n) !== OUTCOME.unknown) return;
    this.#acknowledged++;
    this.#outcome.set(n, OUTCOME.acknowledged);
    this.#ackMs.set(n, t);
    this.#ackSeq.set(n, seq);
    const latest = this.#latest[n % this.publishers]!;
    if (latest === NOTHING || seq > this.ackSeq(latest)) this.#latest[n % this.publishers] = n;
  }

  refuse({ n }: RefuseEvent): void {
    if (this.#outcome.at(n) !== OUTCOME.unknown) return;
    this.#refused++;
    this.#outcome.set(n, OUTCOME.refused);
  }

  /** How `n` ended. */
  outcome(n: number): Outcome {
    return this.#outcome.at(n) as Outcome;
  }

  /** When `n` was given to its client. */
  sentMs(n: number): number {
    return this.#sentMs.at(n);
  }

  /** When the publisher of `n` was told; of use only if it was. */
  ackMs(n: number): number {
    return this.#ackMs.at(n);
  }

  /** The seq that the publisher of `n` was told; of use only if it was. */
  ackSeq(n: number): number {
    return this.#ackSeq.at(n);
  }

  /**
   * Of the messages that its publisher had been told to be in the log when `n` was sent, the one that
   * was said to be the furthest; -1: none.
   */
  before(n: number): number {
    return this.#before.at(n);
  }
}
