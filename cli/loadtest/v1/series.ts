/**
 * Several runs of one plan, one after the other, each with its own servers, clients, log and seed.
 *
 * @module
 */

import type { Plan } from "../plan.ts";
import type { Snapshot } from "../snapshot.ts";
import { Soak } from "./soak.ts";
import { soakFiguresOf } from "./soak_figures.ts";
import { judgeSoak } from "./soak_judge.ts";
import type { SoakResults } from "./soak_report.ts";

/** Plays a plan as often as it says. */
export class Series {
  readonly #plan: Plan;
  #current: Soak;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#current = new Soak(plan);
  }

  /** Where the run that is under way stands. */
  snapshot(): Snapshot {
    return this.#current.snapshot();
  }

  /** Ends the servers without asking. */
  kill(): void {
    this.#current.kill();
  }

  /** All runs, or those until `abort`. */
  async run(abort: AbortSignal): Promise<SoakResults[]> {
    const all: SoakResults[] = [];
    for (let i = 0; i < this.#plan.repeat && (i === 0 || !abort.aborted); i++) {
      // Another moment for each kill, and a seed by which it can be had again.
      if (i > 0) this.#current = new Soak({ ...this.#plan, seed: this.#plan.seed + i });
      const run = await this.#current.run(abort);
      const figures = soakFiguresOf(run);
      all.push({ run, figures, judgement: judgeSoak(run, figures) });
    }
    return all;
  }
}
