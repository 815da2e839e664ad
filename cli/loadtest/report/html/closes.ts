/**
 * How connections ended: a table with a bar in each row.
 *
 * @module
 */

import type { CloseCount, ReportModel } from "../model.ts";
import { heading, type Markup, markup } from "./markup.ts";
import { numberText } from "./tables.ts";

/** The narrowest bar, in percent: few is not none. */
const LEAST_BAR = 0.6;

/** The ends by kind of client and by code. */
export function closeTable({ closes }: ReportModel, level: number): Markup | undefined {
  if (closes.length === 0) return undefined;
  const most = Math.max(...closes.map(({ count }) => count), 1);
  const kinds = [...Map.groupBy(closes, ({ kind }) => kind).values()];
  return markup`<section>${heading(level, "How connections ended")}
<p class="caption">By kind of client and close code. Orange bars: cut without a Close
frame; grey: no code at all.</p>
<div class="scroll" role="group" aria-label="How connections ended" tabindex="0"><table class="closes">
<thead><tr><th scope="col">clients</th><th scope="col">code</th><th scope="col">meaning</th>
<th scope="col" class="number">count</th><td class="bar-cell"></td></tr></thead>
${kinds.map((rows) => kindRows(rows, most))}
</table></div></section>`;
}

function kindRows(rows: readonly CloseCount[], most: number): Markup {
  return markup`<tbody>${
    rows.map(({ kind, code, name, count }, i) =>
      markup`<tr>${
        i === 0 && markup`<th scope="rowgroup" rowspan="${rows.length}">${kind}</th>`
      }<td class="code">${code}</td><td>${name.replaceAll("_", " ")}</td>
<td class="number">${numberText(count)}</td><td class="bar-cell">${
        bar(code, count / most)
      }</td></tr>`
    )
  }</tbody>`;
}

function bar(code: string, share: number): Markup | undefined {
  if (share === 0) return undefined;
  const percent = Math.max(LEAST_BAR, share * 100);
  return markup`<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"
><rect class="${look(code)}" width="${percent.toFixed(1)}" height="10"
/></svg>`;
}

function look(code: string): string {
  return code === "1006" ? "is-cut" : /^\d+$/.test(code) ? "is-closed" : "is-unseen";
}
