/**
 * The page of an outcome: one report, or a row for each of several runs.
 *
 * @module
 */

import { byPrecedence } from "../exit_codes.ts";
import type { Outcome } from "../outcome.ts";
import { noPaint } from "../paint.ts";
import { reportHtml, seriesHtml } from "./html.ts";
import { RUN_COLUMNS } from "./series.ts";

/** The page as HTML. */
export function pageOf(outcome: Outcome): string {
  const runs = outcome.runs();
  const [first] = runs;
  if (runs.length === 1) return reportHtml(first!.report);
  const [worst] = runs.toSorted((a, b) => byPrecedence(a.report.exitCode, b.report.exitCode));
  return seriesHtml({
    title: `${runs.length} runs`,
    verdict: worst!.report.verdict,
    exitCode: outcome.exitCode,
    // Without the word that the page has already.
    headline: outcome.verdict(noPaint).replace(/^[A-Z ]+ {2}/, ""),
    columns: [...RUN_COLUMNS],
    runs,
  });
}
