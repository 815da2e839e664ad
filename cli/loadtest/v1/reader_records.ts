/**
 * What each reader's application was given: one bit per message and reader, and the last seq of each
 * reader. A delivery costs two memory accesses.
 *
 * @module
 */

/** Messages in one block of bits: blocks are made when they are needed. */
const BLOCK = 65_536;
const BLOCK_WORDS = BLOCK / 32;

/** A delivery that must not have been. */
export interface BadDelivery {
  reader: number;
  /** The message. */
  n: number;
  seq: number;
  /** The highest seq that the reader had got before. */
  lastSeq: number;
}

/** A stretch of the log that the server said it could not give to a reader. */
export interface ReaderGap {
  reader: number;
  reason: string;
  /** What is missed has a higher seq than this. */
  fromSeq: number;
  /** And at most this one. */
  toSeq: number;
}

/** How many bad deliveries are remembered; all are counted. */
const REMEMBERED = 20;
/** The reader has not joined. */
const NOWHERE = -1;

/** The readers' side of a run. */
export class ReaderRecords {
  /** Messages given to applications. */
  delivered = 0;
  /** Deliveries of a message that the same reader had before. */
  duplicates = 0;
  /** Deliveries with a seq that is not above the reader's last one. */
  disorders = 0;
  /** The first of the duplicates. */
  readonly firstDuplicates: BadDelivery[] = [];
  /** The first of the disorders. */
  readonly firstDisorders: BadDelivery[] = [];
  /** What readers were told that they miss. */
  readonly gaps: ReaderGap[] = [];
  readonly #blocks: (Uint32Array | undefined)[] = [];
  readonly #joinSeq: Float64Array;
  readonly #lastSeq: Float64Array;

  /** `readers` readers, none of which has joined. */
  constructor(readonly readers: number) {
    this.#joinSeq = new Float64Array(readers).fill(NOWHERE);
    this.#lastSeq = new Float64Array(readers).fill(NOWHERE);
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

  /** The last seq that a reader got, of whatever message. */
  lastSeq(reader: number): number {
    return this.#lastSeq[reader]!;
  }

  /** A reader's application got message `n`; a negative `n` is none of this run. */
  take(reader: number, n: number, seq: number): void {
    this.delivered++;
    const lastSeq = this.#lastSeq[reader]!;
    if (n >= 0 && !this.#mark(reader, n)) {
      this.duplicates++;
      remember(this.firstDuplicates, { reader, n, seq, lastSeq });
    } else if (seq <= lastSeq) {
      this.disorders++;
      remember(this.firstDisorders, { reader, n, seq, lastSeq });
    }
    if (seq > lastSeq) this.#lastSeq[reader] = seq;
  }

  /** Whether a reader got message `n`. */
  has(reader: number, n: number): boolean {
    const word = this.#blocks[n >>> 16]?.[reader * BLOCK_WORDS + (n % BLOCK >>> 5)] ?? 0;
    return (word & 1 << (n & 31)) !== 0;
  }

  /** Notes the delivery; returns false when it was noted before. */
  #mark(reader: number, n: number): boolean {
    const block = this.#blocks[n >>> 16] ??= new Uint32Array(this.readers * BLOCK_WORDS);
    const at = reader * BLOCK_WORDS + (n % BLOCK >>> 5);
    const bit = 1 << (n & 31);
    if ((block[at]! & bit) !== 0) return false;
    block[at]! |= bit;
    return true;
  }
}

function remember(list: BadDelivery[], bad: BadDelivery): void {
  if (list.length < REMEMBERED) list.push(bad);
}
