/**
 * Hears every message of the stream, once and in order, from a place on.
 *
 * JetStream publishes each message again as soon as it is in the stream (`republish`), with its place.
 * That is quick and needs no consumer, which after the loss of a server may take NATS long to make; but
 * nobody repeats what was missed. Places have no gaps, so what is missing shows, and is read.
 */

import type { StoredMsg } from "@nats-io/jetstream";
import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";
import type { Clock } from "../../clock.ts";
import { nextPlace, type PlaceReader } from "./next_place.ts";
import type { StreamMessage, StreamNames } from "./wire.ts";

/** What following needs. */
export interface TailOptions {
  connection: Pick<NatsConnection, "subscribe">;
  manager: PlaceReader;
  names: StreamNames;
  /** The place after which it begins. */
  position: number;
  /** Gets each message. */
  hear: (message: StreamMessage) => void;
  clock: Clock;
}

/** Messages that are asked for at once. */
const WINDOW = 200;
/** Messages kept that came before others that are missing. */
const MAX_AHEAD = 10_000;
const RETRY_MS = 100;
/** What is known to be in the stream is waited for so long, and then read. */
const LIVE_MS = 50;

interface Waiter {
  seq: number;
  wake: () => void;
}

/** A reader at the end of the stream. */
export class Tail {
  readonly #options: TailOptions;
  readonly #live: Subscription;
  readonly #closed = new AbortController();
  readonly #ahead = new Map<number, StreamMessage>();
  #position: number;
  #target = 0;
  #catchingUp: Promise<void> | undefined;
  readonly #waiters = new Set<Waiter>();

  /** Begins to follow. */
  constructor(options: TailOptions) {
    const { connection, names } = options;
    this.#options = options;
    this.#position = options.position;
    this.#live = connection.subscribe(names.live, {
      callback: (error, message) => {
        if (!error) this.#take(liveMessage(message));
      },
    });
  }

  /** The place up to which everything was heard. */
  get position(): number {
    return this.#position;
  }

  /** The stream is known to reach to a place: what was missed up to there is read. */
  catchUp(seq: number): void {
    this.#target = Math.max(this.#target, seq);
    if (this.#target > this.#position) this.#catchingUp ??= this.#catchUp();
  }

  /** Resolves to whether everything up to a place, which the stream has, was heard within `ms`. */
  async reach(seq: number, ms: number): Promise<boolean> {
    if (await this.#isHeard(seq, Math.min(ms, LIVE_MS))) return true;
    this.catchUp(seq);
    return await this.#isHeard(seq, ms);
  }

  /** Stops following. */
  async close(): Promise<void> {
    this.#closed.abort();
    for (const { wake } of this.#waiters) wake();
    this.#live.unsubscribe();
    await this.#catchingUp;
  }

  async #isHeard(seq: number, ms: number): Promise<boolean> {
    if (seq <= this.#position || this.#closed.signal.aborted) return seq <= this.#position;
    const over = new AbortController();
    const waiter = { seq, wake: () => over.abort() };
    this.#waiters.add(waiter);
    await this.#options.clock.sleep(ms, over.signal);
    this.#waiters.delete(waiter);
    return seq <= this.#position;
  }

  #take(message: StreamMessage): void {
    const { seq } = message;
    if (seq <= this.#position) return;
    if (seq === this.#position + 1) {
      this.#hear(message);
      if (this.#ahead.size > 0) this.#hearAhead();
      return;
    }
    if (this.#ahead.size < MAX_AHEAD) this.#ahead.set(seq, message);
    this.catchUp(seq);
  }

  #hear(message: StreamMessage): void {
    this.#options.hear(message);
    this.#moveTo(message.seq);
  }

  #moveTo(seq: number): void {
    this.#position = seq;
    for (const waiter of this.#waiters) if (waiter.seq <= seq) waiter.wake();
  }

  #hearAhead(): void {
    for (;;) {
      const next = this.#ahead.get(this.#position + 1);
      if (!next) break;
      this.#ahead.delete(next.seq);
      this.#hear(next);
    }
    for (const seq of this.#ahead.keys()) if (seq <= this.#position) this.#ahead.delete(seq);
  }

  async #catchUp(): Promise<void> {
    while (this.#position < this.#target && !this.#closed.signal.aborted) {
      try {
        await this.#readOn();
        this.#hearAhead();
      } catch {
        // Nobody answers, or who does has not got so far yet: whoever waits has a deadline.
        await this.#options.clock.sleep(RETRY_MS, this.#closed.signal);
      }
    }
    this.#catchingUp = undefined;
  }

  /** Reads what comes next, as far as it is known to be there. */
  async #readOn(): Promise<void> {
    const from = this.#position + 1;
    const count = Math.min(WINDOW, this.#target - this.#position);
    const found = await Promise.all(Array.from({ length: count }, (_, i) => this.#get(from + i)));
    for (const [i, message] of found.entries()) {
      // Meanwhile it may have come by itself.
      if (from + i <= this.#position) continue;
      if (message) this.#hear(message);
      else return await this.#skipRemoved();
    }
  }

  /** Goes on after messages that were removed. */
  async #skipRemoved(): Promise<void> {
    const { manager, names } = this.#options;
    const gone = { seq: this.#position + 1, subject: names.messages };
    this.#skipTo(await nextPlace(manager, names.stream, gone) - 1);
  }

  #skipTo(seq: number): void {
    if (seq > this.#position) this.#moveTo(seq);
  }

  async #get(seq: number): Promise<StreamMessage | undefined> {
    const ahead = this.#ahead.get(seq);
    if (ahead) return ahead;
    const { manager, names } = this.#options;
    const found = await manager.direct.getMessage(names.stream, { seq });
    return found ? storedMessage(found) : undefined;
  }
}

function liveMessage({ headers, data }: Msg): StreamMessage {
  return {
    subject: headers?.get("Nats-Subject") ?? "",
    seq: Number(headers?.get("Nats-Sequence")),
    headers,
    data,
  };
}

function storedMessage({ subject, seq, header, data }: StoredMsg): StreamMessage {
  return { subject, seq, headers: header, data };
}
