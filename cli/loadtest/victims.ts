/**
 * Who is hit by faults, as a plan has it.
 *
 * @module
 */

import type { LogPlan } from "./log_plan.ts";
import { type Fault, isOfNats } from "./scenarios.ts";

/** What decides about it. */
export interface VictimPlan {
  fault: Fault;
  instances: number;
  log?: LogPlan;
}

/** How many there are to be hit one after the other: servers, or NATS servers, or all of those at once. */
export function victimCount({ fault, instances, log }: VictimPlan): number {
  if (!isOfNats(fault)) return instances;
  return fault === "nats-loss" || log?.kind !== "cluster" ? 1 : log.servers;
}

/** The names of the NATS servers that the load test starts: `n1` and so on. */
export function memberNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `n${i + 1}`);
}

/** The `v`-th victim in words, from 0. */
export function victimName(plan: VictimPlan, v: number): string {
  if (!isOfNats(plan.fault)) return `server ${v + 1}`;
  if (plan.fault === "nats-loss") return "all NATS servers";
  return `NATS server ${memberNames(v + 1)[v]}`;
}
