/**
 * Several runs on one page: all in a table, some in full.
 *
 * @module
 */

import { formatDuration } from "@lastcall/lastcall";
import { EXIT } from "../../exit_codes.ts";
import type { ReportModel, SeriesModel, SeriesRun } from "../model.ts";
import { readableTime, runFacts, verdictBadge } from "./head.ts";
import { type Markup, markup, type Piece } from "./markup.ts";
import { headedTable, wide } from "./tables.ts";

/** More reports than these would make a page that is slow to open. */
const MOST_IN_FULL = 10;
/** So few runs are all worth it. */
const FEW = 3;

/** The worst first. */
const PRECEDENCE: readonly number[] = [
  EXIT.interrupted,
  EXIT.correctness,
  EXIT.notStarted,
  EXIT.unknown,
  EXIT.threshold,
  EXIT.pass,
];

/** The runs whose reports are on the page, the worst first: those that did not pass, or else one. */
export function runsInFull({ runs }: SeriesModel): SeriesRun[] {
  const rank = ({ report }: SeriesRun) => PRECEDENCE.indexOf(report.exitCode);
  const worst = runs.toSorted((a, b) => rank(a) - rank(b));
  if (runs.length <= FEW) return worst;
  const telling = worst.filter(({ report }) => report.verdict !== "pass").slice(0, MOST_IN_FULL);
  return telling.length > 0 ? telling : worst.slice(0, 1);
}

/** When all began, how long they took and how many there were of each verdict. */
export function seriesFacts({ title, runs, exitCode }: SeriesModel): Piece[] {
  const startedAt = runs[0]?.report.startedAt ?? "";
  const tookMs = runs.reduce((sum, { report }) => sum + report.tookMs, 0);
  const counts = [...Map.groupBy(runs, ({ report }) => report.verdict)]
    .map(([verdict, some]) => `${some.length} ${verdict}`);
  return [
    title,
    counts.join(", "),
    markup`Started <time datetime="${startedAt}">${readableTime(startedAt)}</time>`,
    `Took ${formatDuration(tookMs)}`,
    `Exit code ${exitCode}`,
  ];
}

/** All runs in a table, then the reports of `inFull`, the worst of them open. */
export function runTable(
  { columns, runs }: SeriesModel,
  inFull: readonly SeriesRun[],
  body: (model: ReportModel, id: string) => Markup,
): Markup {
  const idOf = (run: SeriesRun) => `run-${runs.indexOf(run) + 1}`;
  const rows = runs.map((run) => [
    inFull.includes(run) ? markup`<a href="#${idOf(run)}">${run.name}</a>` : run.name,
    verdictBadge(run.report.verdict),
    ...run.cells,
  ]);
  return markup`<section class="runs"><h2>Runs</h2>
${wide("Runs", headedTable(["run", "verdict", ...columns], rows))}</section>
<section><h2>${
    inFull.length === runs.length ? "Reports" : "Reports of the runs that tell most"
  }</h2>
${inFull.map((run) => runDetails(run, { id: idOf(run), isOpen: run === inFull[0], body }))}
</section>`;
}

function runDetails(
  { name, report }: SeriesRun,
  { id, isOpen, body }: {
    id: string;
    isOpen: boolean;
    body: (model: ReportModel, id: string) => Markup;
  },
): Markup {
  return markup`<details class="run" id="${id}" data-verdict="${report.verdict}"${
    isOpen && " open"
  }>
<summary>${verdictBadge(report.verdict)} <h3>${name}</h3> <span>${report.headline}</span></summary>
<ul class="facts">${runFacts(report).map((fact) => markup`<li>${fact}</li>`)}</ul>
${body(report, id)}
</details>`;
}
