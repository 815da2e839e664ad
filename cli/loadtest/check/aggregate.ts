/**
 * One value of many.
 *
 * @module
 */

import { Histogram } from "../histogram.ts";
import type { Aggregation } from "../metrics.ts";

/** Which samples are meant. */
export type Tags = Readonly<Record<string, string>>;

/** The faults that are meant: all, or the one of this number, from 1. */
export function faultsOf<T>(faults: readonly T[], { fault }: Tags): T[] {
  return faults.filter((_, f) => fault === undefined || f + 1 === Number(fault));
}

/** The sum. */
export function totalOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** The most of these times, or how many there are. */
export function ofTimes(
  times: readonly (number | undefined)[],
  aggregation: Aggregation,
): number | undefined {
  const known = times.filter((ms) => ms !== undefined);
  if (aggregation === "count") return known.length;
  return known.length === 0 ? undefined : Math.max(...known);
}

/** The most, a percentile, or the number of all samples of several distributions. */
export function ofHistograms(
  parts: readonly Histogram[],
  aggregation: Aggregation,
): number | undefined {
  const all = Histogram.merge(parts);
  if (aggregation === "count") return all.count;
  if (all.count === 0) return undefined;
  return aggregation === "max" ? all.maxMs : all.quantileMs(shareOf(aggregation));
}

/** 0.99 for `p(99)`. */
function shareOf(aggregation: Aggregation): number {
  return Number(aggregation.slice(2, -1)) / 100;
}
