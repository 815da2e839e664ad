/**
 * The charts of a run: figures with their text, and the data from which the page's script draws them.
 *
 * @module
 */

import type { ReportModel } from "../model.ts";
import { arrivalSpread } from "./arrival_spread.ts";
import type { Chart, ChartData, ChartLine } from "./chart.ts";
import { coarsen } from "./coarsen.ts";
import { dataScript, heading, type Markup, markup } from "./markup.ts";
import { faultTable } from "./tables.ts";
import { timeCharts } from "./time_charts.ts";

/** More steps than pixels show nothing more. */
const MOST_STEPS = 1_000;
/** More marks than these are one red smear. */
const MOST_MARKS = 200;

/** All charts of a run, `id` being unlike that of any other run on the page. */
export function charts(model: ReportModel, level: number, id: string): Markup | undefined {
  if (model.series.open.length === 0) return undefined;
  const data = chartData(model);
  return markup`<section class="charts" data-run="${id}-data">
${heading(level, "The run over time")}
${faultTable(model)}
<noscript><p>The charts are drawn by a script, which is turned off here. Their captions tell the
same.</p></noscript>
${data.charts.map((chart) => figure(chart, level + 1, `${id}-${chart.id}`))}
${dataScript(`${id}-data`, data)}
</section>`;
}

/** What is drawn. */
export function chartData(
  { series, faults, anomalies = [], reconnectsAtMs }: ReportModel,
): ChartData {
  const steps = coarsen(series, MOST_STEPS);
  const spread = arrivalSpread(faults, reconnectsAtMs);
  return {
    stepMs: steps.stepMs,
    steps: steps.open.length,
    faults,
    anomalies: anomalies.slice(0, MOST_MARKS),
    charts: [...timeCharts(steps), ...spread ? [spread] : []].map(rounded),
  };
}

function figure({ id, title, about, summary, lines }: Chart, level: number, key: string): Markup {
  return markup`<figure class="chart">
<figcaption>${heading(level, title)}
<p class="caption">${about}</p>
<p class="summary" id="${key}-summary">${summary}</p>
<ul class="legend">${lines.map(legendItem)}</ul>
</figcaption>
<div class="plot" data-chart="${id}" role="img" aria-label="Chart: ${title}"
 aria-describedby="${key}-summary"></div>
</figure>`;
}

function legendItem({ name, ink, shape, isDashed }: ChartLine): Markup {
  const sample = shape === "line" || shape === "stairs"
    ? markup`<path d="M0 6H18"${isDashed && markup` stroke-dasharray="4 3"`}/>`
    : markup`<rect y="1" width="18" height="10"/>`;
  return markup`<li><svg class="ink-${ink}" width="18" height="12" aria-hidden="true">${sample}</svg>
<span>${name}</span> <span class="reading" aria-hidden="true"></span></li>`;
}

/** Digits that nobody sees would be most of the page. */
function rounded(chart: Chart): Chart {
  const round = (value: number | null) => value === null ? null : Math.round(value * 100) / 100;
  return {
    ...chart,
    lines: chart.lines.map((line) => ({ ...line, values: line.values.map(round) })),
  };
}
