/**
 * Decides about a run. A fail needs one thing seen that is wrong; a pass needs evidence that every fault
 * took place under load and, where there is a log, that all of it was read; all else is unknown.
 *
 * @module
 */

import { EXIT } from "../exit_codes.ts";
import type { Run } from "../run.ts";
import type { ThresholdRow } from "../thresholds.ts";
import type { Figures } from "./figures.ts";
import {
  exceededLimits,
  failuresOf,
  type Finding,
  FINDINGS,
  type Found,
  missingEvidence,
} from "./findings.ts";

/** The word for how a run ended. */
export type Verdict = "pass" | "fail" | "unknown" | "not started" | "interrupted";

/** The verdict, and everything that led to it. */
export interface Judgement {
  verdict: Verdict;
  exitCode: number;
  /** What was wrong. */
  failures: string[];
  /** What was not seen, without which nothing is proved. */
  missing: string[];
  /** Which limits and thresholds were passed. */
  exceeded: string[];
  /** The names of all that was found. */
  findings: Finding[];
}

/** Judges a run. Precedence: interrupted, wrong, not started, unknown, a limit passed. */
export function judge(
  run: Run,
  figures: Figures,
  thresholds: readonly ThresholdRow[] = [],
): Judgement {
  const nothing = { failures: [], missing: [], exceeded: [], findings: [] };
  if (run.interrupted) {
    return { verdict: "interrupted", exitCode: EXIT.interrupted, ...nothing };
  }
  if (run.failure !== undefined) {
    const missing = [run.failure];
    return { verdict: "not started", exitCode: EXIT.notStarted, ...nothing, missing };
  }
  const failures = failuresOf(run, figures);
  const missing = missingEvidence(run, figures);
  const exceeded = exceededLimits(run, figures, thresholds);
  const [verdict, exitCode]: [Verdict, number] = failures.length > 0
    ? ["fail", EXIT.correctness]
    : missing.length > 0
    ? ["unknown", EXIT.unknown]
    : exceeded.length > 0
    ? ["fail", EXIT.threshold]
    : ["pass", EXIT.pass];
  const all = [...failures, ...missing, ...exceeded].map(({ finding }) => finding);
  const texts = (some: readonly Found[]) => some.map(({ text }) => text);
  return {
    ...{ verdict, exitCode },
    ...{ failures: texts(failures), missing: texts(missing), exceeded: texts(exceeded) },
    findings: FINDINGS.filter((name) => all.includes(name)),
  };
}
