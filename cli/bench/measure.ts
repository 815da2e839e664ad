/**
 * Measures one server under one load: a fresh server process, a fresh generator.
 *
 * @module
 */

import { sleep } from "../loadtest/wait.ts";
import type { Supervision } from "./children.ts";
import { type ServerProgram, WIRES } from "./contenders.ts";
import { GeneratorProcess } from "./generator_process.ts";
import type { LoadPlan } from "./load_plan.ts";
import type { Job, Plan } from "./plan.ts";
import { cpuMs, rssKib } from "./process_usage.ts";
import type { Sample } from "./samples.ts";
import { type Server, startServer } from "./server.ts";

/** A server that has just started still allocates. */
const SETTLE_MS = 1_000;

/** What a measurement needs. */
export interface MeasureOptions extends Supervision {
  program: ServerProgram;
  plan: Plan;
}

/** Runs a job. Rejects with the reason when it cannot be done. */
export async function measure(job: Job, options: MeasureOptions): Promise<Sample> {
  const { program, plan } = options;
  await using server = await startServer(program, options);
  const load = {
    ...plan.loads[job.part],
    urls: [server.url],
    wire: WIRES[job.server],
    sizeBytes: plan.sizeBytes,
  };
  return job.part === "memory"
    ? { ...job, ...await measureMemory(server, load, options) }
    : { ...job, ...await measureLoad(server, load, options) };
}

async function measureLoad(
  { pid }: Server,
  load: LoadPlan,
  supervision: Supervision,
): Promise<Omit<Sample, keyof Job>> {
  await using generator = new GeneratorProcess(load, supervision);
  await generator.begun();
  const before = await cpuMs(pid);
  const { windowMs, delivered, latency, lagP99Ms } = await generator.ended();
  const usedMs = await cpuMs(pid) - before;
  if (delivered === 0) throw new Error("nothing was delivered");
  return {
    lagP99Ms,
    values: {
      cpuUs: usedMs * 1_000 / delivered,
      deliveriesPerSecond: delivered * 1_000 / windowMs,
      p50Ms: latency.p50Ms,
      p99Ms: latency.p99Ms,
    },
  };
}

async function measureMemory(
  { pid }: Server,
  load: LoadPlan,
  supervision: Supervision,
): Promise<Omit<Sample, keyof Job>> {
  await sleep(SETTLE_MS, supervision.signal);
  const before = await rssKib(pid);
  await using generator = new GeneratorProcess(load, supervision);
  const { lagP99Ms } = await generator.ended();
  return { lagP99Ms, values: { kibPerConnection: (await rssKib(pid) - before) / load.clients } };
}
