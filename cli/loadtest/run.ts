/**
 * What a run saw, as plain data: made of the journal, read by the judge and the reports. Times are
 * milliseconds since the start of the run.
 *
 * @module
 */

import type { Anomaly } from "./check/anomalies.ts";
import type { ClientKind } from "./mix.ts";
import type { Plan } from "./plan.ts";

/** How a connection ended, as its client saw it. */
export type ClientEnd =
  /** A Close frame arrived. Code 1005: it carried none. */
  | { how: "closed"; code: number; reason: string }
  /** TCP ended without a (legal) Close frame: what libraries report as 1006. */
  | { how: "cut"; error?: string }
  /** Still open when the run was over; we ended it. */
  | { how: "left" };

/** The same, or the client gave up, for want of an answer. */
export type ConnectionEnd = ClientEnd | { how: "given up"; code: number; reason: string };

/** What a client that misbehaves writes down of itself. */
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

/** One connection, as it went on the wire. */
export interface ConnectionRecord {
  kind: ClientKind;
  /** Counted within its kind. */
  client: number;
  /** Its server. Absent: a proxy chose it, and did not say which. */
  instance?: number;
  /** When the client began to connect. */
  askedAtMs: number;
  /** When the handshake was complete. */
  openedAtMs?: number;
  /** Why there was no connection: `HTTP 503`, `ECONNREFUSED`. */
  refusal?: string;
  welcomedAtMs?: number;
  /** Whether the server could go on where the client was. */
  isRecovered?: boolean;
  /** When the server asked the client to leave, and when it was to come back after its close. */
  drain?: { atMs: number; reconnectAfterMs: number };
  /** When the Close frame arrived, or else when TCP ended. */
  endedAtMs?: number;
  /** When TCP ended. */
  goneAtMs?: number;
  end?: ConnectionEnd;
  /** Bytes that came after the Close frame. */
  bytesAfterClose: number;
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

/** What a fault did to a NATS server. */
export interface MemberHit {
  name: string;
  exit?: { atMs: number; code: number; signal?: string };
  /** When it was seen to be cut off. */
  apartAtMs?: number;
  /** When it was whole again: started again, or no more cut off. */
  readyAtMs?: number;
}

/** One fault, as it was made. */
export interface FaultRecord {
  /** The server. Absent: it was done to NATS servers, and concerns all. */
  instance?: number;
  /** What became of the NATS servers that it was done to. */
  members?: MemberHit[];
  /** When servers said that they were not ready, and that they were again. */
  unready?: { instance: number; atMs: number; readyAtMs?: number }[];
  /** Or `partition`. */
  signal: string;
  /** The first one. */
  signalAtMs: number;
  signalsAtMs: number[];
  /** Messages given to clients within a second of the signal, before or after. */
  sentAround: number;
  /** Messages that were sent and not acknowledged at the signal. */
  inFlight: number;
  /** When the process was seen to stand still, and to go on. */
  frozenAtMs?: number;
  thawedAtMs?: number;
  /** `code` as a shell would give it: 128 + signal number when it died of a signal. */
  exit?: { atMs: number; code: number; signal?: string };
  /** The process outlived the grace period, and SIGKILL ended it. */
  isKilled: boolean;
  /** When the server listened again. */
  readyAtMs?: number;
  /** When every normal client had a connection that was welcomed. */
  backAtMs?: number;
  receipt?: Receipt;
}

/** A distribution, in ms. */
export interface Latency {
  samples: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}

/** Latencies from the moment at which a message was due. */
export interface LatencyRecord {
  /** For messages sent while no fault was under way. */
  quiet: { acknowledged: Latency; delivered: Latency };
  /** For messages sent from a signal until everybody was back. */
  faulty: { acknowledged: Latency; delivered: Latency };
}

/** A server. */
export interface InstanceRecord {
  url: string;
  /** Of its last process, if that was ours. */
  pid?: number;
  /** Its last lines of output. */
  output: string[];
}

/** A NATS server that the load test started. */
export interface MemberRecord {
  name: string;
  url: string;
  /** Of its last process. */
  pid?: number;
  /** When it ended by itself, and how. */
  exits: { atMs: number; code: number }[];
  /** Its last lines of output. */
  output: string[];
}

/** Messages by what became of them. Without acknowledgement, most is unknown. */
export type MessageCounts = Record<Anomaly, number> & {
  /** Fell due. */
  offered: number;
  /** Given to a client that took it, and not refused. */
  sent: number;
  acknowledged: number;
  /** Known not to be in the log. */
  refused: number;
  /** Neither acknowledged nor refused. */
  unknown: number;
  /** Unknown to their publisher, and in the log. */
  recovered: number;
  /** Stretches of the log that the server said it could not give to a reader. */
  gaps: number;
};

/** What applications were given. */
export interface Deliveries {
  /** Messages. */
  total: number;
  peakPerSecond: number;
  /** Messages that came again and were left out by the client. */
  redelivered: number;
  /** Messages of this run with a wrong checksum. */
  damaged: number;
  /** Batches, and how many different ones those were. */
  batches: number;
  distinct: number;
}

/** The parts of a run, as the target lives through them. */
export const PHASES = ["warm-up", "before signal", "signal to exit", "after exit"] as const;

/** One part of a run. */
export type Phase = typeof PHASES[number];

/** What became of the messages that were due in one phase. */
export interface PhaseTally {
  phase: Phase;
  /** Due by the schedule. */
  offered: number;
  /** Given to an open connection. */
  sent: number;
  /** Due when their client had no open connection. */
  notConnected: number;
  /** Due when their client's connection was not taking any more. */
  blocked: number;
  /** Sent, and seen by everyone who was to see them. */
  seenByAll: number;
  /** Sent, and seen by some of them. */
  seenBySome: number;
  /** Sent, and seen by nobody. */
  seenByNone: number;
  /** Sent when nobody else was there to see them. */
  withoutReader: number;
  /** Deliveries of what was sent that did not take place: each reader that missed a message counts. */
  missedDeliveries: number;
}

/** Deliveries that are not as they should be. */
export interface OddDeliveries {
  /** Messages that a `plain` server sent back to their own sender. */
  backToSender: number;
  /** Frames that carry no message of this run. */
  foreign: number;
  /** Messages of this run with a wrong checksum, or that were never sent. */
  damaged: number;
}

/** How a run went over time. Every list has a value for each step. */
export interface RunSeries {
  stepMs: number;
  /** Normal clients that had a connection at the end of the step. */
  open: number[];
  /** Normal clients that had had one and had none. */
  reconnecting: number[];
  /** Messages in the step. */
  offered: number[];
  acknowledged: number[];
  delivered: number[];
  /** From due to delivered, of what was delivered in the step; `null`: nothing was. */
  p50Ms: (number | null)[];
  p99Ms: (number | null)[];
  maxMs: (number | null)[];
  /** Messages that were sent and not yet seen, on average over the readers, at the end of the step. */
  backlog: number[];
  /** Attempts to come back after a connection had ended. */
  reconnects: number[];
}

/** The load generator's own condition. */
export interface GeneratorRecord {
  lagP99Ms: number;
  lagMaxMs: number;
  peakRssBytes: number;
  /** Connections that it had at once, at most, those that were tried included. */
  peakConnections: number;
  /** File descriptors that it might have; absent: the system does not say. */
  fdLimit?: number;
}

/** Everything that a run saw. */
export interface Run {
  plan: Plan;
  startedAt: string;
  /** Why no server started. */
  failure?: string;
  instances: InstanceRecord[];
  /** Absent: none were started. */
  members?: MemberRecord[];
  /** Of normal clients. */
  connections: ConnectionRecord[];
  /** Of clients of other kinds. */
  others: ConnectionRecord[];
  faults: FaultRecord[];
  /** Processes that ended by themselves. */
  exits: { instance: number; atMs: number; code: number }[];
  messages: MessageCounts;
  /** The first of each wrong, as a sentence. */
  stories: string[];
  /** Why the final read of the log is incomplete. */
  unread?: string;
  deliveries: Deliveries;
  /** How far messages got, where servers acknowledge nothing. */
  tally?: { phases: PhaseTally[]; odd: OddDeliveries };
  latency: LatencyRecord;
  series: RunSeries;
  /** The moments at which clients tried to come back. */
  reconnectsAtMs: number[];
  generator: GeneratorRecord;
  interrupted: boolean;
  endedAtMs: number;
}
