/**
 * What was measured, and how samples of several rounds become one figure.
 *
 * @module
 */

import type { ContenderName } from "./contenders.ts";
import type { Machine } from "./machine.ts";
import type { BackendJob, Job, Plan } from "./plan.ts";
import type { StoreName } from "./stores.ts";

/** What one job can yield. */
export type ValueName = "cpuUs" | "deliveriesPerSecond" | "p50Ms" | "p99Ms" | "kibPerConnection";

/** One job's yield. */
export interface Sample extends Job {
  values: Partial<Record<ValueName, number>>;
  /** How late the generator's own timer was, 99 % of the time at most. */
  lagP99Ms: number;
}

/** What appending to a log costs. */
export interface CommitSample {
  store: StoreName;
  /** Messages in one append. */
  batch: number;
  usPerMessage: number;
  round: number;
}

/** What a server on a log can yield. */
export type BackendValue =
  | "p50Ms"
  | "p99Ms"
  /** Of the server, for each delivery. */
  | "cpuUs"
  /** Of all NATS servers together, for each message. */
  | "natsUs"
  /** What arrived of what was due. */
  | "deliveredPercent"
  | "messagesPerSecond";

/** One server on one log, under one load. */
export interface BackendSample extends BackendJob {
  values: Partial<Record<BackendValue, number>>;
  /** How late the generator's own timer was, 99 % of the time at most. */
  lagP99Ms: number;
}

/** A run, as plain data. */
export interface Results {
  /** When it ended, as YYYY-MM-DD. */
  date: string;
  machine: Machine;
  plan: Plan;
  samples: Sample[];
  commits: CommitSample[];
  backends: BackendSample[];
  /** Servers that are not here, and why. */
  absent: Partial<Record<ContenderName, string>>;
  /** Logs that are not here, and why. */
  absentStores: Partial<Record<StoreName, string>>;
  /** What went wrong: one sentence each. */
  failures: string[];
}

/** The value in the middle; of an even number, the mean of the two there. `undefined` when there is none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const high = sorted[sorted.length >> 1];
  const low = sorted[(sorted.length - 1) >> 1];
  return high === undefined ? undefined : (low! + high) / 2;
}
