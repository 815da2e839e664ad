/**
 * The report for a terminal.
 *
 * @module
 */

import { tableLines } from "../loadtest/text_table.ts";
import { backendRows } from "./backend_rows.ts";
import { commitRows, gapTexts, loadTexts, machineText, serverRows } from "./report_rows.ts";
import type { Results } from "./samples.ts";

/** The whole report. */
export function reportText(results: Results): string {
  return [
    [machineText(results)],
    loadTexts(results.plan),
    tableLines(serverRows(results)),
    tableLines(backendRows(results)),
    tableLines(commitRows(results)),
    gapTexts(results),
  ].filter((lines) => lines.length > 0).map((lines) => lines.join("\n")).join("\n\n") + "\n";
}
