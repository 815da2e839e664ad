/**
 * The report for a program. Units are in the names; `docs/report.schema.json` describes it. Fields are
 * added, never changed, within a version.
 *
 * @module
 */

import { contradictions } from "../check/receipt.ts";
import type { Results } from "../results.ts";

/** The version of the format. */
export const REPORT_VERSION = 2;

/** The report as a plain value, ready for `JSON.stringify`. */
export function reportJson({ run, figures, thresholds, judgement }: Results) {
  const { plan, startedAt, endedAtMs, instances, members, deliveries, latency, generator, tally } =
    run;
  return {
    version: REPORT_VERSION,
    ...judgement,
    stories: run.stories,
    thresholds,
    startedAt,
    tookMs: endedAtMs,
    plan,
    instances,
    ...members ? { members } : {},
    clients: figures.kinds,
    messages: run.messages,
    ...tally ? { phases: tally.phases, odd: tally.odd } : {},
    deliveries,
    faults: run.faults.map((fault, i) => ({
      ...fault,
      ...figures.faults[i],
      contradictions: contradictions(fault, run),
    })),
    closes: figures.closes,
    strayEnds: figures.strayEnds,
    talkedTo: figures.talkedTo,
    stillOpen: figures.stillOpen,
    latency,
    series: run.series,
    generator: { ...generator, isBound: figures.generatorBound },
  };
}
