/**
 * `--check`: judges the runs of a saved journal again.
 *
 * @module
 */

import { Analysis } from "./check/analysis.ts";
import type { JournalEvent } from "./journal/events.ts";
import { JournalError } from "./journal/journal_error.ts";
import type { Outcome } from "./outcome.ts";
import { outcomeOf } from "./players.ts";
import { combine } from "./playlist.ts";
import type { Threshold } from "./thresholds.ts";
import { type Results, resultsOf } from "./results.ts";

/** What became of the runs of a journal, by other thresholds if there are any. Throws a `JournalError`. */
export async function checkJournal(
  events: AsyncIterable<JournalEvent>,
  thresholds?: readonly Threshold[],
): Promise<Outcome> {
  const byScenario = new Map<string, Results[]>();
  let analysis: Analysis | undefined;
  for await (const event of events) {
    if (event.e === "run") {
      const plan = thresholds ? { ...event.plan, thresholds: [...thresholds] } : event.plan;
      analysis = new Analysis({ ...event, plan });
    } else analysis?.take(event);
    if (event.e !== "end") continue;
    const results = resultsOf(analysis!);
    const { scenario } = results.run.plan;
    byScenario.set(scenario, [...byScenario.get(scenario) ?? [], results]);
    analysis = undefined;
  }
  if (analysis) throw new JournalError("Cannot judge the journal: its last line must be end");
  return combine([...byScenario].map(([name, all]) => ({ name, outcome: outcomeOf(all) })));
}
