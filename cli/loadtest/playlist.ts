/**
 * Several scenarios, one after the other, and one verdict over all.
 *
 * @module
 */

import { EXIT, worstExitCode } from "./exit_codes.ts";
import type { Outcome, Player } from "./outcome.ts";
import type { Paint } from "./paint.ts";
import type { Plan } from "./plan.ts";
import { REPORT_VERSION } from "./report/json.ts";

/** A scenario and how it ended. */
export interface Played {
  name: string;
  outcome: Outcome;
}

/** What a playlist needs. */
export interface PlaylistOptions {
  playerFor: (plan: Plan) => Player;
  /** A scenario begins, the `i`-th. */
  onBegin?: (plan: Plan, i: number) => void;
  /** A scenario ended. */
  onEnd?: (played: Played) => void;
}

const WORDS: Record<number, string> = {
  [EXIT.pass]: "PASS",
  [EXIT.correctness]: "FAIL",
  [EXIT.threshold]: "FAIL",
  [EXIT.unknown]: "UNKNOWN",
  [EXIT.notStarted]: "NOT STARTED",
  [EXIT.interrupted]: "INTERRUPTED",
};

/** Plays plans in turn. */
export class Playlist implements Player {
  readonly #plans: readonly Plan[];
  readonly #options: PlaylistOptions;
  #current: Player;

  /** `plans`: at least one. */
  constructor(plans: readonly Plan[], options: PlaylistOptions) {
    this.#plans = plans;
    this.#options = options;
    this.#current = options.playerFor(plans[0]!);
  }

  snapshot() {
    return this.#current.snapshot();
  }

  kill(): void {
    this.#current.kill();
  }

  /** All scenarios, or those until `abort`. */
  async play(abort: AbortSignal): Promise<Outcome> {
    const all: Played[] = [];
    for (const [i, plan] of this.#plans.entries()) {
      if (i > 0 && abort.aborted) break;
      if (i > 0) this.#current = this.#options.playerFor(plan);
      this.#options.onBegin?.(plan, i);
      const played = { name: plan.scenario, outcome: await this.#current.play(abort) };
      this.#options.onEnd?.(played);
      all.push(played);
    }
    return combine(all);
  }
}

/** One outcome of several: the verdict of each, and the whole report of those that did not pass. */
export function combine(all: readonly Played[]): Outcome {
  const [{ outcome }] = all as [Played];
  if (all.length === 1) return outcome;
  const exitCode = worstExitCode(all.map(({ outcome }) => outcome.exitCode));
  const verdict = () => {
    const passed = all.filter(({ outcome }) => outcome.exitCode === EXIT.pass).length;
    return `${WORDS[exitCode] ?? "FAIL"}  ${all.length} scenarios, ${passed} passed`;
  };
  return {
    exitCode,
    verdict,
    text: (paint) =>
      [verdict(), verdictLines(all, paint), ...reports(all, paint)].join("\n\n").trimEnd() + "\n",
    data: () => ({
      version: REPORT_VERSION,
      verdict: (WORDS[exitCode] ?? "FAIL").toLowerCase(),
      exitCode,
      scenarios: Object.fromEntries(all.map(({ name, outcome }) => [name, outcome.data()])),
    }),
    runs: () => all.flatMap(({ outcome }) => outcome.runs()),
  };
}

function verdictLines(all: readonly Played[], paint: Paint): string {
  const width = Math.max(...all.map(({ name }) => name.length));
  return all.map(({ name, outcome }) => `${name.padEnd(width)}  ${outcome.verdict(paint)}`)
    .join("\n");
}

function reports(all: readonly Played[], paint: Paint): string[] {
  return all.filter(({ outcome }) => outcome.exitCode !== EXIT.pass)
    .map(({ name, outcome }) => `${paint("bold", `Scenario ${name}`)}\n${outcome.text(paint)}`);
}
