/**
 * The report as one HTML file that needs nothing else: no network, no second file.
 *
 * @module
 */

import { charts } from "./html/charts.ts";
import { closeTable } from "./html/closes.ts";
import { documentText } from "./html/document.ts";
import { pageHead, planList, reasons, runFacts, stories } from "./html/head.ts";
import { type Markup, markup } from "./html/markup.ts";
import { runsInFull, runTable, seriesFacts } from "./html/runs.ts";
import { sections, thresholdTable } from "./html/tables.ts";
import { again, outputs } from "./html/tail.ts";
import type { ReportModel, SeriesModel } from "./model.ts";

/** One run. */
export function reportHtml(model: ReportModel): string {
  const { verdict, headline } = model;
  return documentText({
    title: `${verdict.toUpperCase()}: ${headline} (load test)`,
    verdict,
    body: markup`${pageHead(model, runFacts(model))}
<main>${runBody(model, 2, "run")}</main>`,
  });
}

/** Several runs: a row for each, and the reports of those that matter most. */
export function seriesHtml(series: SeriesModel): string {
  const { verdict, title } = series;
  const inFull = runsInFull(series);
  return documentText({
    title: `${verdict.toUpperCase()}: ${title} (load test)`,
    verdict,
    body: markup`${pageHead(series, seriesFacts(series))}
<main>${runTable(series, inFull, (model, id) => runBody(model, 4, id))}</main>`,
  });
}

function runBody(model: ReportModel, level: number, id: string): Markup {
  return markup`${reasons(model, level)}
${planList(model, level)}
${stories(model, level)}
${thresholdTable(model, level)}
${charts(model, level, id)}
${sections(model, level)}
${closeTable(model, level)}
${outputs(model, level)}
${again(model, level)}`;
}
