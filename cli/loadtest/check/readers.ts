/**
 * What each reader's application was given: where it joined, how far it got, and for what it was passed
 * over. Readers get the log in order, so this is a few numbers for each, however many messages there are.
 *
 * @module
 */

/** Seqs from the first to the last. */
export interface Stretch {
  from: number;
  to: number;
}

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

  /** A reader got everything up to `seq` that it had not. */
  advance(reader: number, seq: number): void {
    this.#lastSeq[reader] = seq;
  }

  /** A reader was passed over for these. */
  addHole(reader: number, hole: Stretch): void {
    append(this.#holes, reader, hole);
  }

  /** Takes `seq` out of the hole that it is in. Returns whether it was in one. */
  fill(reader: number, seq: number): boolean {
    const holes = this.#holes.get(reader) ?? [];
    const at = holes.findIndex(({ from, to }) => seq >= from && seq <= to);
    if (at < 0) return false;
    const { from, to } = holes[at]!;
    const left = [{ from, to: seq - 1 }, { from: seq + 1, to }].filter((one) => one.from <= one.to);
    holes.splice(at, 1, ...left);
    return true;
  }

  /** What a reader was owed and did not get, up to the end of the log. */
  missing(reader: number, head: number): Stretch[] {
    const tail = { from: this.#lastSeq[reader]! + 1, to: head };
    return [...this.#holes.get(reader) ?? [], tail].flatMap((hole) => this.untold(reader, hole));
  }

  /** What is left of a stretch without what the reader was told to miss. */
  untold(reader: number, stretch: Stretch): Stretch[] {
    return subtract(stretch, this.#gaps.get(reader) ?? []).filter(({ from, to }) => from <= to);
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
