/**
 * The client as its user sees it: a machine, wired to sockets and a clock.
 *
 * @module
 */

import { Alarm } from "./alarm.ts";
import type { Effect } from "./effects.ts";
import { Emitter } from "./emitter.ts";
import { PublishError } from "./errors.ts";
import { type Cursor, encode, SUBPROTOCOL } from "./frames.ts";
import type { Gap } from "./inbox.ts";
import { Link } from "./link.ts";
import { Machine } from "./machine.ts";
import { Ledger, type Publication } from "./publication.ts";
import { type ChatClientOptions, resolveSettings, type Settings } from "./settings.ts";
import { isDuration, mustBe } from "./shape.ts";
import type { ChatMessage, ChatState } from "./states.ts";

/** What a client tells. */
export interface ChatEvents {
  /** A message of the room: each one once, in the order of the log. */
  message: ChatMessage;
  /** The client stands elsewhere now. */
  state: ChatState;
  /** Messages were missed, or the log is another one. */
  gap: Gap;
  /** A publish failed for good. Its `accepted` rejects with the same error. */
  failed: PublishError;
}

/** How a client closes. */
export interface CloseOptions {
  /**
   * How long to wait for publishes to be settled, in ms; 0 for not at all. Default 5 000. What is not
   * settled by then fails with the code `closed`.
   */
  flushMs?: number;
}

/** How long a server may take to answer our Close frame, in ms. */
const CLOSE_MS = 2_000;

/**
 * One participant of one room. It connects when it is made, comes back by itself, and says and hears
 * everything exactly once, until it is closed.
 */
export class ChatClient implements AsyncDisposable {
  readonly #settings: Settings;
  readonly #machine: Machine;
  readonly #alarm: Alarm;
  readonly #events = new Emitter<ChatEvents>();
  readonly #ledger = new Ledger();
  readonly #closed: Promise<void>;
  readonly #effects: Effect[] = [];
  #noteClosed = () => {};
  #isActing = false;
  #link: Link | undefined;
  #state!: ChatState;

  /**
   * Connects to `url`: `ws:`, `wss:`, `http:` or `https:`; in a page also relative to it. Throws a
   * `TypeError` for an option that is wrong, and for nothing else: a server that cannot be reached is
   * tried again.
   */
  constructor(url: string | URL, options: ChatClientOptions = {}) {
    this.#settings = resolveSettings(url, options);
    this.#machine = new Machine(this.#settings);
    this.#alarm = new Alarm(this.#settings.clock, () => this.#tick());
    this.#closed = new Promise((resolve) => this.#noteClosed = resolve);
    this.#tick();
  }

  /** Where it stands. */
  get state(): ChatState {
    return this.#state;
  }

  /** How many publishes are not settled. */
  get pending(): number {
    return this.#machine.conversation.sender.pending;
  }

  /** The secret to go on with in another client; `undefined` before the first welcome. Never show it. */
  get session(): string | undefined {
    return this.#machine.conversation.session;
  }

  /** The public name under which this client's messages appear; `undefined` before the first welcome. */
  get from(): string | undefined {
    return this.#machine.conversation.from;
  }

  /** How far it has read; `undefined` before the first welcome. */
  get cursor(): Cursor | undefined {
    return this.#machine.conversation.inbox.cursor;
  }

  /** How many messages came again and were left out. */
  get redelivered(): number {
    return this.#machine.conversation.inbox.redelivered;
  }

  /** Calls `listener` at every event of a kind; the function returned ends that. */
  on<Name extends keyof ChatEvents>(
    name: Name,
    listener: (event: ChatEvents[Name]) => void,
  ): () => void {
    return this.#events.on(name, listener);
  }

  /**
   * Says something, now or as soon as there is a connection. Throws a `PublishError` when nothing was
   * taken: `outbox_full` or `closed`.
   */
  publish(content: string): Publication {
    if (typeof content !== "string") {
      throw new TypeError(mustBe("publish", "content must be a string", content));
    }
    if (!this.#machine.isOpen) throw new PublishError("closed", { content });
    const { sender } = this.#machine.conversation;
    if (sender.isFull) throw new PublishError("outbox_full", { content });
    const publication = this.#ledger.open(sender.add(content));
    this.#tick();
    return publication;
  }

  /**
   * Closes for good: takes no more publishes, waits for those there are, and says goodbye. Called
   * again, it returns the same promise, and a shorter `flushMs` counts.
   */
  close({ flushMs = 5_000 }: CloseOptions = {}): Promise<void> {
    if (!isDuration(flushMs)) {
      const what = "flushMs must be a number of ms from 0";
      throw new TypeError(mustBe("close the ChatClient", what, flushMs));
    }
    this.#act(this.#machine.close(flushMs, this.#now));
    return this.#closed;
  }

  /** Closes with the defaults. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #now(): number {
    return this.#settings.clock.now();
  }

  #tick(): void {
    this.#act(this.#machine.tick(this.#now));
  }

  /** A listener may publish or close in the middle of this: what follows from it comes after it. */
  #act(effects: Effect[]): void {
    this.#effects.push(...effects);
    if (this.#isActing) return;
    this.#isActing = true;
    for (let next = this.#effects.shift(); next; next = this.#effects.shift()) this.#do(next);
    this.#isActing = false;
    this.#alarm.ringBy(this.#machine.wakeAt);
  }

  #do(effect: Effect): void {
    switch (effect.do) {
      case "connect":
        return this.#connect(effect.url);
      case "send":
        return this.#link?.send(encode(effect.frame));
      case "hangUp":
        return this.#link?.hangUp(effect.code, effect.reason);
      case "state":
        return this.#enter(effect.state);
      case "message":
        return this.#events.emit("message", effect.message);
      case "gap":
        return this.#events.emit("gap", effect.gap);
      case "accepted":
        return this.#ledger.accept(effect.entry, effect.seq);
      case "failed":
        return this.#events.emit("failed", this.#ledger.fail(effect.entry, effect.code));
    }
  }

  #connect(url: string): void {
    const { createSocket } = this.#settings;
    this.#link = undefined;
    try {
      this.#link = new Link(createSocket(url, [SUBPROTOCOL]), {
        opened: (protocol) => this.#act(this.#machine.opened(protocol, this.#now)),
        heard: (text) => this.#act(this.#machine.heard(text, this.#now)),
        ended: (end) => this.#act(this.#machine.ended(end, this.#now)),
      });
    } catch (error) {
      this.#act(this.#machine.ended({ code: 1006, reason: String(error) }, this.#now));
    }
  }

  #enter(state: ChatState): void {
    this.#state = state;
    if (state.name === "closed") void this.#finish();
    this.#events.emit("state", state);
  }

  async #finish(): Promise<void> {
    const over = new AbortController();
    this.#alarm.cancel();
    const time = this.#settings.clock.sleep(CLOSE_MS, over.signal);
    await Promise.race([this.#link?.gone, time]);
    over.abort();
    this.#noteClosed();
  }
}
