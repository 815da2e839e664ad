/**
 * Does everything that a plan asks for, in order, and goes on when something cannot be measured.
 *
 * @module
 */

import { measureBackend } from "./backends.ts";
import type { Supervision } from "./children.ts";
import { measureCommits } from "./commit_cost.ts";
import { TITLES } from "./contenders.ts";
import { type Field, gather } from "./field.ts";
import { describeMachine } from "./machine.ts";
import { measure } from "./measure.ts";
import { backendJobsOf, jobsOf, type Plan } from "./plan.ts";
import { loadTexts, machineText } from "./report_rows.ts";
import type { BackendSample, Results, Sample } from "./samples.ts";
import { absentStores, natsVersion, STORE_NAMES } from "./stores.ts";

/** What a run needs beyond its plan. */
export interface RunOptions extends Supervision {
  /** Gets a line whenever something is done. */
  tell: (line: string) => void;
}

/** Runs a plan to its end, or until it is aborted. */
export async function runPlan(plan: Plan, options: RunOptions): Promise<Results> {
  const field = await gather(plan);
  const usesLogs = plan.parts.includes("log") || plan.parts.includes("backends");
  const nats = usesLogs ? await natsVersion() : undefined;
  if (nats) field.versions["nats-server"] = nats;
  const results: Results = {
    date: new Date().toISOString().slice(0, 10),
    machine: await describeMachine(field.versions),
    plan,
    samples: [],
    commits: [],
    backends: [],
    absent: field.absent,
    absentStores: usesLogs ? absentStores(nats) : {},
    failures: [],
  };
  for (const line of [machineText(results), ...loadTexts(plan)]) options.tell(line);
  await runJobs(results, field, options);
  await runBackends(results, options);
  await runCommits(results, options);
  return results;
}

async function runJobs(
  { plan, samples, failures }: Results,
  { programs }: Field,
  options: RunOptions,
): Promise<void> {
  const { signal, tell } = options;
  const jobs = jobsOf(plan).filter(({ server }) => programs[server]);
  for (const [i, job] of jobs.entries()) {
    const what = `${i + 1}/${jobs.length} ${job.part}, ${TITLES[job.server]}`;
    try {
      const sample = await measure(job, { ...options, program: programs[job.server]!, plan });
      samples.push(sample);
      tell(`${what}: ${sampleText(sample)}`);
    } catch (error) {
      if (signal.aborted) return;
      failures.push(`${job.part}, ${TITLES[job.server]}: ${(error as Error).message}`);
      tell(`${what}: failed: ${(error as Error).message}`);
    }
  }
}

async function runBackends(
  { plan, backends, absentStores, failures }: Results,
  options: RunOptions,
): Promise<void> {
  const jobs = backendJobsOf(plan).filter(({ store }) => !absentStores[store]);
  for (const [i, job] of jobs.entries()) {
    const what = `${i + 1}/${jobs.length} ${job.load}, ${job.store}`;
    try {
      const sample = await measureBackend(job, plan, options);
      backends.push(sample);
      options.tell(`${what}: ${sampleText(sample)}`);
    } catch (error) {
      if (options.signal.aborted) return;
      failures.push(`${job.load}, ${job.store}: ${(error as Error).message}`);
      options.tell(`${what}: failed: ${(error as Error).message}`);
    }
  }
}

async function runCommits(
  { plan: { parts, rounds, logMs, sizeBytes }, commits, absentStores, failures }: Results,
  { signal, tell, children }: RunOptions,
): Promise<void> {
  if (!parts.includes("log")) return;
  const stores = STORE_NAMES.filter((store) => !absentStores[store]);
  for (let round = 0; round < rounds; round++) {
    for (const store of stores) {
      if (signal.aborted) return;
      try {
        commits.push(...await measureCommits(store, { logMs, sizeBytes, round, children }));
      } catch (error) {
        failures.push(`log, ${store}: ${(error as Error).message}`);
      }
    }
    tell(`log, round ${round + 1} of ${rounds}: done`);
  }
}

function sampleText({ values, lagP99Ms }: Pick<Sample | BackendSample, "values" | "lagP99Ms">) {
  const parts = Object.entries(values).map(([name, value]) => `${name} ${value.toPrecision(3)}`);
  return `${parts.join(", ")}; our lag ${lagP99Ms} ms`;
}
