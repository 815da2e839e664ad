/**
 * The journal: everything that a run saw, in the order in which it saw it, one JSON object a line
 * (NDJSON). It is written by the load and is all that the checker and the reports know. `docs/journal.md`
 * describes it for other programs.
 *
 * `e` names the event and `t` is its time in ms since the start of the run, to 0.01 ms. Numbers that
 * stand for something count from 0: `s` a server, `c` a connection, `r` a client (a reader), `n` a message
 * of the run, `b` a batch, `f` a fault. Message `n` belongs to normal client `n % normal clients`, and
 * is due `n / rate` seconds after `publishing`.
 *
 * Lists are written as runs: `3`, or `[3, 9]` for 3 to 9. Deliveries are the bulk of a journal. A server sends the same batch to many, so its contents are written once
 * (`batch`), and who got it within the same millisecond is one line (`got`).
 *
 * @module
 */

import type { ClientKind } from "../mix.ts";
import type { Plan } from "../plan.ts";
import type { Receipt } from "../run.ts";
import type { Run } from "./runs.ts";

/** The version of the format. Fields are added within a version, never changed. */
export const JOURNAL_VERSION = 1;

/** A message number that is none: the message is not of this run, or its checksum is wrong. */
export const NO_MESSAGE = { foreign: -1, damaged: -2 } as const;

/** The first line. */
export interface RunEvent {
  e: "run";
  /** Always `lastcall`. */
  journal: "lastcall";
  version: typeof JOURNAL_VERSION;
  startedAt: string;
  plan: Plan;
}

/** A server listens, for the first time or again. */
export interface ServerEvent {
  e: "server";
  t: number;
  s: number;
  url: string;
  /** Absent when it was not started by us. */
  pid?: number;
}

/** A NATS server that we started is whole, for the first time or again. */
export interface MemberEvent {
  e: "member";
  t: number;
  /** Its name. */
  m: string;
  url: string;
  pid?: number;
}

/** No server came up: the run is over. */
export interface UnstartedEvent {
  e: "unstarted";
  t: number;
  why: string;
  /** Its last lines. */
  output: string[];
}

/** From now on messages fall due. */
export interface PublishingEvent {
  e: "publishing";
  t: number;
}

/** No more messages fall due. */
export interface QuietEvent {
  e: "quiet";
  t: number;
}

/** Messages `n` to `n + count - 1` were given to their clients. */
export interface SendEvent {
  e: "send";
  t: number;
  n: number;
  count: number;
}

/** Message `n` fell due and its client could not take it; only where clients do not come back. */
export interface UnsentEvent {
  e: "unsent";
  t: number;
  n: number;
  why: "notConnected" | "blocked";
}

/** The client of `n` was told that it is in the log. */
export interface AckEvent {
  e: "ack";
  t: number;
  n: number;
  /** Absent: it was told that, and not where. */
  seq?: number;
}

/** The client of `n` was told that it is not in the log, or did not take it. */
export interface RefuseEvent {
  e: "refuse";
  t: number;
  n: number;
  code: string;
}

/** What is in a batch. Written before its first `got` or `log`. */
export interface BatchEvent {
  e: "batch";
  b: number;
  /** Its messages, in order; negative: {@linkcode NO_MESSAGE}. */
  n: Run[];
  /** The seq of each. Absent where servers give none. */
  seq?: Run[];
  /** The room of its seqs. Absent: 0. */
  room?: number;
}

/** The applications of these normal clients got a batch, within 1 ms from `t`. */
export interface GotEvent {
  e: "got";
  t: number;
  b: number;
  r: Run[];
}

/** A client begins to connect. */
export interface ConnectEvent {
  e: "connect";
  t: number;
  c: number;
  kind: ClientKind;
  /** Counted within its kind. */
  r: number;
  /** Absent: a proxy is in front of the servers, and `open` says which one it chose. */
  s?: number;
}

/** The handshake is complete. */
export interface OpenEvent {
  e: "open";
  t: number;
  c: number;
  /** The server that a proxy chose. Absent: as `connect` has it, or the proxy does not say. */
  s?: number;
}

/** There will be no connection: `HTTP 503`, `ECONNREFUSED`. */
export interface RefusedEvent {
  e: "refused";
  t: number;
  c: number;
  why: string;
}

/** The server goes on telling after `seq`. */
export interface WelcomeEvent {
  e: "welcome";
  t: number;
  c: number;
  seq: number;
  recovered: boolean;
}

