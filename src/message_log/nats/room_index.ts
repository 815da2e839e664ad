/**
 * Where the messages of one room are in the stream.
 *
 * The stream numbers the messages of all rooms together; a room's own numbers, from 1 up and without
 * gaps, are their order in it. All processes read the same stream, so all count alike.
 */

/** What of a message is needed to find it again. */
export interface Place {
  /** Its number in the stream. */
  streamSeq: number;
  publisher: string;
  id: number | undefined;
  /** When it was accepted, in ms since the Unix epoch. */
  at: number;
}

/** So many messages a room had up to a place in the stream. */
export interface Mark {
  /** The place; 0 is before the first. */
  streamSeq: number;
  /** The room's highest seq there. */
  head: number;
}

/** Publishers that are remembered once none of their messages is kept. */
const FORMER_PUBLISHERS = 100_000;

/** Who has messages that are kept: one for all of them, for there are many. */
interface Publisher {
  name: string;
  lastId: number;
  kept: number;
}

/** The messages that are kept of one room. */
export class RoomIndex {
  #base: number;
  readonly #streamSeqs: number[] = [];
  readonly #publishers: Publisher[] = [];
  /** 0 is none: all of them are numbers, which take less. */
  readonly #ids: number[] = [];
  readonly #ats: number[] = [];
  readonly #known = new Map<string, Publisher>();
  readonly #trimmedIds = new Map<string, number>();
  #reached: number;

  /** A room of which nothing is kept, with its head at a place in the stream. */
  constructor({ streamSeq, head }: Mark) {
    this.#base = head;
    this.#reached = streamSeq;
  }

  /** From a mark and what is kept, in the stream's order: also what was kept before the mark. */
  static of(mark: Mark, kept: readonly Place[]): RoomIndex {
    const before = kept.filter(({ streamSeq }) => streamSeq <= mark.streamSeq).length;
    const index = new RoomIndex({ streamSeq: 0, head: mark.head - before });
    for (const place of kept) index.add(place);
    index.#reached = Math.max(index.#reached, mark.streamSeq);
    return index;
  }

  /** The highest seq ever given. */
  get head(): number {
    return this.#base + this.#streamSeqs.length;
  }

  /** The lowest seq that is kept; `head + 1` when nothing is. */
  get first(): number {
    return this.#base + 1;
  }

  /** The head, and the place in the stream of the last message that is counted in it. */
  get mark(): Mark {
    return { streamSeq: this.#reached, head: this.head };
  }

  /** Counts a message. Returns whether it was new. */
  add({ streamSeq, publisher, id, at }: Place): boolean {
    if (streamSeq <= this.#reached) return false;
    this.#reached = streamSeq;
    this.#streamSeqs.push(streamSeq);
    this.#publishers.push(this.#note(publisher, id));
    this.#ids.push(id ?? 0);
    this.#ats.push(at);
    return true;
  }

  #note(name: string, id = 0): Publisher {
    const publisher = this.#known.get(name) ?? { name, lastId: 0, kept: 0 };
    this.#known.set(name, publisher);
    publisher.kept += 1;
    publisher.lastId = Math.max(publisher.lastId, id);
    return publisher;
  }

  /** The seq of the message at a place in the stream; `undefined` when it is not kept. */
  seqAt(streamSeq: number): number | undefined {
    const i = this.#lowerBound(streamSeq);
    return this.#streamSeqs[i] === streamSeq ? this.#base + i + 1 : undefined;
  }

  /** Where the messages after a seq are, at most `limit` of them. */
  after(seq: number, limit: number): { seq: number; streamSeq: number }[] {
    const start = Math.max(0, seq - this.#base);
    return this.#streamSeqs.slice(start, start + limit)
      .map((streamSeq, i) => ({ seq: this.#base + start + i + 1, streamSeq }));
  }

  /** The highest id of a publisher that was ever counted here. */
  lastId(publisher: string): number {
    const { lastId = 0 } = this.#known.get(publisher) ?? {};
    return Math.max(lastId, this.#trimmedIds.get(publisher) ?? 0);
  }

  /** What is known of a (publisher, id): its seq, that it is too old to tell, or nothing. */
  find(publisher: string, id: number): number | "expired" | undefined {
    if (id > this.lastId(publisher)) return undefined;
    // Rare: ids count up, so what is not above the last one is a repetition.
    for (let i = this.#ids.length - 1; i >= 0; i--) {
      if (this.#ids[i] === id && this.#publishers[i]!.name === publisher) return this.#base + i + 1;
    }
    return id <= (this.#trimmedIds.get(publisher) ?? 0) ? "expired" : undefined;
  }

  /** The place of the last message beyond the newest `maxMessages`, or older than `before`. */
  lastToTrim({ maxMessages, before }: { maxMessages: number; before: number }): number {
    const tooMany = this.#ats.length - maxMessages;
    const young = this.#ats.findIndex((at) => at >= before);
    const count = Math.max(tooMany, young === -1 ? this.#ats.length : young);
    return this.#streamSeqs[count - 1] ?? 0;
  }

  /** How many messages are kept up to a place in the stream. */
  countThrough(streamSeq: number): number {
    return this.#lowerBound(streamSeq + 1);
  }

  /** Forgets the messages up to a place in the stream; nothing is renumbered. */
  dropThrough(streamSeq: number): void {
    const count = this.countThrough(streamSeq);
    if (count === 0) return;
    this.#base += count;
    this.#streamSeqs.splice(0, count);
    this.#ats.splice(0, count);
    const publishers = this.#publishers.splice(0, count);
    for (const [i, id] of this.#ids.splice(0, count).entries()) this.#forget(publishers[i]!, id);
  }

  #forget(publisher: Publisher, id: number): void {
    const { name } = publisher;
    publisher.kept -= 1;
    if (publisher.kept === 0) this.#known.delete(name);
    if (id === 0) return;
    const highest = Math.max(id, this.#trimmedIds.get(name) ?? 0);
    this.#trimmedIds.delete(name);
    this.#trimmedIds.set(name, highest);
    if (this.#trimmedIds.size <= FORMER_PUBLISHERS) return;
    this.#trimmedIds.delete(this.#trimmedIds.keys().next().value!);
  }

  /** The first index whose place is not below `streamSeq`. */
  #lowerBound(streamSeq: number): number {
    let low = 0;
    let high = this.#streamSeqs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#streamSeqs[middle]! < streamSeq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
