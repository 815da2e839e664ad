/**
 * A connection to a room, whatever is spoken on it.
 */

import {
  ChatClient,
  type ChatClientOptions,
  type ChatMessage,
  type ChatState,
  type Cursor,
  type Gap,
  type KeptOutbox,
  type PublishError,
  type SocketLike,
} from "../client/mod.ts";
import type { People } from "./view.ts";

/** Who is told what happens on a line. */
export interface LineListener {
  state(state: ChatState): void;
  message(message: ChatMessage): void;
  gap(gap: Gap): void;
  people(people: People): void;
  /** Something could not be said; its code is `closed` if that is only because the line was closed. */
  failed(error: PublishError): void;
}

/** A connection to a room. */
export interface Line {
  /** What to go on with in another one, if anything. */
  readonly place: { session?: string; cursor?: Cursor; outbox: KeptOutbox } | undefined;
  /** The largest message, in bytes, where it is known. */
  readonly maxBytes: number | undefined;
  /** Says something. Throws a `PublishError` when it is not taken. */
  publish(content: string): void;
  /** Closes for good; nothing more is told, but that. */
  close(): void;
}

/** How to make sockets. */
export type CreateSocket = (url: string, protocols?: string[]) => SocketLike;

/** A line on `lastcall.v1`: it comes back by itself. */
export function openLine(
  url: string,
  options: ChatClientOptions & { createSocket: CreateSocket },
  listener: LineListener,
): Line {
  const chat = new ChatClient(url, { people: true, ...options });
  chat.on("message", (message) => listener.message(message));
  chat.on("gap", (gap) => listener.gap(gap));
  chat.on("people", (people) => listener.people(people));
  chat.on("failed", (error) => listener.failed(error));
  chat.on("state", (state) => listener.state(state));
  listener.state(chat.state);
  return {
    get place() {
      const { session, cursor, outbox } = chat;
      return { ...session ? { session } : {}, ...cursor ? { cursor } : {}, outbox };
    },
    get maxBytes() {
      return chat.limits?.maxMessageSize;
    },
    publish: (content) => void chat.publish(content),
    close: () => void chat.close({ flushMs: 0 }),
  };
}
