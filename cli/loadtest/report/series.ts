/**
 * One verdict and one report over several runs of one plan.
 *
 * @module
 */

import { EXIT } from "../exit_codes.ts";
import { noPaint, type Paint } from "../paint.ts";
import { COLOUR_OF, sectionText } from "../report.ts";
import { type Cell, groupDigits } from "../text_table.ts";
import {
  soakReportJson,
  soakReportText,
  type SoakResults,
  soakVerdictLine,
} from "./soak_report.ts";
import type { MessageCounts } from "./soak_run.ts";

/** The worst first. */
const PRECEDENCE = [
  EXIT.interrupted,
  EXIT.correctness,
  EXIT.notStarted,
  EXIT.unknown,
  EXIT.threshold,
  EXIT.pass,
];

/** The run that decides about all. */
export function worstOf(all: readonly SoakResults[]): SoakResults {
  const rank = ({ judgement }: SoakResults) =>
    PRECEDENCE.findIndex((c) => c === judgement.exitCode);
  return all.toSorted((a, b) => rank(a) - rank(b))[0]!;
}

/** The verdict over all runs in one line. */
export function seriesVerdictLine(all: readonly SoakResults[], paint: Paint = noPaint): string {
  const worst = worstOf(all);
  if (all.length === 1) return soakVerdictLine(worst, paint);
  const { verdict } = worst.judgement;
  const word = paint(COLOUR_OF[verdict], paint("bold", verdict.toUpperCase()));
  const { acknowledged, lost, undelivered, duplicate, disorder } = sumOf(all);
  const faults = all.reduce((sum, { run }) => sum + run.faults.length, 0);
  return `${word}  ${all.length} runs, ${faults} faults: ` +
    `${groupDigits(acknowledged)} messages acknowledged, ${lost} lost, ` +
    `${undelivered} undelivered, ${duplicate} duplicate, ${disorder} out of order`;
}

/** A row for each run, and the whole report of the one that decides. */
export function seriesReportText(all: readonly SoakResults[], paint: Paint = noPaint): string {
  const worst = worstOf(all);
  if (all.length === 1) return soakReportText(worst, paint);
  const rows: Cell[][] = all.map(({ run: { plan, messages, faults }, judgement }) => [
    ...[String(plan.seed), judgement.verdict],
    ...[messages.acknowledged, messages.unknown, messages.lost, messages.undelivered],
    ...[messages.duplicate, messages.disorder, messages.gaps, faults.length],
  ]);
  const head: Cell[] = [
    ...["seed", "verdict", "acknowledged", "unknown", "lost", "undelivered"],
    ...["duplicate", "out of order", "gaps", "faults"],
  ];
  return [
    seriesVerdictLine(all, paint),
    sectionText({ title: "Runs", rows: [head, ...rows] }, paint),
    `${paint("bold", `Run with seed ${worst.run.plan.seed}`)}\n${soakReportText(worst, paint)}`,
  ].join("\n\n");
}

/** The report as a plain value: that of the run, or a summary with those of all runs. */
export function seriesReportJson(all: readonly SoakResults[]) {
  const worst = worstOf(all);
  if (all.length === 1) return soakReportJson(worst);
  const told = (of: (results: SoakResults) => readonly string[]) =>
    all.flatMap((results, i) => of(results).map((text) => `run ${i + 1}: ${text}`));
  return {
    version: 1,
    verdict: worst.judgement.verdict,
    exitCode: worst.judgement.exitCode,
    failures: told(({ judgement }) => judgement.failures),
    exceeded: told(({ judgement }) => judgement.exceeded),
    missing: told(({ judgement }) => judgement.missing),
    messages: sumOf(all),
    runs: all.map(soakReportJson),
  };
}

function sumOf(all: readonly SoakResults[]): MessageCounts {
  const sum = { ...all[0]!.run.messages };
  for (const { run } of all.slice(1)) {
    for (const name of Object.keys(sum) as (keyof MessageCounts)[]) sum[name] += run.messages[name];
  }
  return sum;
}
