/**
 * Private networks that a killed load test has left behind.
 *
 * @module
 */

import { processState } from "../process_state.ts";
import { ip } from "./ip.ts";

/** Removes those whose process is gone, and ends what still runs in them. Throws a `TargetError`. */
export async function removeStale(
  isGone: (pid: number) => Promise<boolean> = async (pid) => await processState(pid) === undefined,
): Promise<void> {
  const names = ownNames(`${await ip("netns", "list")}\n${await ip("-br", "link", "show")}`);
  const pids = [...new Set(names.map(({ pid }) => pid))];
  const gone = new Set<number>();
  for (const pid of pids) if (await isGone(pid)) gone.add(pid);
  for (const { name, kind } of names.filter(({ pid }) => gone.has(pid))) {
    if (kind === "namespace") await removeNamespace(name);
    else await ip("link", "delete", name).catch(() => {});
  }
}

/** A namespace or a link that a load test has made. */
export interface OwnName {
  name: string;
  kind: "namespace" | "link";
  /** The process that made it. */
  pid: number;
}

/** Finds them in what `ip netns list` and `ip -br link show` say. */
export function ownNames(text: string): OwnName[] {
  const names = text.split("\n").map((line) => line.split(/[\s@]/)[0]!);
  return names.flatMap((name) => {
    const [, pid, letter] = /^lc(\d+)-[0-9a-z]{2}([nvb])\d*$/.exec(name) ?? [];
    if (!pid) return [];
    return [{ name, kind: letter === "n" ? "namespace" : "link", pid: Number(pid) }];
  });
}

async function removeNamespace(name: string): Promise<void> {
  // What was started in there would keep it alive without a name.
  for (const pid of (await ip("netns", "pids", name)).split("\n").filter(Boolean)) {
    try {
      Deno.kill(Number(pid), "SIGKILL");
    } catch {
      // It ended meanwhile.
    }
  }
  await ip("netns", "delete", name).catch(() => {});
}
