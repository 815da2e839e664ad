/**
 * How much memory this process may use, where a container says so.
 */

import process from "node:process";

/** Shares of a container's limit: beyond the first no newcomers, beyond the second clients leave. */
const SOFT_SHARE = 0.8;
const HARD_SHARE = 0.9;

/**
 * The memory limit of the cgroup, in bytes; `undefined` when there is none, or when
 * `--allow-sys=systemMemoryInfo` is not granted.
 */
export function containerMemoryBytes(): number | undefined {
  const asked = { name: "sys", kind: "systemMemoryInfo" } as const;
  if (Deno.permissions.querySync(asked).state !== "granted") return undefined;
  const bytes = process.constrainedMemory();
  // Without a limit the kernel tells a number close to 2^63.
  return bytes > 0 && bytes < Number.MAX_SAFE_INTEGER ? bytes : undefined;
}

/** The limits for memory: those that were set (0: none), else shares of the container's. */
export function memoryLimits(
  set: { soft?: number | undefined; hard?: number | undefined },
  containerBytes: number | undefined,
): { soft?: number; hard?: number } {
  const share = (part: number) => containerBytes && Math.floor(containerBytes * part);
  const soft = set.soft ?? share(SOFT_SHARE);
  const hard = set.hard ?? share(HARD_SHARE);
  return { ...soft ? { soft } : {}, ...hard ? { hard } : {} };
}