/** A client was told that it misses what is above `from` and at most `to`. */
export interface GapEvent {
  e: "gap";
  t: number;
  r: number;
  reason: string;
  from: number;
  /** `null`: nobody knows. */
  to: number | null;
}

/** On one connection a message came whose seq is not above that of the one before it. */
export interface BackwardEvent {
  e: "backward";
  t: number;
  r: number;
  seq: number;
  last: number;
}

/** The server asked the client to leave and to come back so long after the close. */
export interface DrainEvent {
  e: "drain";
  t: number;
  c: number;
  reconnectAfterMs: number;
}

/**
 * A connection ended. `closed`: a Close frame came, 1005 stands for one without a code. `cut`: TCP ended
 * without one. `given up`: by the client, for want of an answer. `left`: by us, since the run was over.
 */
export interface CloseEvent {
  e: "close";
  t: number;
  c: number;
  how: "closed" | "cut" | "given up" | "left";
  code?: number;
  reason?: string;
  error?: string;
}

/** TCP ended. */
export interface GoneEvent {
  e: "gone";
  t: number;
  c: number;
  /** What came after the Close frame. Absent: nothing. */
  bytesAfterClose?: number;
}

/** A client left out so many messages that came again. */
export interface RepeatsEvent {
  e: "repeats";
  r: number;
  count: number;
}

/** A fault begins: a signal is sent. */
export interface SignalEvent {
  e: "signal";
  t: number;
  f: number;
  /** The server, or the name of the NATS server. */
  s?: number;
  m?: string;
  /** Or `partition`: it is cut off. */
  signal: string;
}

/** The process was seen to stand still, and to go on. */
export interface FreezeEvent {
  e: "frozen" | "thawed";
  t: number;
  f: number;
  s: number;
}

/** The NATS server was seen to be cut off, and to be whole again. */
export interface PartitionEvent {
  e: "apart" | "joined";
  t: number;
  f: number;
  m: string;
}

/** A server says at `/readyz` that it is not ready, or that it is again. Only while NATS fails. */
export interface ReadyEvent {
  e: "ready";
  t: number;
  s: number;
  ready: boolean;
}

/** The process ended. */
export interface ExitEvent {
  e: "exit";
  t: number;
  /** The server, or the name of the NATS server. */
  s?: number;
  m?: string;
  /** 128 + signal number when a signal ended it. */
  code: number;
  signal?: string;
  /** It outlived the grace period, and we ended it. */
  killed?: true;
}

/** What the server says itself of its shutdown. */
export interface ReceiptEvent {
  e: "receipt";
  t: number;
  s: number;
  receipt: Receipt;
}

/** Every normal client is back from a fault. */
export interface BackEvent {
  e: "back";
  t: number;
  f: number;
}

/** The reader of the whole log got a batch; in order. */
export interface LogEvent {
  e: "log";
  b: number;
}

/** The log of a room was read. */
export interface ReadEvent {
  e: "read";
  room: number;
  /** Why not all of it. Absent: it is complete. */
  missing?: string;
}

/** The generator's own condition, once a second. */
export interface LagEvent {
  e: "lag";
  t: number;
  /** Since the last one. */
  p99Ms: number;
  maxMs: number;
  rssBytes: number;
}

/** The last words of a server, when they may explain something. */
export interface OutputEvent {
  e: "output";
  /** The server, or the name of the NATS server. */
  s?: number;
  m?: string;
  lines: string[];
}

/** The last line. */
export interface EndEvent {
  e: "end";
  t: number;
  interrupted: boolean;
  /** Of the whole run. */
  lagP99Ms: number;
  lagMaxMs: number;
  /** File descriptors that the load test might have; absent: the system does not say. */
  fdLimit?: number;
}

/** A line of the journal. */
export type JournalEvent =
  | RunEvent
  | ServerEvent
  | MemberEvent
  | UnstartedEvent
  | PublishingEvent
  | QuietEvent
  | SendEvent
  | UnsentEvent
  | AckEvent
  | RefuseEvent
  | BatchEvent
  | GotEvent
  | ConnectEvent
  | OpenEvent
  | RefusedEvent
  | WelcomeEvent
  | GapEvent
  | BackwardEvent
  | DrainEvent
  | CloseEvent
  | GoneEvent
  | RepeatsEvent
  | SignalEvent
  | FreezeEvent
  | PartitionEvent
  | ReadyEvent
  | ExitEvent
  | ReceiptEvent
  | BackEvent
  | LogEvent
  | ReadEvent
  | LagEvent
  | OutputEvent
  | EndEvent;

/** Where events go. */
export type Sink = (event: JournalEvent) => void;
