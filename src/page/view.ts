/**
 * What the page shows, as values: an event in, the next view out. No DOM, no clock, no network.
 */

import type { ChatMessage, ChatState, Gap, PublishErrorCode } from "../client/mod.ts";

/** Messages shown at most; the log has the others. */
export const MAX_SHOWN = 500;

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

/** The view after an event. */
export function reduce(view: View, event: ViewEvent): View {
  switch (event.type) {
    case "state":
      return withConnection(view, event);
    case "tick":
      return { ...view, now: event.now };
    case "diagnosed":
      return { ...view, diagnosis: event.diagnosis };
    case "message":
      return withEntry(view, messageEntry(event.message, view.life));
    case "gap":
      return withGap(view, event.gap);
    case "waiting":
      return { ...view, waiting: event.waiting };
    case "unsaid":
      return { ...view, unsaid: [...view.unsaid, event.unsaid] };
    case "dealtWith":
      return { ...view, unsaid: view.unsaid.filter(({ key }) => key !== event.key) };
    case "people":
      return { ...view, people: event.people };
    case "named":
      return { ...view, name: event.name };
  }
}

function withConnection(view: View, { state, now }: { state: Connection; now: number }): View {
  const isHere = state.name === "live" || state.name === "leaving";
  // A diagnosis holds until the next connection, or the next failure of another kind.
  const isUnreachable = state.name === "waiting" && state.ending.cause === "unreachable";
  const keepsDiagnosis = isUnreachable || state.name === "connecting";
  return {
    ...view,
    connection: state,
    since: now,
    now,
    diagnosis: keepsDiagnosis ? view.diagnosis : undefined,
    // Who was here when the connection ended is not known to be here now.
    people: isHere ? view.people : undefined,
  };
}

function withEntry(view: View, entry: Entry): View {
  if (view.entries.some(({ key }) => key === entry.key)) return view;
  const entries = [...view.entries, entry];
  const isFull = entries.length > MAX_SHOWN;
  return {
    ...view,
    entries: isFull ? entries.slice(-MAX_SHOWN) : entries,
    isShortened: view.isShortened || isFull,
  };
}

function messageEntry(message: ChatMessage, life: number): Entry {
  const { isMine, id, seq, from } = message;
  // The same key as while it waited: the line stays where it is and changes.
  const key = isMine && id !== undefined ? ownKey(id) : `${life}-${from}-${seq}`;
  return { kind: "message", key, message };
}

function withGap(view: View, { reason, from, to }: Gap): View {
  const key = `gap-${from.epoch}-${from.seq}-${to.epoch}-${to.seq}`;
  const life = view.life + (reason === "epoch_changed" ? 1 : 0);
  return { ...withEntry(view, { kind: "gap", key, reason }), life };
}

/** The key of the line for a publish of ours. */
export function ownKey(id: number): string {
  return `own-${id}`;
}
