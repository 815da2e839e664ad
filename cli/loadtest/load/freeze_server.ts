/**
 * Stops a server in its tracks, and lets it go on a little later, as a machine does that is suspended.
 *
 * @module
 */

import { processState } from "../process_state.ts";
import type { Strike } from "./victim.ts";

/** How long a server stands still. */
export const FREEZE_MS = 3_000;
/** How long a process may take to stop, and to go on. */
const DEADLINE_MS = 2_000;
const LOOK_MS = 20;
const STOPPED = "T";

/** Reads the state of a process. */
export type ReadState = (pid: number) => Promise<string | undefined>;

/** Freezes the server. Returns whether it was seen to stand still, and to go on. */
export async function freezeServer(
  strike: Strike,
  readState: ReadState = processState,
): Promise<boolean> {
  const { f, who, victim, say, clock, abort } = strike;
  if (!("s" in who)) throw new Error("Cannot freeze: the victim must be a server that is tested");
  const child = victim.child!;
  const isSeen = (isIt: (state: string | undefined) => boolean) =>
    untilState(strike, async () => isIt(await readState(child.pid)));
  say({ e: "signal", f, ...who, signal: "SIGSTOP" });
  child.signal("SIGSTOP");
  try {
    if (!await isSeen((state) => state === STOPPED)) return false;
    say({ e: "frozen", f, ...who });
    await clock.sleep(FREEZE_MS, abort);
  } finally {
    // Whatever happens, it is not left behind like this.
    child.signal("SIGCONT");
  }
  if (!await isSeen((state) => state !== undefined && state !== STOPPED)) return false;
  say({ e: "thawed", f, ...who });
  return !abort.aborted;
}

async function untilState(
  { clock, abort }: Strike,
  isSo: () => Promise<boolean>,
): Promise<boolean> {
  const endMs = clock.now() + DEADLINE_MS;
  while (!await isSo()) {
    if (clock.now() >= endMs || abort.aborted) return false;
    await clock.sleep(LOOK_MS, abort);
  }
  return true;
}
