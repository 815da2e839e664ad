/**
 * Ends a server, by SIGTERM or SIGKILL, and starts it again.
 *
 * @module
 */

import { TargetError } from "../target.ts";
import { within } from "../wait.ts";
import type { Strike, VictimProcess } from "./victim.ts";

/** Ends the server and starts it again. Returns whether it is there again. */
export async function endServer(strike: Strike): Promise<boolean> {
  const { s, victim, plan, say, abort } = strike;
  const child = victim.child!;
  const isKilled = !await leaves(child, strike);
  if (isKilled) {
    child.signal("SIGKILL");
    await child.exited;
  }
  const { atMs: t, ...exit } = child.exit!;
  say({ e: "exit", t, s, ...exit, ...isKilled && !abort.aborted ? { killed: true } : {} });
  if (abort.aborted) return false;
  await child.drained();
  const { receipt } = victim;
  if (receipt && plan.fault === "restart") say({ e: "receipt", s, receipt });
  // Without a log to resume from there is nothing to come back to.
  return plan.protocol === "v1" && await comesBack(strike);
}

/** Signals it. Returns whether the process ended in time. */
async function leaves(child: VictimProcess, strike: Strike): Promise<boolean> {
  const { f, s, plan, say, clock, abort } = strike;
  const signal = plan.fault === "kill" ? "SIGKILL" : "SIGTERM";
  const endMs = clock.now() + plan.graceMs;
  const isOut = (ms: number) => within(ms, child.exited, abort, clock.sleep.bind(clock));
  for (let i = 0; i < (signal === "SIGTERM" ? plan.signals : 1); i++) {
    if (i > 0 && await isOut(plan.signalPauseMs) || abort.aborted) break;
    say({ e: "signal", f, s, signal });
    child.signal(signal);
  }
  return await isOut(endMs - clock.now());
}

/** Why it does not is in its output. */
async function comesBack({ victim, say }: Strike): Promise<boolean> {
  try {
    await victim.start();
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    return false;
  }
  say({ e: "server", ...victim.listening });
  return true;
}
