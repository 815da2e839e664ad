/**
 * The report for a person: the verdict first, then why, then the figures.
 *
 * @module
 */

import { formatDuration } from "@lastcall/lastcall";
import type { Figures } from "./figures.ts";
import type { Judgement, Verdict } from "./judge.ts";
import { noPaint, type Paint } from "./paint.ts";
import { type Section, sectionsOf } from "./report_sections.ts";
import type { Run } from "./run.ts";
import { groupDigits, tableLines } from "./text_table.ts";

/** What a report is made from. */
export interface Results {
  run: Run;
  figures: Figures;
  judgement: Judgement;
}

/** The colour of each verdict. */
export const COLOUR_OF: Record<Verdict, Parameters<Paint>[0]> = {
  pass: "green",
  fail: "red",
  unknown: "yellow",
  "not started": "red",
  interrupted: "yellow",
};
const OUTPUT_LINES = 10;

/** The whole report. */
export function reportText(results: Results, paint: Paint = noPaint): string {
  const { run, figures } = results;
  const tables = run.target.failure ? [] : sectionsOf(run, figures);
  return [
    [verdictLine(results, paint), ...reasonLines(results)].join("\n"),
    ...tables.map((section) => sectionText(section, paint)),
    ...outputSection(results, paint),
  ].join("\n\n") + "\n";
}

/** The verdict in one line. */
export function verdictLine(results: Results, paint: Paint = noPaint): string {
  const { verdict } = results.judgement;
  const word = paint(COLOUR_OF[verdict], paint("bold", verdict.toUpperCase()));
  return `${word}  ${because(results)}`;
}

function because({ run, figures, judgement }: Results): string {
  switch (judgement.verdict) {
    case "pass":
      return passText(run, figures);
    case "fail":
      return judgement.failures.length === 1
        ? "1 finding"
        : `${judgement.failures.length} findings`;
    case "unknown":
      return "nothing wrong was seen, and not enough to say that all is well";
    case "not started":
      return judgement.missing[0] ?? "";
    case "interrupted":
      return `stopped after ${formatDuration(run.endedAtMs)}; not judged`;
  }
}

function passText({ exit }: Run, { closes, exitMs = 0 }: Figures): string {
  const normal = closes.filter(({ kind }) => kind === "normal");
  const clients = normal.reduce((sum, row) => sum + row.clients, 0);
  return `${groupDigits(clients)} normal clients closed with ` +
    `${normal.map(({ code }) => code).join(" and ")}, none cut; ` +
    `exit code ${exit!.code} after ${formatDuration(exitMs)}`;
}

function reasonLines({ run, figures, judgement }: Results): string[] {
  const { verdict, failures, missing } = judgement;
  if (verdict === "not started") return [];
  const late = formatDuration(run.generator.lagP99Ms);
  return [
    ...failures.map((text) => `  - ${text}`),
    ...missing.map((text) => `  ? ${text}`),
    ...figures.generatorBound
      ? [`  ! generator-bound: our own timers were ${late} late (p99), so times may be ours`]
      : [],
  ];
}

/** A table with its title. */
export function sectionText({ title, rows }: Section, paint: Paint): string {
  return [paint("bold", title), ...tableLines(rows).map((line) => `  ${line}`)].join("\n");
}

/** What the target said last, when that may explain something. */
function outputSection({ run: { target }, judgement }: Results, paint: Paint): string[] {
  const isTelling = judgement.verdict === "not started" || judgement.verdict === "fail";
  if (!isTelling || target.output.length === 0) return [];
  const lines = target.output.slice(-OUTPUT_LINES).map((line) => `  ${line}`);
  return [[paint("bold", "Last output of the target"), ...lines].join("\n")];
}
