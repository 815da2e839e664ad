/**
 * What a tab keeps of a room over a reload: who it is there, how far it has read, what it still has to
 * say, and what was being typed. In `sessionStorage`, which is each tab's own: it is a secret, and two
 * tabs must not go on as one.
 */

import type { Cursor, Gap, KeptOutbox } from "../client/mod.ts";
import type { Unsaid } from "./view.ts";

/** What is kept of one room. */
export interface Kept {
  session?: string;
  cursor?: Cursor;
  outbox?: KeptOutbox;
  unsaid?: readonly Unsaid[];
  draft?: string;
}

/** The part of `Storage` that is needed. */
export interface Store {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** How many messages before the last one read are told again to a page that was reloaded. */
const LOOK_BACK = 100;

const keyOf = (room: string) => `lastcall.room.${room}`;

/** What was kept of a room; nothing if it is not there or not ours. */
export function readKept(store: Store, room: string): Kept {
  try {
    const kept: unknown = JSON.parse(store.getItem(keyOf(room)) ?? "{}");
    return isKept(kept) ? kept : {};
  } catch {
    return {};
  }
}

/** Keeps it; a store that is full or forbidden keeps nothing. */
export function writeKept(store: Store, room: string, kept: Kept): void {
  try {
    store.setItem(keyOf(room), JSON.stringify(kept));
  } catch {
    // The chat goes on without.
  }
}

/** The cursor from which an empty page shows again what it had shown. */
export function lookBack({ epoch, seq }: Cursor): Cursor {
  return { epoch, seq: Math.max(0, seq - LOOK_BACK) };
}

/** Whether what was missed had been read before, and was only to be looked back at. */
export function isOnlyOld({ reason, to }: Gap, readUpTo: number): boolean {
  return reason === "trimmed" && to.seq <= readUpTo;
}

/** While a page shows again what it had shown, its line is behind what was read. */
export function later(kept: Cursor | undefined, now: Cursor | undefined): Cursor | undefined {
  if (!kept || !now || kept.epoch !== now.epoch) return now ?? kept;
  return now.seq > kept.seq ? now : kept;
}

function isKept(value: unknown): value is Kept {
  if (typeof value !== "object" || value === null) return false;
  const { session, cursor, outbox, unsaid, draft } = value as Record<string, unknown>;
  return isOptional(session, "string") && isOptional(draft, "string") &&
    isOptional(cursor, "object") && isOptional(outbox, "object") &&
    (unsaid === undefined || Array.isArray(unsaid));
}

function isOptional(value: unknown, type: string): boolean {
  return value === undefined || (typeof value === type && value !== null);
}
