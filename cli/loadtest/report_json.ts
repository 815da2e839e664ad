/**
 * The report for a program. Units are in the names; fields are added, never changed, within a version.
 *
 * @module
 */

import { contradictions } from "./receipt.ts";
import type { Results } from "./report.ts";

/** The report as a plain value, ready for `JSON.stringify`. */
export function reportJson({ run, figures, judgement }: Results) {
  const { firstCloseMs, lastCloseMs, exitMs, peakClosesPerSecond } = figures;
  const { plan, startedAt, endedAtMs, target, generator, receipt } = run;
  return {
    version: 1,
    verdict: judgement.verdict,
    exitCode: judgement.exitCode,
    failures: judgement.failures,
    missing: judgement.missing,
    startedAt,
    tookMs: Math.round(endedAtMs),
    plan,
    target,
    clients: figures.kinds,
    messages: run.phases,
    deliveries: run.deliveries,
    closes: figures.closes,
    shutdown: {
      signalsAtMs: run.signalsAtMs.map(Math.round),
      connectedAtSignal: run.connectedAtSignal,
      sentAroundSignal: run.sentAroundSignal,
      firstCloseMs: rounded(firstCloseMs),
      lastCloseMs: rounded(lastCloseMs),
      exitMs: rounded(exitMs),
      exit: run.exit ?? null,
      peakClosesPerSecond,
      receipt: receipt ?? null,
      contradictions: receipt ? contradictions(receipt, run) : [],
    },
    generator: { ...generator, bound: figures.generatorBound },
  };
}

function rounded(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms * 10) / 10;
}
