/**
 * What is wrong with a message, as a sentence: who, which message, when and where in the log.
 *
 * @module
 */

import { clock } from "./anomalies.ts";
import type { Publishes } from "./publishes.ts";

/** A delivery that does not fit what its reader had before. */
export interface OddDelivery {
  reader: number;
  n: number;
  seq: number;
  /** The last seq that the reader had had. */
  last: number;
  t: number;
}

/** Tells of the messages of one run. */
export class MessageStories {
  readonly #publishes: Publishes;

  constructor(publishes: Publishes) {
    this.#publishes = publishes;
  }

  damaged(seq: number): string {
    return `what somebody was shown at seq ${seq} has a wrong checksum`;
  }

  neverSent(n: number, seq: number): string {
    return `message ${n} is at seq ${seq} and was never sent`;
  }

  refused(n: number, seq: number): string {
    return `${this.#name(n)} was refused and is at seq ${seq}`;
  }

  unlogged(n: number, seq: number): string {
    return `${this.#name(n)} was shown at seq ${seq} and is not in the log`;
  }

  twice(n: number, first: number, seq: number): string {
    return `${this.#name(n)} is at seq ${first} and at seq ${seq}`;
  }

  diverged(seq: number, one: number, other: number): string {
    return `at seq ${seq} somebody was shown ${this.#name(one)} and somebody else ` +
      this.#name(other);
  }

  acknowledgedElsewhere(n: number, seq: number | undefined, shown: number): string {
    return `${this.#name(n)} was acknowledged at seq ${seq}, not ${shown}`;
  }

  given({ reader, n, seq, last, t }: OddDelivery, isKnown: boolean): string {
    const known = isKnown ? ", which it had had before" : "";
    return `client ${reader} was given ${this.#name(n)} at ${clock(t)}, at seq ${seq} after ` +
      `seq ${last}${known}`;
  }

  backward(reader: number, { seq, last, t }: { seq: number; last: number; t: number }): string {
    return `client ${reader} was sent seq ${seq} after seq ${last} on one connection at ` +
      clock(t);
  }

  logBackward(seq: number, head: number): string {
    return `the reader of the whole log got seq ${seq} after seq ${head}`;
  }

  overtook(n: number, seq: number, { before, at }: { before: number; at: number }): string {
    return `${this.#name(n)} is at seq ${seq}, and was sent after its publisher had been told of ` +
      `message ${before}, which is at seq ${at}`;
  }

  lost(n: number): string {
    const seq = this.#publishes.ackSeq(n);
    return `${this.#name(n)}, sent at ${clock(this.#publishes.sentMs(n))}, was acknowledged at ` +
      `${this.#acknowledged(n)} as seq ${seq}, and is not in the log`;
  }

  undelivered(
    n: number,
    seq: number,
    { reader, joined, last }: { reader: number; joined: number | undefined; last: number },
  ): string {
    return `${this.#name(n)}, acknowledged at ${this.#acknowledged(n)} as seq ${seq}, never ` +
      `reached client ${reader}, which joined at seq ${joined} and got up to seq ${last}`;
  }

  #acknowledged(n: number): string {
    return clock(this.#publishes.ackMs(n));
  }

  #name(n: number): string {
    if (n < 0) return "a message that is not of this run";
    return `message ${n} of client ${n % this.#publishes.publishers}`;
  }
}
