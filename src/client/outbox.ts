/**
 * Publishes that are not settled: neither seen in the log nor rejected for good.
 *
 * ```text
 *            next(), markSent()         settle()
 * queued ──────────────────────► sent ───────────► gone
 *   ▲  ▲      requeue()           │
 *   │  └──────────────────────────┤
 *   │        endConnection()      │ hold()
 *   └─────────────────────────── held
 * ```
 *
 * A publish keeps its id from the first time it is sent: by it the log knows it again.
 *
 * @module
 */

/** A publish that is not settled. */
export interface Entry {
  /** Its number in the session; final once it was sent. */
  id: number;
  /** What to say. */
  readonly content: string;
  /** Waiting to be sent; sent on this connection; to be sent on the next one. */
  state: "queued" | "sent" | "held";
  /** It was sent once, so it may be in the log. */
  wasSent: boolean;
}

/** Publishes that another client of the same session can go on with. */
export interface KeptOutbox {
  /** The highest id that was given to a publish; new ones are numbered after it. */
  lastId: number;
  /** Those that are not settled, in the order of their ids. */
  publishes: { id: number; content: string }[];
}

/** Publishes in the order of their ids. */
export class Outbox {
  readonly #limit: number;
  readonly #entries = new Map<number, Entry>();
  /** Those to send now, in the order of their ids. */
  #queue: Entry[] = [];
  #underWay = 0;
  #lastId = 0;

  /** Holds `limit` publishes at most. Those that were kept may have been sent, and keep their ids. */
  constructor(limit: number, { lastId, publishes }: KeptOutbox = { lastId: 0, publishes: [] }) {
    this.#limit = limit;
    for (const { id, content } of publishes.toSorted((a, b) => a.id - b.id)) {
      const entry: Entry = { id, content, state: "queued", wasSent: true };
      this.#entries.set(id, entry);
      this.#queue.push(entry);
    }
    this.#lastId = Math.max(lastId, ...this.#entries.keys());
  }

  /** What another client needs to go on with these publishes. */
  get kept(): KeptOutbox {
    const publishes = [...this.#entries.values()].map(({ id, content }) => ({ id, content }));
    return { lastId: this.#lastId, publishes };
  }

  /** How many are not settled. */
  get size(): number {
    return this.#entries.size;
  }

  /** Whether no more can be taken. */
  get isFull(): boolean {
    return this.#entries.size >= this.#limit;
  }

  /** How many were sent on this connection and not answered yet. */
  get underWay(): number {
    return this.#underWay;
  }

  /** The next one to send. */
  get next(): Entry | undefined {
    return this.#queue[0];
  }

  /** Takes a publish. The caller asks `isFull` first. */
  add(content: string): Entry {
    const entry: Entry = { id: ++this.#lastId, content, state: "queued", wasSent: false };
    this.#entries.set(entry.id, entry);
    this.#queue.push(entry);
    return entry;
  }

  /** `next` is on its way. */
  markNextSent(): void {
    const entry = this.#queue.shift();
    if (!entry) return;
    entry.state = "sent";
    entry.wasSent = true;
    this.#underWay += 1;
  }

  /**
   * Ids up to `lastId` belong to what the session said in an earlier life: what was never sent is
   * numbered after them, or the log would take it for a repetition and drop it.
   */
  numberAfter(lastId: number): void {
    const fresh = [...this.#entries.values()].filter(({ wasSent }) => !wasSent);
    const first = fresh[0]?.id ?? this.#lastId + 1;
    if (first > lastId) return;
    for (const { id } of fresh) this.#entries.delete(id);
    this.#lastId = lastId;
    for (const entry of fresh) {
      entry.id = ++this.#lastId;
      this.#entries.set(entry.id, entry);
    }
  }

  /** The publish `id` is in the log. One that was never sent is an earlier life's, not ours. */
  accept(id: number): Entry | undefined {
    const entry = this.#entries.get(id);
    return entry?.wasSent ? this.settle(entry) : undefined;
  }

  /** The publish `id`, if it is under way on this connection: only then can it be rejected. */
  sent(id: number): Entry | undefined {
    const entry = this.#entries.get(id);
    return entry?.state === "sent" ? entry : undefined;
  }

  /** It is to be sent again on this connection. */
  requeue(entry: Entry): void {
    this.#leaveWay(entry, "queued");
    const place = this.#queue.findIndex(({ id }) => id > entry.id);
    this.#queue.splice(place === -1 ? this.#queue.length : place, 0, entry);
  }

  /** It is to be sent again on the next connection. */
  hold(entry: Entry): void {
    this.#leaveWay(entry, "held");
  }

  /** It is over: nothing more is remembered of it. */
  settle(entry: Entry): Entry {
    if (entry.state === "queued") this.#queue = this.#queue.filter((other) => other !== entry);
    this.#leaveWay(entry, "held");
    this.#entries.delete(entry.id);
    return entry;
  }

  /** Everything is over. */
  settleAll(): Entry[] {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    this.#queue = [];
    this.#underWay = 0;
    return entries;
  }

  /** The connection ended: everything is to be sent again. */
  endConnection(): void {
    for (const entry of this.#entries.values()) entry.state = "queued";
    this.#queue = [...this.#entries.values()];
    this.#underWay = 0;
  }

  #leaveWay(entry: Entry, state: Entry["state"]): void {
    if (entry.state === "sent") this.#underWay -= 1;
    entry.state = state;
  }
}
