/**
 * Decides about a run: pass, fail or unknown. A fail needs one thing seen that is wrong; a pass needs
 * evidence that the fault took place under load; all else is unknown.
 *
 * @module
 */

import { EXIT } from "./exit_codes.ts";
import type { Figures } from "./figures.ts";
import { failuresOf, missingEvidence } from "./findings.ts";
import type { Run } from "./run.ts";

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
}

const EXIT_CODE: Record<Verdict, number> = {
  pass: EXIT.pass,
  fail: EXIT.correctness,
  unknown: EXIT.unknown,
  "not started": EXIT.notStarted,
  interrupted: EXIT.interrupted,
};

/** Judges a run. Precedence: interrupted, fail, not started, unknown. */
export function judge(run: Run, figures: Figures): Judgement {
  const failures = run.interrupted ? [] : failuresOf(run, figures);
  const missing = run.interrupted ? [] : missingEvidence(run, figures);
  const verdict = decide(run, failures, missing);
  return { verdict, exitCode: EXIT_CODE[verdict], failures, missing };
}

function decide(run: Run, failures: string[], missing: string[]): Verdict {
  if (run.interrupted) return "interrupted";
  if (failures.length > 0) return "fail";
  if (run.target.failure) return "not started";
  return missing.length > 0 ? "unknown" : "pass";
}
