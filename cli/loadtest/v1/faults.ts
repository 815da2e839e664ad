/**
 * Does to the servers what the scenario says, one after the other, and writes it down. Between two
 * faults everybody comes back.
 *
 * @module
 */

import { seededRandom } from "../random.ts";
import type { Plan } from "../plan.ts";
import { TargetError } from "../target.ts";
import type { Journal } from "../journal/journal.ts";
import { sleep, within } from "../wait.ts";
import type { Fleet } from "./fleet.ts";

/** What making faults needs. */
export interface FaultOptions {
  plan: Plan;
  fleet: Fleet;
  journal: Journal;
  abort: AbortSignal;
  /** Waits until every normal client is live; returns whether all are. */
  allLive: (deadlineMs: number) => Promise<boolean>;
}

/** How long clients may take to come back: a server's hint is at most a minute. */
const BACK_DEADLINE_MS = 65_000;
/** From the moment at which everybody is back to the next fault, with `rolling`. */
const BREATH_MS = 1_000;
/** With `kill9`, the next fault comes at a random moment within this. */
const RANDOM_MS = 1_000;

/** Makes all faults of a plan. */
export async function makeFaults(options: FaultOptions): Promise<void> {
  const { plan, fleet, journal, abort } = options;
  const random = seededRandom(plan.seed);
  await sleep(plan.faultAtMs, abort);
  for (let f = 0; f < plan.faults && !abort.aborted; f++) {
    if (plan.scenario === "kill9") await sleep(random() * RANDOM_MS, abort);
    else if (f > 0) await sleep(BREATH_MS, abort);
    if (abort.aborted) return;
    const s = f % fleet.instances.length;
    const isUp = await makeFault(f, s, options);
    if (!isUp || !await options.allLive(BACK_DEADLINE_MS)) return;
    journal.say({ e: "back", f });
  }
}

/** Ends the server and starts it again. Returns whether it is there again. */
async function makeFault(
  f: number,
  s: number,
  { plan, fleet, journal, abort }: FaultOptions,
): Promise<boolean> {
  const instance = fleet.instances[s]!;
  const child = instance.child!;
  const signal = plan.scenario === "kill9" ? "SIGKILL" : "SIGTERM";
  const endMs = performance.now() + plan.graceMs;
  for (let i = 0; i < (signal === "SIGTERM" ? plan.signals : 1); i++) {
    if (i > 0 && await within(plan.signalPauseMs, child.exited, abort) || abort.aborted) break;
    journal.say({ e: "signal", f, s, signal });
    child.signal(signal);
  }
  const isOut = await within(endMs - performance.now(), child.exited, abort);
  if (!isOut) {
    child.signal("SIGKILL");
    await child.exited;
  }
  const { atMs: t, ...exit } = child.exit!;
  journal.say({ e: "exit", t, s, ...exit, ...isOut || abort.aborted ? {} : { killed: true } });
  if (abort.aborted) return false;
  await child.drained();
  const { receipt } = instance;
  if (receipt && signal === "SIGTERM") journal.say({ e: "receipt", s, receipt });
  try {
    await instance.start();
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    return false;
  }
  journal.say({ e: "server", ...instance.listening });
  return true;
}
