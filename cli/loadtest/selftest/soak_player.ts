/**
 * Plays a run of the self-test, and names what was found in it.
 *
 * This module loads `npm:ws`, which reads the environment while loading.
 *
 * @module
 */

import type { Plan } from "../plan.ts";
import { Soak } from "../v1/soak.ts";
import { soakFiguresOf } from "../v1/soak_figures.ts";
import { judgeSoak, messageFailures, type SoakJudgement } from "../v1/soak_judge.ts";
import type { FaultRecord, SoakRun } from "../v1/soak_run.ts";
import { type Finding, FINDINGS } from "./faults.ts";
import type { Played } from "./selftest.ts";

/** Plays runs, several at once if need be. */
export class SoakPlayer {
  readonly #soaks = new Set<Soak>();

  /** Plays a plan to its end, or until `abort`. */
  async play(plan: Plan, abort: AbortSignal): Promise<Played> {
    const soak = new Soak(plan);
    this.#soaks.add(soak);
    try {
      const run = await soak.run(abort);
      const judgement = judgeSoak(run, soakFiguresOf(run));
      const { verdict, exitCode } = judgement;
      return { verdict, exitCode, findings: findingsOf(run, judgement) };
    } finally {
      this.#soaks.delete(soak);
    }
  }

  /** Ends all servers without asking. */
  kill(): void {
    for (const soak of this.#soaks) soak.kill();
  }
}

function findingsOf(run: SoakRun, { failures, missing }: SoakJudgement): Finding[] {
  const { messages, deliveries, unread, faults, plan } = run;
  const exits = faults.reduce((sum, fault) => sum + countExitFailures(fault, plan), 0);
  const isFound: Record<Finding, boolean> = {
    lost: messages.lost > 0,
    undelivered: messages.undelivered > 0,
    duplicate: messages.duplicate > 0,
    disorder: messages.outOfOrder > 0,
    diverged: false,
    phantom: messages.phantom + deliveries.damaged > 0,
    gap: messages.gaps > 0,
    close: failures.length > messageFailures(run).length + exits,
    upgrade: false,
    exit: exits > 0,
    unseen: unread !== undefined,
    evidence: missing.length > (unread === undefined ? 0 : 1),
  };
  return FINDINGS.filter((name) => isFound[name]);
}

function countExitFailures({ exit, isKilled, readyAtMs }: FaultRecord, { exitCodes }: Plan) {
  const isWrong = exit !== undefined && !isKilled && !exitCodes.includes(exit.code);
  return Number(isKilled) + Number(isWrong) + Number(exit !== undefined && readyAtMs === undefined);
}
