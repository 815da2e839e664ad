/**
 * One verdict and one report over several runs of one plan.
 *
 * @module
 */

import { EXIT, worstExitCode } from "../exit_codes.ts";
import { noPaint, type Paint } from "../paint.ts";
import type { Results } from "../results.ts";
import type { MessageCounts } from "../run.ts";
import { type Cell, groupDigits } from "../text_table.ts";
import { REPORT_VERSION, reportJson } from "./json.ts";
import type { Section } from "./model.ts";
import { modelOf } from "./model_of.ts";
import { reportText, sectionText, verdictLine } from "./text.ts";

/** The run that decides about all. */
export function worstOf(all: readonly Results[]): Results {
  const worst = worstExitCode(all.map(({ judgement }) => judgement.exitCode));
  return all.find(({ judgement }) => judgement.exitCode === worst)!;
}

/** What is said of several runs in one line. */
export function seriesHeadline(all: readonly Results[]): string {
  const faults = all.reduce((sum, { run }) => sum + run.faults.length, 0);
  const { acknowledged, lost, undelivered, duplicate, disorder } = sumOf(all);
  const passed = all.filter(({ judgement }) => judgement.exitCode === EXIT.pass).length;
  return `${passed} of ${all.length} runs passed, ${faults} faults: ` +
    `${groupDigits(acknowledged)} messages acknowledged, ${lost} lost, ` +
    `${undelivered} undelivered, ${duplicate} duplicate, ${disorder} out of order`;
}

/** The verdict over all runs in one line. */
export function seriesVerdictLine(all: readonly Results[], paint: Paint = noPaint): string {
  const worst = worstOf(all);
  if (all.length === 1) return verdictLine(modelOf(worst), paint);
  const { verdict } = worst.judgement;
  return verdictLine({ verdict, headline: seriesHeadline(all) }, paint);
}

/** A row for each run. */
export function runsSection(all: readonly Results[]): Section {
  const rows: Cell[][] = all.map(({ run: { plan, messages, faults }, judgement }) => [
    ...[String(plan.seed), judgement.verdict],
    ...[messages.acknowledged, messages.unknown, messages.lost, messages.undelivered],
    ...[messages.duplicate, messages.disorder, messages.gaps, faults.length],
  ]);
  const head: Cell[] = [
    ...["seed", "verdict", "acknowledged", "unknown", "lost", "undelivered"],
    ...["duplicate", "out of order", "gaps", "faults"],
  ];
  return { title: "Runs", rows: [head, ...rows], hasHead: true };
}

/** A row for each run, and the whole report of the one that decides. */
export function seriesReportText(all: readonly Results[], paint: Paint = noPaint): string {
  const worst = worstOf(all);
  if (all.length === 1) return reportText(modelOf(worst), paint);
  const title = paint("bold", `Run with seed ${worst.run.plan.seed}`);
  return [
    seriesVerdictLine(all, paint),
    sectionText(runsSection(all), paint),
    `${title}\n${reportText(modelOf(worst), paint)}`,
  ].join("\n\n");
}

/** The report as a plain value: that of the run, or a summary with those of all runs. */
export function seriesReportJson(all: readonly Results[]) {
  const worst = worstOf(all);
  if (all.length === 1) return reportJson(worst);
  const told = (of: (results: Results) => readonly string[]) =>
    all.flatMap((results, i) => of(results).map((text) => `run ${i + 1}: ${text}`));
  return {
    version: REPORT_VERSION,
    verdict: worst.judgement.verdict,
    exitCode: worst.judgement.exitCode,
    failures: told(({ judgement }) => judgement.failures),
    missing: told(({ judgement }) => judgement.missing),
    exceeded: told(({ judgement }) => judgement.exceeded),
    messages: sumOf(all),
    runs: all.map(reportJson),
  };
}

function sumOf(all: readonly Results[]): MessageCounts {
  const sum = { ...all[0]!.run.messages };
  for (const { run } of all.slice(1)) {
    for (const name of Object.keys(sum) as (keyof MessageCounts)[]) sum[name] += run.messages[name];
  }
  return sum;
}
