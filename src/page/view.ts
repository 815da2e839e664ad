/**
 * What the page shows, and what can happen to it, as values.
 */

import type { ChatMessage, ChatState, Gap, PublishErrorCode } from "../client/mod.ts";

/** Where the page stands: as the client says, or not connected because nobody asked for it. */
export type Connection = ChatState | { name: "idle" };

/** A line of the conversation. */
export type Entry =
  | { kind: "message"; key: string; message: ChatMessage }
  | { kind: "gap"; key: string; reason: Gap["reason"] };

/** Something to say that is not in the log yet. */
export interface Waiting {
  /** Its number in the session. */
  id: number;
  /** What to say. */
  content: string;
}

/** Something that could not be said, until its writer has dealt with it. */
export interface Unsaid {
  /** Tells it apart. */
  key: string;
  /** What was to be said. */
  content: string;
  /** Why it was not. */
  code: PublishErrorCode;
}

/** Who is in the room. */
export interface People {
  /** How many connections. */
  here: number;
  /** The names of some. */
  names: readonly string[];
}

/** All that is shown. */
export interface View {
  readonly connection: Connection;
  /** When that was told, and what time it is now, in ms. */
  readonly since: number;
  readonly now: number;
  /** What the server says over HTTP while it cannot be reached by WebSocket. */
  readonly diagnosis: string | undefined;
  readonly entries: readonly Entry[];
  /** How many lives of the log came before this one: each numbers its messages anew. */
  readonly life: number;
  /** Earlier messages were shown once, and are not any more. */
  readonly isShortened: boolean;
  readonly waiting: readonly Waiting[];
  readonly unsaid: readonly Unsaid[];
  readonly people: People | undefined;
  readonly name: string | undefined;
}

/** What happens. */
export type ViewEvent =
  | { type: "state"; state: Connection; now: number }
  | { type: "tick"; now: number }
  | { type: "diagnosed"; diagnosis: string | undefined }
  | { type: "message"; message: ChatMessage }
  | { type: "gap"; gap: Gap }
  | { type: "waiting"; waiting: readonly Waiting[] }
  | { type: "unsaid"; unsaid: Unsaid }
  | { type: "dealtWith"; key: string }
  | { type: "people"; people: People | undefined }
  | { type: "named"; name: string | undefined };

/** A page on which nothing has happened. */
export function emptyView(now: number): View {
  return {
    connection: { name: "idle" },
    since: now,
    now,
    diagnosis: undefined,
    entries: [],
    life: 0,
    isShortened: false,
    waiting: [],
    unsaid: [],
    people: undefined,
    name: undefined,
  };
}

/** The key of the line for a publish of ours. */
export function ownKey(id: number): string {
  return `own-${id}`;
}
