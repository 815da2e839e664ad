/**
 * Several runs of one plan, one after the other, each with its own servers, clients, log and seed.
 *
 * @module
 */

import { Analysis } from "../check/analysis.ts";
import { JOURNAL_VERSION, type JournalEvent, type RunEvent, type Sink } from "../journal/events.ts";
import type { Plan } from "../plan.ts";
import type { Snapshot } from "../snapshot.ts";
import { Soak } from "./soak.ts";
import { soakFiguresOf } from "./soak_figures.ts";
import { judgeSoak } from "./soak_judge.ts";
import type { SoakResults } from "./soak_report.ts";

const NOT_BEGUN = {
  ...{ stage: "starting", elapsedMs: 0, clients: 0, openNormals: 0, ended: 0, sent: 0 } as const,
};

/** Plays a plan as often as it says. */
export class Series {
  readonly #plan: Plan;
  readonly #sink: Sink;
  #current: { soak: Soak; analysis: Analysis } | undefined;

  /** `sink` gets the journals of all runs, one after the other. */
  constructor(plan: Plan, sink: Sink = () => {}) {
    this.#plan = plan;
    this.#sink = sink;
  }

  /** Where the run that is under way stands. */
  snapshot(): Snapshot {
    const { soak, analysis } = this.#current ?? {};
    return { ...soak?.snapshot() ?? NOT_BEGUN, received: analysis?.delivered ?? 0 };
  }

  /** Ends the servers without asking. */
  kill(): void {
    this.#current?.soak.kill();
  }

  /** All runs, or those until `abort`. */
  async run(abort: AbortSignal): Promise<SoakResults[]> {
    const all: SoakResults[] = [];
    for (let i = 0; i < this.#plan.repeat && (i === 0 || !abort.aborted); i++) {
      // Another moment for each kill, and a seed by which it can be had again.
      all.push(await this.#play({ ...this.#plan, seed: this.#plan.seed + i }, abort));
    }
    return all;
  }

  async #play(plan: Plan, abort: AbortSignal): Promise<SoakResults> {
    const head: RunEvent = {
      ...{ e: "run", journal: "lastcall", version: JOURNAL_VERSION },
      ...{ startedAt: new Date().toISOString(), plan },
    };
    const analysis = new Analysis(head);
    this.#sink(head);
    const soak = new Soak(plan, (event: JournalEvent) => {
      analysis.take(event);
      this.#sink(event);
    });
    this.#current = { soak, analysis };
    await soak.run(abort);
    return resultsOf(analysis);
  }
}

/** A run that is over, judged. */
export function resultsOf(analysis: Analysis): SoakResults {
  const run = analysis.finish();
  const figures = soakFiguresOf(run);
  return { run, figures, judgement: judgeSoak(run, figures) };
}
