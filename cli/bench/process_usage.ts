/**
 * What a process has used, as Linux tells it (proc(5)). Read by `cat`, because Deno gives files under
 * `/proc` only to programs that have every permission.
 *
 * @module
 */

import { runToEnd } from "./run_to_end.ts";

/** CPU time of all threads, in ms. */
export async function cpuMs(pid: number): Promise<number> {
  return parseCpuMs(await runToEnd("cat", [`/proc/${pid}/stat`]));
}

/** Resident memory, in KiB. */
export async function rssKib(pid: number): Promise<number> {
  return parseRssKib(await runToEnd("cat", [`/proc/${pid}/status`]));
}

/** What several processes have used together. */
export async function sumOf(
  pids: readonly number[],
  measure: (pid: number) => Promise<number>,
): Promise<number> {
  const each = await Promise.all(pids.map(measure));
  return each.reduce((sum, one) => sum + one, 0);
}

/** The kernel counts in ticks of 10 ms: USER_HZ is 100 on every architecture that Deno runs on. */
const TICK_MS = 10;

/** User and system time in `/proc/PID/stat`: fields 14 and 15, counted after the name, which may hold anything. */
export function parseCpuMs(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** `VmRSS` in `/proc/PID/status`. */
export function parseRssKib(status: string): number {
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]);
}
