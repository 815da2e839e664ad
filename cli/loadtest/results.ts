/**
 * A run with all that follows from it: what every report is made from.
 *
 * @module
 */

import type { Analysis } from "./check/analysis.ts";
import { type Figures, figuresOf } from "./check/figures.ts";
import { judge, type Judgement } from "./check/judge.ts";
import { measure } from "./check/measure.ts";
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
  const { latencies } = analysis;
  const thresholds = evaluate(run.plan.thresholds, measure({ run, figures, latencies }));
  return { run, figures, thresholds, judgement: judge(run, figures, thresholds) };
}
