/**
 * Who plays a plan, and what is told of it.
 *
 * @module
 */

import type { Sink } from "./journal/events.ts";
import type { Outcome, Player } from "./outcome.ts";
import type { Plan } from "./plan.ts";
import { seriesReportJson, seriesReportText, seriesVerdictLine, worstOf } from "./report/series.ts";
import type { Results } from "./results.ts";
import { Series } from "./series.ts";

/** A player for a plan; `sink` gets the journal. */
export function playerFor(plan: Plan, sink: Sink): Player {
  const series = new Series(plan, sink);
  return {
    snapshot: () => series.snapshot(),
    kill: () => series.kill(),
    play: async (abort) => outcomeOf(await series.run(abort)),
  };
}

/** What became of runs of one plan. */
export function outcomeOf(all: readonly Results[]): Outcome {
  return {
    exitCode: worstOf(all).judgement.exitCode,
    verdict: (paint) => seriesVerdictLine(all, paint),
    text: (paint) => seriesReportText(all, paint),
    data: () => seriesReportJson(all),
  };
}
