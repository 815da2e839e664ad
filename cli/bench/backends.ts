/**
 * Measures our server on one log under one load: a fresh server, a fresh log, a fresh generator.
 *
 * @module
 */

import type { Supervision } from "./children.ts";
import { ownProgram } from "./contenders.ts";
import { GeneratorProcess } from "./generator_process.ts";
import type { LoadResult } from "./load_plan.ts";
import type { BackendJob, Plan } from "./plan.ts";
import { cpuMs, sumOf } from "./process_usage.ts";
import type { BackendSample } from "./samples.ts";
import { type Server, startServer } from "./server.ts";
import { openStore, type Store } from "./stores.ts";

/** Runs a job. Rejects with the reason when it cannot be done. */
export async function measureBackend(
  job: BackendJob,
  { sizeBytes, backends }: Pick<Plan, "sizeBytes" | "backends">,
  supervision: Supervision,
): Promise<BackendSample> {
  const load = backends[job.load];
  await using store = await openStore(job.store, supervision.children);
  const program = ownProgram({ ...store, clients: load.clients, sizeBytes });
  await using server = await startServer(program, supervision);
  try {
    return { ...job, ...await play(load, { sizeBytes, store, server, supervision }) };
  } catch (error) {
    const [ours, theirs] = [server.end(), store.end()];
    if (ours) throw new Error(`the server is gone: ${ours}`, { cause: error });
    if (theirs) throw new Error(`a NATS server is gone: ${theirs}`, { cause: error });
    throw error;
  }
}

async function play(
  load: Plan["backends"][BackendJob["load"]],
  { sizeBytes, store, server, supervision }: {
    sizeBytes: number;
    store: Store;
    server: Server;
    supervision: Supervision;
  },
): Promise<Pick<BackendSample, "values" | "lagP99Ms">> {
  const isMost = load.ratePerSecond === "as heard";
  const urls = isMost ? roomsOf(server.url, load.clients) : [server.url];
  const plan = { ...load, urls, wire: "v1" as const, sizeBytes };
  await using generator = new GeneratorProcess(plan, supervision);
  await generator.begun();
  const usedMs = async () => ({
    server: await cpuMs(server.pid),
    nats: await sumOf(store.natsPids, cpuMs),
  });
  const before = await usedMs();
  const seen = await generator.ended();
  const after = await usedMs();
  if (seen.delivered === 0) throw new Error("nothing was delivered");
  const used = { server: after.server - before.server, nats: after.nats - before.nats };
  const values = valuesOf(seen, { used, readers: isMost ? 1 : load.clients });
  if (store.natsPids.length === 0) delete values.natsUs;
  return { lagP99Ms: seen.lagP99Ms, values };
}

/** The figures of what was seen in the window. */
export function valuesOf(
  { windowMs, sent, delivered, latency }: LoadResult,
  { used, readers }: { used: { server: number; nats: number }; readers: number },
): BackendSample["values"] {
  return {
    p50Ms: latency.p50Ms,
    p99Ms: latency.p99Ms,
    cpuUs: used.server * 1_000 / delivered,
    natsUs: used.nats * 1_000 * readers / delivered,
    deliveredPercent: 100 * delivered / (sent * readers),
    messagesPerSecond: delivered / readers * 1_000 / windowMs,
  };
}

function roomsOf(url: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${url}?room=alone-${i}`);
}
