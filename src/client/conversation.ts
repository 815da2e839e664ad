/**
 * What a client keeps from connection to connection: who it is, how far it has read, and what it has
 * still to say.
 */

import type { Effect } from "./effects.ts";
import type {
  Cursor,
  HelloFrame,
  Limits,
  MessageItem,
  MessagesFrame,
  WelcomeFrame,
} from "./frames.ts";
import { Inbox } from "./inbox.ts";
import { Sender, type SenderOptions } from "./sender.ts";

/** Where a conversation begins. */
export interface ConversationOptions extends Omit<SenderOptions, "hasEarlierLife"> {
  /** The secret of an earlier life. */
  session?: string;
  /** How far that had read. */
  cursor?: Cursor;
  /** Without a cursor: how many earlier messages to ask for. */
  history: number;
  /** The name to be shown by. */
  name?: string;
  /** Ask who is here. */
  people?: boolean;
  /** Inflates frames: if there is one, they may come deflated. */
  inflate?: unknown;
  /** Messages are told a batch at a time. Default: each by itself. */
  tellsBatches?: boolean;
}

/** The part of `lastcall.v1` that is not about connections. */
export class Conversation {
  /** What is to be said. */
  readonly sender: Sender;
  /** What was heard. */
  readonly inbox: Inbox;
  readonly #wishes: Pick<HelloFrame, "name" | "people" | "deflate">;
  readonly #history: number;
  readonly #tellsBatches: boolean;
  #session: string | undefined;
  #from: string | undefined;
  #limits: Limits | undefined;

  constructor(options: ConversationOptions) {
    const { session, cursor, history, name, people, inflate, tellsBatches = false } = options;
    this.sender = new Sender({ ...options, hasEarlierLife: session !== undefined });
    this.inbox = new Inbox(cursor);
    this.#session = session;
    this.#wishes = {
      ...name === undefined ? {} : { name },
      ...people ? { people } : {},
      ...inflate ? { deflate: true } : {},
    };
    this.#history = history;
    this.#tellsBatches = tellsBatches;
  }

  /** The secret of the session, once there is one. */
  get session(): string | undefined {
    return this.#session;
  }

  /** The public name of the session, once it is known. */
  get from(): string | undefined {
    return this.#from;
  }

  /** What the server allows, once it is known. */
  get limits(): Limits | undefined {
    return this.#limits;
  }

  /** The first frame on a connection. */
  hello(): HelloFrame {
    const { cursor } = this.inbox;
    return {
      type: "hello",
      ...this.#session === undefined ? {} : { session: this.#session },
      ...cursor ? { after: cursor } : this.#history > 0 ? { history: this.#history } : {},
      ...this.#wishes,
    };
  }

  /** The answer to it. */
  resume(welcome: WelcomeFrame, now: number): Effect[] {
    this.#session = welcome.session;
    this.#from = welcome.from;
    this.#limits = welcome.limits;
    return [
      { do: "resumed", ...this.inbox.resume(welcome) },
      ...this.sender.start(welcome, now),
    ];
  }

  /** A batch of messages: those not delivered before, and our own are acknowledged by it. */
  deliver({ items }: MessagesFrame): Effect[] {
    if (this.#tellsBatches) return this.#deliverBatch(items);
    return this.inbox.take(items).flatMap(({ item, cursor }) => {
      const isMine = item.from === this.#from;
      const accepted = isMine && item.id ? this.sender.accept(item.id, item.seq) : [];
      return [{ do: "message", cursor, message: { ...item, isMine } }, ...accepted];
    });
  }

  #deliverBatch(batch: readonly MessageItem[]): Effect[] {
    const items = this.inbox.takeBatch(batch);
    const { cursor } = this.inbox;
    if (items.length === 0 || !cursor) return [];
    const effects: Effect[] = [{ do: "messages", cursor, items }];
    for (const { from, id, seq } of items) {
      if (from === this.#from && id) effects.push(...this.sender.accept(id, seq));
    }
    return effects;
  }
}
