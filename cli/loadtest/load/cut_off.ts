/**
 * Cuts a NATS server off from everybody, and lets it come back a little later: its process goes on, its
 * connections stand, and what is sent to it is lost.
 *
 * @module
 */

import type { Strike } from "./victim.ts";

/** How long it is alone. */
export const APART_MS = 6_000;
/** How long it may be heard after its link was cut. */
const SILENT_DEADLINE_MS = 5_000;
/** How long it may take to have all that the others have. */
const WHOLE_DEADLINE_MS = 60_000;
const LOOK_MS = 200;

/** Cuts it off. Returns whether it was seen to be away, and to be whole again. */
export async function cutOff(strike: Strike): Promise<boolean> {
  const { f, who, victim, say, clock, abort } = strike;
  const { link } = victim;
  if (!("m" in who) || !link) throw new Error("Cannot cut off: the victim must have a link");
  say({ e: "signal", f, ...who, signal: "partition" });
  try {
    await link.down();
    if (!await until(strike, false, SILENT_DEADLINE_MS)) return false;
    say({ e: "apart", f, ...who });
    await clock.sleep(APART_MS, abort);
  } finally {
    await link.up();
  }
  if (!await until(strike, true, WHOLE_DEADLINE_MS)) return false;
  say({ e: "joined", f, ...who });
  return !abort.aborted;
}

async function until(
  { victim, clock, abort }: Strike,
  isHealthy: boolean,
  deadlineMs: number,
): Promise<boolean> {
  const endMs = clock.now() + deadlineMs;
  while (await victim.isHealthy!() !== isHealthy) {
    if (clock.now() >= endMs || abort.aborted) return false;
    await clock.sleep(LOOK_MS, abort);
  }
  return true;
}
