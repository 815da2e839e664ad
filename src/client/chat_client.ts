/**
 * The client as its user sees it: a machine, wired to sockets and a clock.
 *
 * @module
 */

import { Driver, type Notice } from "./driver.ts";
import { Emitter } from "./emitter.ts";
import { PublishError } from "./errors.ts";
import type { Cursor, Limits, MessageItem, PeopleFrame } from "./frames.ts";
import type { Gap } from "./inbox.ts";
import { Machine } from "./machine.ts";
import type { KeptOutbox } from "./outbox.ts";
import { Ledger, type Publication } from "./publication.ts";
import { type ChatClientOptions, resolveSettings } from "./settings.ts";
import { isDuration, mustBe } from "./shape.ts";
import type { ChatMessage, ChatState } from "./states.ts";

/** What a client tells. */
export interface ChatEvents {
  /** A message of the room: each one once, in the order of the log. */
  message: ChatMessage;
  /**
   * With `tellsBatches`, instead of `message`: messages that came together. Hazard: they may be shared
   * with other clients, and must not be changed.
   */
  messages: readonly MessageItem[];
  /** The client stands elsewhere now. */
  state: ChatState;
  /** Messages were missed, or the log is another one. */
  gap: Gap;
  /** Who is in the room, on the server that this client is connected to: only with `people`. */
  people: Omit<PeopleFrame, "type">;
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

/**
 * One participant of one room. It connects when it is made, comes back by itself, and says and hears
 * everything exactly once, until it is closed.
 */
export class ChatClient implements AsyncDisposable {
  readonly #machine: Machine;
  readonly #driver: Driver;
  readonly #events = new Emitter<ChatEvents>();
  readonly #ledger = new Ledger();
  #cursor: Cursor | undefined;
  // Told by the first tick, in the constructor.
  #state!: ChatState;

  /**
   * Connects to `url`: `ws:`, `wss:`, `http:` or `https:`; in a page also relative to it. Throws a
   * `TypeError` for an option that is wrong, and for nothing else: a server that cannot be reached is
   * tried again.
   */
  constructor(url: string | URL, options: ChatClientOptions = {}) {
    const settings = resolveSettings(url, options);
    this.#machine = new Machine(settings);
    this.#cursor = settings.cursor;
    this.#driver = new Driver(this.#machine, settings, (notice) => this.#hear(notice));
    this.#driver.tick();
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

  /**
   * The publishes that are not settled, to go on with in another client of the same session. Keep it
   * together with `cursor`, after every `publish()` and every event.
   */
  get outbox(): KeptOutbox {
    return this.#machine.conversation.sender.kept;
  }

  /** What the server allows; `undefined` before the first welcome. */
  get limits(): Limits | undefined {
    return this.#machine.conversation.limits;
  }

  /** The public name under which this client's messages appear; `undefined` before the first welcome. */
  get from(): string | undefined {
    return this.#machine.conversation.from;
  }

  /**
   * How far it has read: in a listener for `message`, up to that message. `undefined` before the first
   * welcome, unless it was given.
   */
  get cursor(): Cursor | undefined {
    return this.#cursor;
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
    this.#driver.tick();
    return publication;
  }

  /**
   * Closes for good: takes no more publishes, waits for those there are, and says goodbye. Called
   * again, it returns the same promise, and a shorter `flushMs` counts.
   */
  close({ flushMs = 5_000 }: CloseOptions = {}): Promise<void> {
    if (!isDuration(flushMs)) {
      throw new TypeError(mustBe("close", "flushMs must be a number of ms from 0", flushMs));
    }
    this.#driver.close(flushMs);
    return this.#driver.closed;
  }

  /** Closes with the defaults. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #hear(notice: Notice): void {
    switch (notice.do) {
      case "state":
        this.#state = notice.state;
        return this.#events.emit("state", notice.state);
      case "resumed":
        this.#cursor = notice.cursor;
        return notice.gap && this.#events.emit("gap", notice.gap);
      case "message":
        this.#cursor = notice.cursor;
        return this.#events.emit("message", notice.message);
      case "messages":
        this.#cursor = notice.cursor;
        return this.#events.emit("messages", notice.items);
      case "people":
        return this.#events.emit("people", notice.people);
      case "accepted":
        return this.#ledger.accept(notice.entry, notice.seq);
      case "failed":
        return this.#events.emit("failed", this.#ledger.fail(notice.entry, notice.code));
    }
  }
}
