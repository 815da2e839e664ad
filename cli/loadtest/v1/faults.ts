/**
 * Does to the servers what the scenario says, one after the other, and writes it down. Between two
 * faults everybody comes back.
 *
 * @module
 */

import { seededRandom } from "../random.ts";
import type { Plan } from "../plan.ts";
import { TargetError } from "../target.ts";
import { sleep, within } from "../wait.ts";
import type { Fleet, Instance } from "./fleet.ts";
import type { FaultRecord } from "./soak_run.ts";

/** What making faults needs. */
export interface FaultOptions {
  plan: Plan;
  fleet: Fleet;
  now: () => number;
  abort: AbortSignal;
  /** Messages that are sent and not acknowledged. */
  inFlight: () => number;
  /** Waits until every normal client is live; returns whether all are. */
  allLive: (deadlineMs: number) => Promise<boolean>;
  /** A fault begins, or everybody is back from it. */
  onChange: (fault: FaultRecord | undefined) => void;
}

/** How long clients may take to come back: a server's hint is at most a minute. */
const BACK_DEADLINE_MS = 65_000;
/** From the moment at which everybody is back to the next fault, with `rolling`. */
const BREATH_MS = 1_000;
/** With `kill9`, the next fault comes at a random moment within this. */
const RANDOM_MS = 1_000;

/** Makes all faults of a plan. Those made are in `faults` at any time. */
export async function makeFaults(faults: FaultRecord[], options: FaultOptions): Promise<void> {
  const { plan, fleet, abort } = options;
  const random = seededRandom(plan.seed);
  await sleep(plan.faultAtMs, abort);
  for (let i = 0; i < plan.faults && !abort.aborted; i++) {
    if (plan.scenario === "kill9") await sleep(random() * RANDOM_MS, abort);
    else if (i > 0) await sleep(BREATH_MS, abort);
    if (abort.aborted) return;
    const index = i % fleet.instances.length;
    const fault = newFault(index, options);
    faults.push(fault);
    options.onChange(fault);
    const isUp = await makeFault(fault, fleet.instances[index]!, options);
    if (isUp && await options.allLive(BACK_DEADLINE_MS)) fault.backAtMs = options.now();
    options.onChange(undefined);
    if (fault.backAtMs === undefined) return;
  }
}

function newFault(instance: number, { plan, now, inFlight }: FaultOptions): FaultRecord {
  return {
    instance,
    signal: plan.scenario === "kill9" ? "SIGKILL" : "SIGTERM",
    signalAtMs: now(),
    sentAround: 0,
    inFlight: inFlight(),
    isKilled: false,
  };
}

/** Ends the server and starts it again. Returns whether it is there again. */
async function makeFault(
  fault: FaultRecord,
  instance: Instance,
  { plan, now, abort }: FaultOptions,
): Promise<boolean> {
  const child = instance.child!;
  for (let i = 0; i < (fault.signal === "SIGTERM" ? plan.signals : 1); i++) {
    if (i > 0 && await within(plan.signalPauseMs, child.exited, abort) || abort.aborted) break;
    child.signal(fault.signal);
  }
  const deadlineMs = fault.signalAtMs + plan.graceMs;
  if (!await within(deadlineMs - now(), child.exited, abort)) {
    fault.isKilled = !abort.aborted;
    child.signal("SIGKILL");
    await child.exited;
  }
  fault.exit = { ...child.exit! };
  if (abort.aborted) return false;
  await child.drained();
  const { receipt } = instance;
  if (receipt && fault.signal === "SIGTERM") fault.receipt = receipt;
  try {
    await instance.start();
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    return false;
  }
  fault.readyAtMs = now();
  return true;
}
