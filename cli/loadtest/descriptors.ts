/**
 * File descriptors: each connection needs one, and what lacks them fails in ways that look like the
 * server's fault.
 *
 * @module
 */

import { OptionError } from "@lastcall/lastcall";
import { groupDigits } from "./text_table.ts";

/** What the load test needs besides its connections: its own files and pipes. */
const OWN = 64;
/** From this share of the limit on, it is close. */
const CLOSE = 0.9;

/** How many this process, and each that it starts, may have. Undefined: no limit, or nobody says. */
export function descriptorLimit(): number | undefined {
  const { success, stdout } = new Deno.Command("sh", { args: ["-c", "ulimit -n"] }).outputSync();
  const limit = Number(new TextDecoder().decode(stdout));
  return success && limit > 0 ? limit : undefined;
}

/** Throws an `OptionError` when so many clients cannot all be connected. */
export function checkDescriptors(clients: number, limit = Infinity): void {
  const needed = clients + OWN;
  if (needed <= limit) return;
  throw new OptionError(
    `Cannot start: --clients must be at most ${
      groupDigits(Math.max(0, limit - OWN))
    } for the limit ` +
      `of ${groupDigits(limit)} file descriptors (ulimit -n); got ${groupDigits(clients)}`,
  );
}

/** Whether so many connections at once are close to the limit. */
export function isCloseToLimit(connections = 0, limit = Infinity): boolean {
  return connections + OWN >= CLOSE * limit;
}
