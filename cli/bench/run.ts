/**
 * Does everything that a plan asks for, in order, and goes on when something cannot be measured.
 *
 * @module
 */

import type { Supervision } from "./children.ts";
import { measureCommits } from "./commit_cost.ts";
import { TITLES } from "./contenders.ts";
import { type Field, gather } from "./field.ts";
import { describeMachine } from "./machine.ts";
import { measure } from "./measure.ts";
import { jobsOf, type Plan } from "./plan.ts";
import { loadTexts, machineText } from "./report_rows.ts";
import type { Results, Sample } from "./samples.ts";

/** What a run needs beyond its plan. */
export interface RunOptions extends Supervision {
  /** Gets a line whenever something is done. */
  tell: (line: string) => void;
}

/** Runs a plan to its end, or until it is aborted. */
export async function runPlan(plan: Plan, options: RunOptions): Promise<Results> {
  const field = await gather(plan);
  const results: Results = {
    date: new Date().toISOString().slice(0, 10),
    machine: await describeMachine(field.versions),
    plan,
    samples: [],
    commits: [],
    absent: field.absent,
    failures: [],
  };
  for (const line of [machineText(results), ...loadTexts(plan)]) options.tell(line);
  await runJobs(results, field, options);
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

async function runCommits(
  { plan: { parts, rounds, logMs, sizeBytes }, commits, failures }: Results,
  { signal, tell }: RunOptions,
): Promise<void> {
  if (!parts.includes("log")) return;
  for (let round = 0; round < rounds && !signal.aborted; round++) {
    try {
      commits.push(...await measureCommits({ logMs, sizeBytes, round }));
      tell(`log, round ${round + 1} of ${rounds}: done`);
    } catch (error) {
      failures.push(`log: ${(error as Error).message}`);
    }
  }
}

function sampleText({ values, lagP99Ms }: Sample): string {
  const parts = Object.entries(values).map(([name, value]) => `${name} ${value.toPrecision(3)}`);
  return `${parts.join(", ")}; our lag ${lagP99Ms} ms`;
}
