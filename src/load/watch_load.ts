/**
 * Watches the load of a server, and sends clients away when it is too much.
 */

import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { ConnectionSet } from "../shutdown/connection_set.ts";
import type { Shutdown } from "../shutdown/shutdown.ts";
import type { Stats } from "../stats.ts";
import { type LimitSettings, limitsOf } from "./limits.ts";
import { LoadMonitor } from "./monitor.ts";
import { Shedder, type ShedSettings } from "./shedder.ts";

/** What is watched, and by what. */
export interface WatchOptions {
  /** Who is there. */
  connections: ConnectionSet;
  /** Where those who are sent away are counted. */
  stats: Stats;
  /** Sends everybody away by itself; nobody interferes with it. */
  shutdown: Pick<Shutdown, "isReady">;
  /** Where overloads are told. */
  log: Log;
  /** Time. */
  clock: Clock;
  /** Resident memory now, in bytes. Default: this process's. */
  memoryBytes?: (() => number) | undefined;
}

/** Watches until disposed. */
export function watchLoad(
  settings: LimitSettings & ShedSettings,
  options: WatchOptions,
): LoadMonitor {
  const { connections, stats, shutdown, log, clock } = options;
  const { memoryBytes = () => Deno.memoryUsage().rss } = options;
  const shedder = new Shedder({ ...settings, connections, stats });
  const monitor: LoadMonitor = new LoadMonitor(
    { limits: limitsOf(settings), clients: () => connections.size, memoryBytes, clock, log },
    (elapsedMs) => shedder.tick(shutdown.isReady && monitor.isTooMuch, elapsedMs),
  );
  return monitor;
}
