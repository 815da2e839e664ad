/**
 * Who plays a plan.
 *
 * @module
 */

import { figuresOf } from "./figures.ts";
import type { Sink } from "./journal/events.ts";
import { judge } from "./judge.ts";
import { Load } from "./load.ts";
import type { Outcome, Player } from "./outcome.ts";
import type { Plan } from "./plan.ts";
import { reportText, verdictLine } from "./report.ts";
import { reportJson } from "./report_json.ts";
import { Series } from "./v1/series.ts";
import {
  seriesReportJson,
  seriesReportText,
  seriesVerdictLine,
  worstOf,
} from "./v1/series_report.ts";
import type { SoakResults } from "./v1/soak_report.ts";

/** A player for a plan; `sink` gets the journal, if the protocol has one. */
export function playerFor(plan: Plan, sink: Sink): Player {
  return plan.protocol === "v1" ? seriesPlayer(plan, sink) : loadPlayer(plan);
}

/** What became of runs of one plan. */
export function seriesOutcome(all: readonly SoakResults[]): Outcome {
  return {
    exitCode: worstOf(all).judgement.exitCode,
    verdict: (paint) => seriesVerdictLine(all, paint),
    text: (paint) => seriesReportText(all, paint),
    data: () => seriesReportJson(all),
  };
}

function seriesPlayer(plan: Plan, sink: Sink): Player {
  const series = new Series(plan, sink);
  return {
    snapshot: () => series.snapshot(),
    kill: () => series.kill(),
    play: async (abort) => seriesOutcome(await series.run(abort)),
  };
}

function loadPlayer(plan: Plan): Player {
  const load = new Load(plan);
  return {
    snapshot: () => load.snapshot(),
    kill: () => load.kill(),
    async play(abort) {
      const run = await load.run(abort);
      const figures = figuresOf(run);
      const results = { run, figures, judgement: judge(run, figures) };
      return {
        exitCode: results.judgement.exitCode,
        verdict: (paint) => verdictLine(results, paint),
        text: (paint) => reportText(results, paint),
        data: () => reportJson(results),
      };
    },
  };
}
