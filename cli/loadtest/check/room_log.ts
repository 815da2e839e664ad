/**
 * Which message is at which place of a room's log, according to everybody who said so: readers, and at
 * the end somebody who read all of it.
 *
 * @module
 */

import { Growing } from "./growing.ts";

/** Nobody has said what is there. */
export const UNSEEN = -3;

/** Seqs count up from near 0. One that is far beyond is a server's mistake, and must not be ours. */
const FAR = 2 ** 27;

/** One room's log, as far as it is known. */
export class RoomLog {
  readonly #near = Growing.int32(UNSEEN);
  readonly #isLogged = Growing.uint8();
  readonly #far = new Map<number, number>();
  readonly #farLogged = new Set<number>();
  #head = 0;
  #last = -1;

  /** The highest seq that the reader of the whole log got. */
  get head(): number {
    return this.#head;
  }

  /** The message at `seq`; negative for one that is not of the run, {@linkcode UNSEEN}, too. */
  at(seq: number): number {
    return seq < FAR ? this.#near.at(seq) : this.#far.get(seq) ?? UNSEEN;
  }

  /** Whether the reader of the whole log got `seq`. */
  isLogged(seq: number): boolean {
    return seq < FAR ? this.#isLogged.at(seq) === 1 : this.#farLogged.has(seq);
  }

  /** Somebody says that message `n` is at `seq`. Returns what was said before: `n`, or unseen. */
  learn(seq: number, n: number): number {
    const before = this.at(seq);
    if (before !== UNSEEN) return before;
    if (seq < FAR) this.#near.set(seq, n);
    else this.#far.set(seq, n);
    this.#last = Math.max(this.#last, Math.min(seq, FAR - 1));
    return UNSEEN;
  }

  /** The reader of the whole log got `seq`. Returns whether it rises above those before. */
  log(seq: number): boolean {
    if (seq < FAR) this.#isLogged.set(seq, 1);
    else this.#farLogged.add(seq);
    const rises = seq > this.#head;
    this.#head = Math.max(this.#head, seq);
    return rises;
  }

  /** What anybody has told to be there, from one seq to another. */
  *between(from: number, to: number): Generator<{ seq: number; n: number }, void, void> {
    for (let seq = Math.max(0, from); seq <= Math.min(to, this.#last); seq++) {
      const n = this.#near.at(seq);
      if (n !== UNSEEN) yield { seq, n };
    }
    for (const [seq, n] of this.#far) if (seq >= from && seq <= to) yield { seq, n };
  }
}
