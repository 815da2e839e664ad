/**
 * What was measured, and how samples of several rounds become one figure.
 *
 * @module
 */

import type { ContenderName } from "./contenders.ts";
import type { Machine } from "./machine.ts";
import type { Job, Plan } from "./plan.ts";

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
  /** `memory:`, `sqlite: normal`. */
  store: string;
  /** Messages in one append. */
  batch: number;
  usPerMessage: number;
  round: number;
}

/** A run, as plain data. */
export interface Results {
  /** When it ended, as YYYY-MM-DD. */
  date: string;
  machine: Machine;
  plan: Plan;
  samples: Sample[];
  commits: CommitSample[];
  /** Servers that are not here, and why. */
  absent: Partial<Record<ContenderName, string>>;
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
