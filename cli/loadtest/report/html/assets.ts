/**
 * What every page carries with it: the chart library with its licence, the style and the script. They
 * are part of the program: reading them needs no permission.
 *
 * @module
 */

import library from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import libraryStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import licence from "uplot/LICENSE" with { type: "text" };
import style from "./report.css" with { type: "text" };
import chartStyle from "./charts.css" with { type: "text" };
import layoutStyle from "./layout.css" with { type: "text" };
import format from "./format.js" with { type: "text" };
import marks from "./marks.js" with { type: "text" };
import draw from "./draw.js" with { type: "text" };
import page from "./page.js" with { type: "text" };

// The library's first line is a comment with its address; a report holds no address at all.
const code = library.replace(/^\/\*![^\n]*\*\/\n/, "");

/** The content of the only `<style>`. */
export const STYLE = joined([libraryStyle, style, layoutStyle, chartStyle]);

/** The content of the only `<script>` that runs. */
export const SCRIPT = joined([
  `/*! uPlot. ${licence.trim()} */`,
  ...[code, format, marks, draw, page],
]);

/** With the ends of lines as browsers have them when they check a hash. */
function joined(texts: readonly string[]): string {
  return texts.join("\n").replaceAll("\r\n", "\n");
}
