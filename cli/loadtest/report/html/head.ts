/**
 * The head of a report: the verdict, why, what was planned, and the first anomaly.
 *
 * @module
 */

import { formatDuration } from "@lastcall/lastcall";
import type { ReportModel } from "../model.ts";
import { heading, type Markup, markup, type Piece } from "./markup.ts";

type Verdict = ReportModel["verdict"];

const WORD: Record<Verdict, string> = {
  pass: "Pass",
  fail: "Fail",
  unknown: "Unknown",
  "not started": "Not started",
  interrupted: "Interrupted",
};

/** The verdict as a word with its colour. */
export function verdictBadge(verdict: Verdict): Markup {
  return markup`<span class="badge" data-verdict="${verdict}">${WORD[verdict]}</span>`;
}

/** The top of a page: the verdict, then what it means. */
export function pageHead(
  { verdict, headline }: { verdict: Verdict; headline: string },
  facts: Piece[],
): Markup {
  return markup`<header class="page-head">
<p class="brand">Last Call <span>Load test report</span></p>
<h1><span class="verdict">${WORD[verdict]}</span> <span class="headline">${headline}</span></h1>
<ul class="facts">${facts.map((fact) => markup`<li>${fact}</li>`)}</ul>
</header>`;
}

/** When a run was, how long it took, and how it ended for a program. */
export function runFacts({ startedAt, tookMs, exitCode }: ReportModel): Piece[] {
  return [
    markup`Started <time datetime="${startedAt}">${readableTime(startedAt)}</time>`,
    `Took ${formatDuration(tookMs)}`,
    `Exit code ${exitCode}`,
  ];
}

/** `2026-03-01 12:00:05 UTC`. */
export function readableTime(iso: string): string {
  return iso.replace(/^(\S+)T([\d:]+)(?:\.\d+)?Z$/, "$1 $2 UTC");
}

/** What is wrong, what is missing and what to bear in mind. */
export function reasons(model: ReportModel, level: number): Markup {
  const list = (kind: string, title: string, texts: readonly string[]) =>
    texts.length > 0 && markup`<section class="reasons" data-kind="${kind}">
${heading(level, title)}
<ul>${texts.map((text) => markup`<li>${text}</li>`)}</ul>
</section>`;
  return markup`${list("failure", "What went wrong", model.failures)}
${list("failure", "Limits passed", model.exceeded)}
${list("missing", "Evidence that is missing", model.missing)}
${list("note", "To bear in mind", model.notes)}`;
}

/** The plan in a few words each. */
export function planList({ plan }: ReportModel, level: number): Markup | undefined {
  if (plan.length === 0) return undefined;
  return markup`<section>
${heading(level, "Plan")}
<dl class="plan">${
    plan.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)
  }
</dl>
</section>`;
}

/** The first of each anomaly as a story. */
export function stories({ stories: told }: ReportModel, level: number): Markup | undefined {
  if (told.length === 0) return undefined;
  return markup`<section>
${heading(level, told.length === 1 ? "The first anomaly" : "The first of each anomaly")}
${told.map((story) => markup`<p class="story">${story}</p>`)}
</section>`;
}
