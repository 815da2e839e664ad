/**
 * What each reader's application was given: where it joined, how far it got, and the holes in between.
 * Readers get the log in order, so this is a few numbers for each, however many messages there are.
 *
 * @module
 */

/** Seqs from the first to the last. */
export interface Stretch {
  from: number;
  to: number;
}

/** How a delivery fits what the reader had before. */
export type Fit = "new" | "again" | "late";

/** Not joined. */
const NOWHERE = -1;

/** The readers' side of a run. */
export class Readers {
  readonly #joinSeq: Float64Array;
  readonly #lastSeq: Float64Array;
  readonly #holes = new Map<number, Stretch[]>();
  readonly #gaps = new Map<number, Stretch[]>();

  /** So many readers, none of which has joined. */
  constructor(readonly count: number) {
    this.#joinSeq = new Float64Array(count).fill(NOWHERE);
    this.#lastSeq = new Float64Array(count).fill(NOWHERE);
  }

  /** The first welcome of a reader: it is owed everything above `seq`. */
  join(reader: number, seq: number): void {
    if (this.#joinSeq[reader] !== NOWHERE) return;
    this.#joinSeq[reader] = seq;
    this.#lastSeq[reader] = Math.max(seq, this.#lastSeq[reader]!);
  }

  /** Where a reader joined; `undefined`: it never did. */
  joinSeq(reader: number): number | undefined {
    const seq = this.#joinSeq[reader]!;
    return seq === NOWHERE ? undefined : seq;
  }

  /** The last seq that a reader got. */
  lastSeq(reader: number): number {
    return this.#lastSeq[reader]!;
  }

  /** A reader was told that it misses these; to nobody knows where: `Infinity`. */
  tellGap(reader: number, gap: Stretch): void {
    append(this.#gaps, reader, gap);
  }

  /** The same for a stretch that follows without a hole and is all new, which is nearly always so. */
  takeNext(reader: number, from: number, to: number): boolean {
    if (from !== this.#lastSeq[reader]! + 1) return false;
    this.#lastSeq[reader] = to;
    return true;
  }

  /** A reader got `seq`. */
  take(reader: number, seq: number): Fit {
    const last = this.#lastSeq[reader]!;
    if (seq <= last) return this.#fill(reader, seq) ? "late" : "again";
    if (seq > last + 1 && last !== NOWHERE) {
      append(this.#holes, reader, { from: last + 1, to: seq - 1 });
    }
    this.#lastSeq[reader] = seq;
    return "new";
  }

  /** What a reader was owed and did not get, up to the end of the log. */
  missing(reader: number, head: number): Stretch[] {
    const tail = { from: this.#lastSeq[reader]! + 1, to: head };
    const holes = [...this.#holes.get(reader) ?? [], tail];
    const gaps = this.#gaps.get(reader) ?? [];
    return holes.flatMap((hole) => subtract(hole, gaps)).filter(({ from, to }) => from <= to);
  }

  /** Takes `seq` out of the hole that it is in, if it is in one. */
  #fill(reader: number, seq: number): boolean {
    const holes = this.#holes.get(reader) ?? [];
    const at = holes.findIndex(({ from, to }) => seq >= from && seq <= to);
    if (at < 0) return false;
    const { from, to } = holes[at]!;
    const left = [{ from, to: seq - 1 }, { from: seq + 1, to }].filter((one) => one.from <= one.to);
    holes.splice(at, 1, ...left);
    return true;
  }
}

function append(lists: Map<number, Stretch[]>, reader: number, stretch: Stretch): void {
  const list = lists.get(reader);
  if (list) list.push(stretch);
  else lists.set(reader, [stretch]);
}

/** What is left of a hole without what was told to be missing. */
function subtract(hole: Stretch, gaps: readonly Stretch[]): Stretch[] {
  let left = [hole];
  for (const gap of gaps) {
    left = left.flatMap(({ from, to }) => [
      { from, to: Math.min(to, gap.from - 1) },
      { from: Math.max(from, gap.to + 1), to },
    ]).filter(({ from, to }) => from <= to);
  }
  return left;
}
