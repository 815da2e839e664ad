/**
 * Plays runs of the self-test, several at once if need be.
 *
 * @module
 */

import type { Plan } from "../plan.ts";
import { Series } from "../series.ts";
import type { Played } from "./selftest.ts";

/** Plays and judges. */
export class SelftestPlayer {
  readonly #series = new Set<Series>();

  /** Plays a plan to its end, or until `abort`. */
  async play(plan: Plan, abort: AbortSignal): Promise<Played> {
    const series = new Series(plan);
    this.#series.add(series);
    try {
      const [results] = await series.run(abort);
      return results!.judgement;
    } finally {
      this.#series.delete(series);
    }
  }

  /** Ends all servers without asking. */
  kill(): void {
    for (const series of this.#series) series.kill();
  }
}
