/**
 * Ends servers by a signal, and starts them again: those that are tested, and those of NATS.
 *
 * @module
 */

import type { Fault } from "../scenarios.ts";
import { TargetError } from "../target.ts";
import { within } from "../wait.ts";
import type { Strike, VictimProcess } from "./victim.ts";

/** How long all NATS servers are away at once. */
export const LOSS_MS = 10_000;

const SIGNALS: Partial<Record<Fault, Deno.Signal>> = {
  "restart": "SIGTERM",
  "kill": "SIGKILL",
  "nats-kill": "SIGKILL",
  "nats-loss": "SIGKILL",
  // As its documentation has it: lame duck mode.
  "nats-lame-duck": "SIGUSR2",
};

/** Ends the server and starts it again. Returns whether it is there again. */
export async function endServer(strike: Strike): Promise<boolean> {
  const { plan, abort } = strike;
  await end(strike);
  // Without a log to resume from there is nothing to come back to.
  return !abort.aborted && plan.protocol === "v1" && await comesBack(strike);
}

/** Ends all of them at once, and a while later starts all. Returns whether all are there again. */
export async function loseAll(strikes: readonly Strike[]): Promise<boolean> {
  const [{ clock, abort }] = strikes as [Strike];
  await Promise.all(strikes.map(end));
  await clock.sleep(LOSS_MS, abort);
  if (abort.aborted) return false;
  // Together, for none of them is whole without the others.
  return (await Promise.all(strikes.map(comesBack))).every((isBack) => isBack);
}

async function end(strike: Strike): Promise<void> {
  const { who, victim, plan, say, abort } = strike;
  const child = victim.child!;
  const isKilled = !await leaves(child, strike);
  if (isKilled) {
    child.signal("SIGKILL");
    await child.exited;
  }
  const { atMs: t, ...exit } = child.exit!;
  say({ e: "exit", t, ...who, ...exit, ...isKilled && !abort.aborted ? { killed: true } : {} });
  if (abort.aborted) return;
  await child.drained();
  const { receipt } = victim;
  if (receipt && "s" in who && plan.fault === "restart") say({ e: "receipt", ...who, receipt });
}

/** Signals it. Returns whether the process ended in time. */
async function leaves(child: VictimProcess, strike: Strike): Promise<boolean> {
  const { f, who, plan, say, clock, abort } = strike;
  const signal = SIGNALS[plan.fault] ?? "SIGTERM";
  const endMs = clock.now() + plan.graceMs;
  const isOut = (ms: number) => within(ms, child.exited, abort, clock.sleep.bind(clock));
  for (let i = 0; i < (signal === "SIGTERM" ? plan.signals : 1); i++) {
    if (i > 0 && await isOut(plan.signalPauseMs) || abort.aborted) break;
    say({ e: "signal", f, ...who, signal });
    child.signal(signal);
  }
  return await isOut(endMs - clock.now());
}

/** Why it does not is in its output. */
async function comesBack({ victim, say, abort }: Strike): Promise<boolean> {
  try {
    await victim.start(abort);
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    return false;
  }
  const { listening } = victim;
  say("s" in listening ? { e: "server", ...listening } : { e: "member", ...listening });
  return true;
}
