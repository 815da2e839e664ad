/**
 * The publishing side of a client: what waits, what is under way, and when the next one may go.
 */

import type { Effect } from "./effects.ts";
import type { RejectedFrame, WelcomeFrame } from "./frame_types.ts";
import { type Entry, type KeptOutbox, Outbox } from "./outbox.ts";
import { Pacer } from "./pacer.ts";
import { exceedsBytes } from "./utf8.ts";

/** When to try again if the server does not say, in ms. */
const RETRY_MS = 1_000;
/**
 * What an earlier life of the session sent may arrive after our `welcome` was written, so its highest
 * id in the log is not the highest there is. Ids may skip numbers: skip more than can be under way.
 */
const EARLIER_LIFE = 1_000_000;

/** What a sender is told. */
export interface SenderOptions {
  /** Publishes that may wait. */
  outboxLimit: number;
  /** How long nothing at all may be heard while an answer is due, in ms. */
  answerMs: number;
  /** The session had an earlier life. */
  hasEarlierLife: boolean;
  /** All that is not settled of that life. */
  outbox?: KeptOutbox;
}

/** Sends each publish until it is settled. */
export class Sender {
  readonly #outbox: Outbox;
  readonly #answerMs: number;
  readonly #pacer = new Pacer();
  #skip: number;
  #maxMessageSize = Infinity;
  #lastSentId = 0;
  #dueSince = 0;

  /** Nothing is sent before a `welcome`. */
  constructor({ outboxLimit, answerMs, hasEarlierLife, outbox }: SenderOptions) {
    this.#outbox = new Outbox(outboxLimit, outbox);
    this.#answerMs = answerMs;
    // Whoever kept the outbox knows which ids were used.
    this.#skip = hasEarlierLife && !outbox ? EARLIER_LIFE : 0;
  }

  /** What another client needs to go on. */
  get kept(): KeptOutbox {
    return this.#outbox.kept;
  }

  /** Publishes that are not settled. */
  get pending(): number {
    return this.#outbox.size;
  }

  /** Whether no more can be taken. */
  get isFull(): boolean {
    return this.#outbox.isFull;
  }

  /** The highest id sent on this connection; 0 for none. */
  get lastSentId(): number {
    return this.#lastSentId;
  }

  /** Takes a publish; it is sent when there is a connection. */
  add(content: string): Entry {
    return this.#outbox.add(content);
  }

  /** A connection was welcomed. */
  start({ lastId, limits }: WelcomeFrame, now: number): Effect[] {
    this.#pacer.start(limits, now);
    this.#maxMessageSize = limits.maxMessageSize;
    this.#lastSentId = 0;
    // Only this very id is known to be in the log: a smaller one may have been rejected, unheard.
    const effects = this.accept(lastId);
    this.#outbox.numberAfter(lastId + this.#skip);
    this.#skip = 0;
    return effects;
  }

  /** Sends what may be sent now. */
  send(now: number): Effect[] {
    const effects: Effect[] = [];
    for (let entry = this.#outbox.next; entry; entry = this.#outbox.next) {
      if (exceedsBytes(entry.content, this.#maxMessageSize)) {
        effects.push(this.#fail(entry, "too_large"));
      } else if (this.#pacer.take(now)) effects.push(this.#send(entry, now));
      else break;
    }
    return effects;
  }

  /** A publish is in the log, at `seq` where that is known. */
  accept(id: number, seq?: number): Effect[] {
    const entry = this.#outbox.accept(id);
    if (!entry) return [];
    return [{ do: "accepted", entry, ...seq === undefined ? {} : { seq } }];
  }

  /** A publish is not in the log. */
  reject({ id, code, retryAfterMs = RETRY_MS }: RejectedFrame, now: number): Effect[] {
    const entry = this.#outbox.sent(id);
    if (!entry) return [];
    switch (code) {
      case "rate_limited":
      case "unavailable":
        this.#outbox.requeue(entry);
        this.#pacer.pause(retryAfterMs, now);
        return [];
      case "draining":
        this.#outbox.hold(entry);
        return [];
      default:
        return [this.#fail(entry, code)];
    }
  }

  /** Nothing is under way any more; all of it is to be sent again. */
  endConnection(): void {
    this.#outbox.endConnection();
  }

  /** Gives up on everything. */
  close(): Effect[] {
    return this.#outbox.settleAll().map((entry) => ({ do: "failed", entry, code: "closed" }));
  }

  /** When something can be sent. */
  get readyAt(): number {
    return this.#outbox.next ? this.#pacer.readyAt : Infinity;
  }

  /** When to give up on a connection that was last heard at `heardAt`: not while no answer is due. */
  answerBy(heardAt: number): number {
    if (this.#outbox.underWay === 0) return Infinity;
    return Math.max(heardAt, this.#dueSince) + this.#answerMs;
  }

  #send({ id, content }: Entry, now: number): Effect {
    if (this.#outbox.underWay === 0) this.#dueSince = now;
    this.#outbox.markNextSent();
    this.#lastSentId = Math.max(this.#lastSentId, id);
    return { do: "send", frame: { type: "publish", id, content } };
  }

  #fail(entry: Entry, code: "too_large" | "invalid" | "expired"): Effect {
    return { do: "failed", entry: this.#outbox.settle(entry), code };
  }
}
