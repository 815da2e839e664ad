/**
 * A run with all that follows from it: what every report is made from.
 *
 * @module
 */

import type { Analysis } from "./check/analysis.ts";
import { type Figures, figuresOf } from "./check/figures.ts";
import { judge, type Judgement } from "./check/judge.ts";
import { lookupIn } from "./check/measures.ts";
import type { Run } from "./run.ts";
import { evaluate, type ThresholdRow } from "./thresholds.ts";

/** A run, judged. */
export interface Results {
  run: Run;
  figures: Figures;
  thresholds: ThresholdRow[];
  judgement: Judgement;
}

/** Judges a run that is over. */
export function resultsOf(analysis: Analysis): Results {
  const run = analysis.finish();
  const figures = figuresOf(run);
  const lookup = lookupIn({
    ...figures,
    run,
    histogram: (what, when) => analysis.latencies.histogram(what, when),
  });
  const thresholds = evaluate(run.plan.thresholds, lookup);
  return { run, figures, thresholds, judgement: judge(run, figures, thresholds) };
}
