/**
 * Which server is hit when: decided by the plan and its seed.
 *
 * @module
 */

import type { Plan } from "../plan.ts";
import { seededRandom } from "../random.ts";
import { victimCount } from "../victims.ts";

/** One fault to come. */
export interface FaultStep {
  /** Which server, from 0; of NATS servers, if it is a fault of theirs. */
  victim: number;
  /** How long to wait: for the first after the warm-up, else after everybody is back. */
  waitMs: number;
}

/** What the schedule depends on. */
export type FaultPlan = Pick<
  Plan,
  "fault" | "faults" | "instances" | "log" | "faultAtMs" | "isRandom" | "seed"
>;

/** From the moment at which everybody is back to the next fault. */
const BREATH_MS = 1_000;
/** Random moments are within this. */
const RANDOM_MS = 1_000;

/** The faults of a plan, in order. */
export function faultSchedule(plan: FaultPlan): FaultStep[] {
  const random = seededRandom(plan.seed);
  const victims = victimCount(plan);
  return Array.from({ length: plan.faults }, (_, f) => {
    const leastMs = f === 0 ? plan.faultAtMs : plan.isRandom ? 0 : BREATH_MS;
    const waitMs = leastMs + (plan.isRandom ? random() * RANDOM_MS : 0);
    return { victim: f % victims, waitMs };
  });
}
