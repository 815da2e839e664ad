/**
 * The lines of the conversation as they are put on the screen.
 */

import type { ChatMessage } from "../client/mod.ts";
import { type Entry, ownKey, type Unsaid, type View } from "./view.ts";
import { unsaidReason } from "./words.ts";

/** One line. */
export interface Row {
  /** Tells it apart, and stays when what waited is accepted. */
  key: string;
  kind: "message" | "waiting" | "unsaid" | "notice";
  /** Who says it. */
  label: string;
  /** It is said by this page's user. */
  isMine: boolean;
  /** The label was said on the line before. */
  isContinued: boolean;
  content: string;
  /** When it was accepted, in ms since the Unix epoch. */
  at?: number;
  /** What else there is to say of it. */
  note?: string;
}

/** A line goes with the one before if it comes from the same person within so many ms. */
const TOGETHER_MS = 5 * 60_000;

/** All lines, in order: what is in the log, what could not be said, what waits. */
export function rows(view: View): Row[] {
  const shared = sharedNames(view);
  const said = view.entries.map((entry) => entryRow(entry, shared));
  const waiting = view.waiting.map(({ id, content }): Row => {
    return { ...mine(content), key: ownKey(id), kind: "waiting", note: "waiting" };
  });
  return joined([...said, ...view.unsaid.map(unsaidRow), ...waiting]);
}

/** How somebody is named who is not us; `shared` are names that several go by. */
export function labelOf(
  { from, name }: Pick<ChatMessage, "from" | "name">,
  shared: ReadonlySet<string> = new Set(),
): string {
  const tag = from.replace(/^plain-/, "").slice(0, 4);
  if (name === undefined) return `guest ${tag}`;
  return shared.has(name) ? `${name} (${tag})` : name;
}

/** Names that more than one session goes by, ours among them: they must not be taken for one person. */
function sharedNames({ entries, name }: View): ReadonlySet<string> {
  const owners = new Map(name === undefined ? [] : [[name, "me"]]);
  const shared = new Set<string>();
  for (const entry of entries) {
    if (entry.kind !== "message" || entry.message.name === undefined) continue;
    const { name, from, isMine } = entry.message;
    const owner = isMine ? "me" : from;
    if ((owners.get(name) ?? owner) !== owner) shared.add(name);
    owners.set(name, owner);
  }
  return shared;
}

function entryRow(entry: Entry, shared: ReadonlySet<string>): Row {
  const { key } = entry;
  if (entry.kind === "gap") return { ...notice(gapText(entry.reason)), key };
  const { message } = entry;
  const { content, at, isMine } = message;
  const row: Row = isMine ? mine(content) : { ...mine(content), isMine: false };
  return { ...row, key, kind: "message", label: isMine ? "You" : labelOf(message, shared), at };
}

function unsaidRow({ key, content, code }: Unsaid): Row {
  return { ...mine(content), key, kind: "unsaid", note: unsaidReason(code) };
}

function mine(content: string): Row {
  return { key: "", kind: "message", label: "You", isMine: true, isContinued: false, content };
}

function notice(content: string): Row {
  return { key: "", kind: "notice", label: "", isMine: false, isContinued: false, content };
}

function gapText(reason: "trimmed" | "epoch_changed"): string {
  return reason === "trimmed"
    ? "Some messages were missed here: the server no longer keeps them."
    : "The server began a new log here: what was said in the old one may be gone.";
}

function joined(rows: Row[]): Row[] {
  return rows.map((row, i) => ({ ...row, isContinued: isContinuation(rows[i - 1], row) }));
}

function isContinuation(before: Row | undefined, row: Row): boolean {
  if (!before || before.kind === "notice" || row.kind === "notice") return false;
  if (before.label !== row.label || before.isMine !== row.isMine) return false;
  return (row.at ?? Infinity) - (before.at ?? Infinity) < TOGETHER_MS || row.at === undefined;
}
