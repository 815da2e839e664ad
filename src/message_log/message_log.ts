/**
 * The message log: the truth about what was said.
 *
 * A message is accepted when it is appended, with the next sequence number (`seq`) of its room.
 * Acceptance, delivery, replay, slow readers and several processes are then all one thing: readers at
 * different places of the same log. Every back end keeps the promises written here; one suite of tests
 * holds all of them to it.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";

/** A message to append. */
export interface Entry {
  /** The room's name. */
  room: string;
  /** Who publishes: the public form of a session. */
  publisher: string;
  /** The publisher's number for it, from 1 up; without one it is never taken for a repetition. */
  id?: number;
  /** The name that the publisher chose to be shown by. */
  name?: string;
  /** What is said. */
  content: string;
  /** When, in ms since the Unix epoch. */
  at: number;
}

/** A message in the log. */
export interface LoggedMessage {
  /** Its place in the room's log, from 1 up. */
  seq: number;
  /** Who published it. */
  publisher: string;
  /** The publisher's number for it, if it had one. */
  id?: number;
  /** The name that the publisher chose to be shown by, if any. */
  name?: string;
  /** What was said. */
  content: string;
  /** When it was accepted, in ms since the Unix epoch. */
  at: number;
}

/**
 * What became of an entry.
 *
 * - `appended`: it is in the log at `seq`.
 * - `duplicate`: the same (publisher, id) already was, at `seq`; nothing was appended.
 * - `expired`: its id is as old as one that is no longer kept, so nobody can tell whether it was in the
 *   log; nothing was appended.
 * - `unknown`: it could not be learnt in time whether it is in the log. Appending it again tells, when it
 *   has an id. Only a log that is kept by others answers so.
 */
export type Appended =
  | { outcome: "appended" | "duplicate"; seq: number }
  | { outcome: "expired" }
  | { outcome: "unknown"; seq?: undefined };

/** What a room's log holds. */
export interface RoomRange {
  /** The lowest seq that is kept; `head + 1` when nothing is. */
  first: number;
  /** The highest seq ever given; 0 when none was. */
  head: number;
}

/** Told when rooms may have grown, here or in another process, with their heads. */
export type GrowthListener = (heads: ReadonlyMap<string, number>) => void;

/** How much a log keeps. */
export interface Retention {
  /** Messages kept in each room, at least. */
  maxMessages: number;
  /** How old a kept message may be, in ms. */
  maxAgeMs: number;
}

/** More on a process that announces itself. */
export interface AnnounceOptions {
  /** Whether it should be sent clients now; asked again and again. Default: always. */
  isReady?: (() => boolean) | undefined;
  /** Where trouble is told. Default: nowhere. */
  log?: Log | undefined;
  /** Time. Default: the machine's. */
  clock?: Clock | undefined;
}

/** A process that is known to the others on its log, and knows them. Disposing it leaves, too. */
export interface Announcement extends AsyncDisposable {
  /** Where clients of this process may go now: the URLs of others that serve. */
  readonly others: readonly string[];
  /**
   * Tells the others at once that its clients are being sent away: it is no alternate any more.
   * Resolves when that is on its way, or soon after when it cannot be; never rejects.
   */
  leave(): Promise<void>;
}

/** A log. Failures are {@linkcode MessageLogError}s. */
export interface MessageLog extends AsyncDisposable {
  /** Names this life of the log: a cursor of another epoch means nothing here. */
  readonly epoch: string;
  /**
   * Appends a batch in its order, all or nothing where the back end can. Durable when it resolves, with
   * one answer for each entry.
   */
  append(batch: readonly Entry[]): Promise<Appended[]>;
  /** At most `limit` messages after `after`, in order. */
  read(room: string, after: number, limit: number): Promise<LoggedMessage[]>;
  /**
   * What is kept of a room. `known` is a seq that somebody was told of: a log that is behind it, for it
   * hears from others, catches up first.
   */
  range(room: string, known?: number): Promise<RoomRange>;
  /** The highest id of a publisher that ever entered the log; 0 when none did. */
  lastId(publisher: string): Promise<number>;
  /** Tells `listener` of every growth from now on, until disposed. */
  watch(listener: GrowthListener): Disposable;
  /**
   * Removes what retention no longer keeps, at most 10 000 messages of a room at a time; `now` in ms
   * since the Unix epoch.
   */
  trim(retention: Retention, now: number): Promise<void>;
  /** Resolves when the log can be written; rejects with the reason when it cannot. */
  probe(): Promise<void>;
  /** Why the log cannot be used at the moment, where that is known without trying. */
  readonly trouble?: string | undefined;
  /** Nobody here follows a room for now: what was kept in memory to follow it may go. */
  release?(room: string): void;
  /**
   * Tells the other processes on this log where clients reach this one, and hears of theirs, until
   * disposed. Only a log whose processes can hear each other has such a thing.
   */
  announce?(url: string, options?: AnnounceOptions): Announcement;
  /** Room that it takes on a disk, in bytes; a log that takes none has no such thing. */
  bytes?(): Promise<number>;
  /** Flushes and closes. Closing twice is closing once. */
  close(): Promise<void>;
}

/** Why a log cannot be used. */
export type MessageLogTrouble =
  | "cannot_open"
  | "locked"
  | "read_only"
  | "full"
  | "corrupt"
  | "newer_schema"
  | "closed"
  | "unavailable"
  | "mismatch"
  | "failed";

/** A log that cannot be used; the message is a sentence for the operator. */
export class MessageLogError extends Error {
  /** @ignore */
  override name = "MessageLogError";
  /** Why. */
  readonly trouble: MessageLogTrouble;

  /** `cause` is the back end's own error. */
  constructor(trouble: MessageLogTrouble, message: string, options?: ErrorOptions) {
    super(message, options);
    this.trouble = trouble;
  }
}
