/** Takes the server's vitals: everything that the metrics and the status page tell. */

import process from "node:process";
import { RESOURCES } from "../load/judge.ts";
import type { ClientState, Vitals } from "../metrics/readings.ts";
import { VERSION } from "../version.ts";
import type { AdminSurroundings } from "./surroundings.ts";

/** The vitals as of now. */
export async function takeVitals(around: AdminSurroundings): Promise<Vitals> {
  const { hub, monitor, stats, shutdown, maxClients, alternates } = around;
  const { judgement } = monitor;
  const { user, system } = process.cpuUsage();
  return {
    version: VERSION,
    deno: Deno.version.deno,
    startedAtMs: performance.timeOrigin,
    clients: clientsByState(around),
    maxClients,
    rooms: hub.rooms,
    stats,
    lagMs: judgement.lag.value,
    levels: Object.fromEntries(
      RESOURCES.map((name) => [name, judgement[name].level]),
    ) as Vitals["levels"],
    memory: Deno.memoryUsage(),
    cpuSeconds: (user + system) / 1e6,
    log: { isAvailable: hub.trouble === undefined, bytes: await logBytes(around) },
    alternates: alternates.all,
    phases: phasesOf(shutdown.progress()),
  };
}

/** A client that lags is open, or leaving; it is told once. */
function clientsByState({ connections, hub }: AdminSurroundings): Record<ClientState, number> {
  const { open, ...others } = connections.countByState();
  const lagging = Math.min(open, hub.lagging);
  return { ...others, open: open - lagging, lagging };
}

/** A log that is closed, or cannot be read, has no size; the rest can still be told. */
async function logBytes({ messageLog }: AdminSurroundings): Promise<number | undefined> {
  return await messageLog.bytes?.().catch(() => undefined);
}

function phasesOf(
  { receipt, phase, elapsedMs = 0 }: ReturnType<AdminSurroundings["shutdown"]["progress"]>,
): Vitals["phases"] {
  const done = receipt?.phases ?? [];
  const isUnderWay = phase && !done.some(({ name }) => name === phase.name);
  return isUnderWay ? [...done, { name: phase.name, durationMs: elapsedMs - phase.startMs }] : done;
}
