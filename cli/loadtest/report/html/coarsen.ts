/**
 * A long run in fewer steps, so that the page stays small. Nothing bad may vanish: counts are added,
 * and of everything else the worst step stands for its group.
 *
 * @module
 */

import type { RunSeries } from "../model.ts";

/** The same run in at most `mostSteps` steps. */
export function coarsen(series: RunSeries, mostSteps: number): RunSeries {
  const factor = Math.ceil(series.open.length / mostSteps);
  if (factor <= 1) return series;
  const most = (values: number[]) => groups(values, factor).map((group) => Math.max(...group));
  const sum = (values: number[]) =>
    groups(values, factor).map((group) => group.reduce((a, b) => a + b, 0));
  const worst = (values: (number | null)[]) =>
    groups(values, factor).map((group) =>
      group.reduce((a, b) => a === null ? b : b === null ? a : Math.max(a, b), null)
    );
  return {
    stepMs: series.stepMs * factor,
    open: groups(series.open, factor).map((group) => Math.min(...group)),
    reconnecting: most(series.reconnecting),
    offered: sum(series.offered),
    acknowledged: sum(series.acknowledged),
    delivered: sum(series.delivered),
    p50Ms: worst(series.p50Ms),
    p99Ms: worst(series.p99Ms),
    maxMs: worst(series.maxMs),
    // Whether it returned to 0 is told by its very last value.
    backlog: [...most(series.backlog).slice(0, -1), series.backlog.at(-1) ?? 0],
    reconnects: sum(series.reconnects),
  };
}

function groups<T>(values: readonly T[], size: number): T[][] {
  return Array.from(
    { length: Math.ceil(values.length / size) },
    (_, i) => values.slice(i * size, (i + 1) * size),
  );
}
