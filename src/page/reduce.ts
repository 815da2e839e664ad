/**
 * An event in, the next view out. No DOM, no clock, no network.
 */

import type { ChatMessage, Gap } from "../client/mod.ts";
import { type Connection, type Entry, ownKey, type View, type ViewEvent } from "./view.ts";

/** Messages shown at most; the log has the others. */
export const MAX_SHOWN = 500;

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
