/**
 * What a run saw, as plain data: written by the load, read by the judge and the report. Times are
 * milliseconds since the start of the run.
 *
 * @module
 */

import type { ClientKind } from "./mix.ts";
import type { Plan } from "./plan.ts";
import type { PhaseTally } from "./tally.ts";

/** How a connection ended, as its client saw it. */
export type ClientEnd =
  /** A Close frame arrived. Code 1005: it carried none. */
  | { how: "closed"; code: number; reason: string }
  /** TCP ended without a (legal) Close frame: what libraries report as 1006. */
  | { how: "cut"; error?: string }
  /** Still open when the run was over; we ended it. */
  | { how: "left" };

/** One client's life. */
export interface ClientRecord {
  kind: ClientKind;
  /** When the handshake was complete; absent when it never was. */
  openedAtMs?: number;
  /** Why it could not connect: `HTTP 503`, `ECONNREFUSED`. */
  refusal?: string;
  /** When the Close frame arrived, or else when TCP ended. */
  endedAtMs?: number;
  end?: ClientEnd;
  /** Bytes that came after the Close frame. */
  bytesAfterClose: number;
}

/** What was connected to. */
export interface TargetRecord {
  kind: Plan["target"]["kind"];
  url?: string;
  pid?: number;
  /** Why it did not start. */
  failure?: string;
  /** Its last lines of output. */
  output: string[];
}

/** How the process ended. */
export interface ExitRecord {
  atMs: number;
  /** As a shell would give it: 128 + signal number when it died of a signal. */
  code: number;
  signal?: string;
  /** It outlived the grace period, and SIGKILL ended it. */
  killed: boolean;
}

/** The account that this project's server gives of its own shutdown, as far as we compare it. */
export interface Receipt {
  clients: {
    total: number;
    closed: number;
    crossed?: number;
    gone?: number;
    unanswered?: number;
    forced?: number;
    byCode: Record<string, number>;
  };
  exitCode: number;
  durationMs: number;
  /** How the exits were paced; `windowMs` is what they were planned to be spread over. */
  rate?: { windowMs: number; plannedPerSecond: number; actualPerSecond: number };
}

/** What arrived at normal clients. */
export interface Deliveries {
  total: number;
  peakPerSecond: number;
  /** Messages that a `plain` server sent back to their own sender. */
  backToSender: number;
  /** Frames that carry no message of this run. */
  foreign: number;
  /** Messages of this run with a wrong checksum, or that were never sent. */
  damaged: number;
}

/** The load generator's own condition. */
export interface GeneratorRecord {
  lagP99Ms: number;
  lagMaxMs: number;
  peakRssBytes: number;
}

/** Everything that a run saw. */
export interface Run {
  plan: Plan;
  startedAt: string;
  target: TargetRecord;
  clients: ClientRecord[];
  phases: PhaseTally[];
  deliveries: Deliveries;
  signalsAtMs: number[];
  /** Normal clients connected when the first signal was sent. */
  connectedAtSignal: number;
  /** Messages sent within a second of the first signal, before or after. */
  sentAroundSignal: number;
  exit?: ExitRecord;
  generator: GeneratorRecord;
  receipt?: Receipt;
  interrupted: boolean;
  endedAtMs: number;
}
