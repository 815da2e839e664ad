/**
 * Who plays a plan, and what is told of it.
 *
 * @module
 */

import type { Sink } from "./journal/events.ts";
import type { Outcome, Player } from "./outcome.ts";
import type { Plan } from "./plan.ts";
import { modelOf } from "./report/model_of.ts";
import {
  runCells,
  seriesReportJson,
  seriesReportText,
  seriesVerdictLine,
  worstOf,
} from "./report/series.ts";
import type { Results } from "./results.ts";
import { Series } from "./series.ts";

/** What players need. */
export interface PlayerOptions {
  /** Gets the journal. */
  sink: Sink;
  /** The command that judges the journal again, if it is kept. */
  again?: string | undefined;
}

/** A player for a plan. */
export function playerFor(plan: Plan, { sink, again }: PlayerOptions): Player {
  const series = new Series(plan, sink);
  return {
    snapshot: () => series.snapshot(),
    kill: () => series.kill(),
    play: async (abort) => outcomeOf(await series.run(abort), again),
  };
}

/** What became of runs of one plan. */
export function outcomeOf(all: readonly Results[], again?: string): Outcome {
  return {
    exitCode: worstOf(all).judgement.exitCode,
    verdict: (paint) => seriesVerdictLine(all, paint),
    text: (paint) => seriesReportText(all, { paint, again }),
    data: () => seriesReportJson(all),
    runs: () =>
      all.map((results) => ({
        name: `${results.run.plan.scenario}, seed ${results.run.plan.seed}`,
        cells: runCells(results),
        report: modelOf(results, again),
      })),
  };
}
