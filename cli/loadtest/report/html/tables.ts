/**
 * The tables of a report, as real tables: every row and column has its heading.
 *
 * @module
 */

import { formatDuration } from "@lastcall/lastcall";
import { type Cell, groupDigits } from "../../text_table.ts";
import type { ReportModel, Section } from "../model.ts";
import { heading, type Markup, markup, type Piece } from "./markup.ts";

const THIN_SPACE = "\u202f";
/** A table with more columns gets the whole width. */
const MOST_NARROW_COLUMNS = 4;
/** A longer list of faults is closed at first. */
const MOST_OPEN_FAULTS = 8;

/** `12 345` that does not break at the end of a line. */
export function numberText(value: number): string {
  return groupDigits(value).replaceAll(" ", THIN_SPACE);
}

/** A table whose first row holds headings, and whose first column does. */
export function headedTable(head: readonly Piece[], rows: readonly (readonly Piece[])[]): Markup {
  const isNumeric = head.map((_, i) => rows.every((row) => isNumber(row[i])));
  const side = (i: number) => isNumeric[i] && markup` class="number"`;
  return markup`<table>
<thead><tr>${
    head.map((cell, i) =>
      cell === "" || cell === undefined
        ? markup`<td></td>`
        : markup`<th scope="col"${side(i)}>${shown(cell)}</th>`
    )
  }</tr></thead>
<tbody>${
    rows.map((row) =>
      markup`<tr>${
        head.map((_, i) =>
          i === 0
            ? markup`<th scope="row">${shown(row[i])}</th>`
            : markup`<td${side(i)}>${shown(row[i])}</td>`
        )
      }</tr>`
    )
  }</tbody>
</table>`;
}

/** A table that may be wider than the screen: it scrolls by itself, also by keyboard. */
export function wide(label: string, table: Markup): Markup {
  return markup`<div class="scroll" role="group" aria-label="${label}" tabindex="0">${table}</div>`;
}

/** All sections that have something to show. */
export function sections({ sections: all }: ReportModel, level: number): Markup | undefined {
  const shownOnes = all.filter(({ rows }) => rows.length > 0);
  if (shownOnes.length === 0) return undefined;
  return markup`<div class="tables">${shownOnes.map((one) => sectionTable(one, level))}</div>`;
}

function sectionTable({ title, rows, hasHead }: Section, level: number): Markup {
  const [head = [], ...body] = rows;
  const isWide = hasHead && head.length > MOST_NARROW_COLUMNS;
  const table = hasHead ? wide(title, headedTable(head, body)) : pairTable(rows);
  return markup`<section${isWide && markup` class="is-wide"`}>${heading(level, title)}
${table}</section>`;
}

function pairTable(rows: readonly (readonly Cell[])[]): Markup {
  return markup`<table class="pairs"><tbody>${
    rows.map(([name, ...values]) =>
      markup`<tr><th scope="row">${shown(name)}</th>${
        values.map((value) => markup`<td>${shown(value)}</td>`)
      }</tr>`
    )
  }</tbody></table>`;
}

/** The thresholds and what was measured. */
export function thresholdTable({ thresholds }: ReportModel, level: number): Markup | undefined {
  if (thresholds.length === 0) return undefined;
  const rows = thresholds.map(({ text, value, isMet }) => [
    markup`<code>${text}</code>`,
    value,
    isMet ? markup`<span class="met">met</span>` : markup`<span class="not-met">not met</span>`,
  ]);
  return markup`<section>${heading(level, "Thresholds")}
${wide("Thresholds", headedTable(["threshold", "measured", "result"], rows))}</section>`;
}

/** The faults with the numbers that they have in the charts. */
export function faultTable({ faults }: ReportModel): Markup | undefined {
  if (faults.length === 0) return undefined;
  const table = wide(
    "Faults",
    headedTable(
      ["", "fault", "began", "over", "lasted"],
      faults.map(({ label, fromMs, toMs }, i) => [
        i + 1,
        label,
        ...[fromMs, toMs, toMs - fromMs].map(formatDuration),
      ]),
    ),
  );
  if (faults.length <= MOST_OPEN_FAULTS) return table;
  return markup`<details class="list"><summary>${faults.length} faults</summary>${table}</details>`;
}

function shown(cell: Piece): Piece {
  return typeof cell === "number" ? numberText(cell) : cell;
}

/** A number, or one with a unit: it stands to the right. */
function isNumber(cell: Piece): boolean {
  return typeof cell === "number" ||
    typeof cell === "string" && /^-?\d[\d .\u202f]*( ?[a-zA-Zµ%/]+)?( \d+m?s)*$/.test(cell);
}
