/**
 * A report for a terminal.
 *
 * @module
 */

import type { Verdict } from "../check/judge.ts";
import { noPaint, type Paint } from "../paint.ts";
import { tableLines } from "../text_table.ts";
import type { ReportModel, Section } from "./model.ts";

/** The colour of each verdict. */
const COLOUR_OF: Record<Verdict, Parameters<Paint>[0]> = {
  pass: "green",
  fail: "red",
  unknown: "yellow",
  "not started": "red",
  interrupted: "yellow",
};

/** The whole report. */
export function reportText(model: ReportModel, paint: Paint = noPaint): string {
  return [
    [verdictLine(model, paint), ...reasonLines(model)].join("\n"),
    ...model.stories.length > 0 ? [storyText(model, paint)] : [],
    ...model.sections.map((section) => sectionText(section, paint)),
    ...model.thresholds.length > 0 ? [sectionText(thresholdSection(model), paint)] : [],
    ...model.outputs.map(({ title, lines }) =>
      [paint("bold", title), ...lines.map((line) => `  ${line}`)].join("\n")
    ),
    ...model.again ? [`${paint("bold", "Judge it again")}\n  ${model.again}`] : [],
  ].join("\n\n") + "\n";
}

/** The verdict in one line. */
export function verdictLine(
  { verdict, headline }: Pick<ReportModel, "verdict" | "headline">,
  paint: Paint = noPaint,
): string {
  return `${paint(COLOUR_OF[verdict], paint("bold", verdict.toUpperCase()))}  ${headline}`;
}

/** A table with its title. */
export function sectionText({ title, rows }: Section, paint: Paint = noPaint): string {
  return [paint("bold", title), ...tableLines(rows).map((line) => `  ${line}`)].join("\n");
}

function reasonLines({ failures, exceeded, missing, notes }: ReportModel): string[] {
  return [
    ...[...failures, ...exceeded].map((text) => `  - ${text}`),
    ...missing.map((text) => `  ? ${text}`),
    ...notes.map((text) => `  ! ${text}`),
  ];
}

function storyText({ stories }: ReportModel, paint: Paint): string {
  return [paint("bold", "The first of each"), ...stories.map((text) => `  ${text}`)].join("\n");
}

function thresholdSection({ thresholds }: ReportModel): Section {
  return {
    title: "Thresholds",
    rows: thresholds.map(({ text, value, isMet }) => [isMet ? "met" : "NOT MET", text, value]),
  };
}
