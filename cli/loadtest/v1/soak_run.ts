/**
 * What a run on `lastcall.v1` saw, as plain data: written by the soak, read by the judge and the
 * report. Times are milliseconds since the start of the run.
 *
 * @module
 */

import type { Anomaly } from "../check/anomalies.ts";
import type { ClientKind } from "../mix.ts";
import type { Plan } from "../plan.ts";
import type { RunSeries } from "../report/model.ts";
import type { ClientEnd, GeneratorRecord, Receipt } from "../run.ts";

/** How a connection of a normal client ended; `given up`: by the client, for want of an answer. */
export type ConnectionEnd = ClientEnd | { how: "given up"; code: number; reason: string };

/** One connection, as it went on the wire. */
export interface ConnectionRecord {
  kind: ClientKind;
  /** Counted within its kind. */
  client: number;
  instance: number;
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

/** One fault, as it was made. */
export interface FaultRecord {
  instance: number;
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
  exit?: { atMs: number; code: number; signal?: string };
  /** The process outlived the grace period. */
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
  /** For messages due while no fault was under way. */
  quiet: { acknowledged: Latency; delivered: Latency };
  /** For messages due from a signal until everybody was back. */
  faulty: { acknowledged: Latency; delivered: Latency };
}

/** The server processes. */
export interface InstanceRecord {
  url: string;
  /** Of its last process, if that was ours. */
  pid?: number;
  /** Its last lines of output. */
  output: string[];
}

/** Messages by what became of them. */
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

/** Everything that a run saw. */
export interface SoakRun {
  plan: Plan;
  startedAt: string;
  /** Why no server started. */
  failure?: string;
  instances: InstanceRecord[];
  /** Of normal clients. */
  connections: ConnectionRecord[];
  /** Of clients of other kinds. */
  others: ConnectionRecord[];
  faults: FaultRecord[];
  messages: MessageCounts;
  /** The first of each wrong, as a sentence. */
  stories: string[];
  /** Why the final read of the log is incomplete. */
  unread?: string;
  deliveries: {
    /** Messages that applications were given. */
    total: number;
    peakPerSecond: number;
    /** Messages that came again and were left out by the client. */
    redelivered: number;
    /** Messages of this run with a wrong checksum or number. */
    damaged: number;
    /** Batches that applications were given, and how many different ones those were. */
    batches: number;
    distinct: number;
  };
  latency: LatencyRecord;
  series: RunSeries;
  generator: GeneratorRecord;
  interrupted: boolean;
  endedAtMs: number;
}
