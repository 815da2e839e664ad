/**
 * Several runs of one plan, one after the other, each with its own servers, clients, log and seed.
 *
 * @module
 */

import { Analysis } from "./check/analysis.ts";
import { JOURNAL_VERSION, type JournalEvent, type RunEvent, type Sink } from "./journal/events.ts";
import type { Plan } from "./plan.ts";
import type { Snapshot } from "./snapshot.ts";
import { type Results, resultsOf } from "./results.ts";
import { Load } from "./load/load.ts";

const NOT_BEGUN = {
  ...{ stage: "starting", elapsedMs: 0, clients: 0, openNormals: 0, faults: 0, sent: 0 } as const,
};

/** Plays a plan as often as it says. */
export class Series {
  readonly #plan: Plan;
  readonly #sink: Sink;
  #current: { load: Load; analysis: Analysis } | undefined;

  /** `sink` gets the journals of all runs, one after the other. */
  constructor(plan: Plan, sink: Sink = () => {}) {
    this.#plan = plan;
    this.#sink = sink;
  }

  /** Where the run that is under way stands. */
  snapshot(): Snapshot {
    const { load, analysis } = this.#current ?? {};
    return { ...load?.snapshot() ?? NOT_BEGUN, received: analysis?.delivered ?? 0 };
  }

  /** Ends the servers without asking. */
  kill(): void {
    this.#current?.load.kill();
  }

  /** All runs, or those until `abort`. */
  async run(abort: AbortSignal): Promise<Results[]> {
    const all: Results[] = [];
    for (let i = 0; i < this.#plan.repeat && (i === 0 || !abort.aborted); i++) {
      // Another moment for each kill, and a seed by which it can be had again.
      all.push(await this.#play({ ...this.#plan, seed: this.#plan.seed + i }, abort));
    }
    return all;
  }

  async #play(plan: Plan, abort: AbortSignal): Promise<Results> {
    const head: RunEvent = {
      ...{ e: "run", journal: "lastcall", version: JOURNAL_VERSION },
      ...{ startedAt: new Date().toISOString(), plan },
    };
    const analysis = new Analysis(head);
    this.#sink(head);
    const load = new Load(plan, (event: JournalEvent) => {
      analysis.take(event);
      this.#sink(event);
    });
    this.#current = { load, analysis };
    await load.run(abort);
    return resultsOf(analysis);
  }
}
