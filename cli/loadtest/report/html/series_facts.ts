/**
 * What can be said about a list of values over time.
 *
 * @module
 */

import { formatDuration } from "@lastcall/lastcall";

/** The highest value and the first step that has it; 0 when there is none. */
export function peakOf(values: readonly (number | null)[]): { value: number; step: number } {
  let [value, step] = [0, 0];
  values.forEach((one, i) => {
    if (one !== null && one > value) [value, step] = [one, i];
  });
  return { value, step };
}

/** All values together. */
export function sumOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

/** The last step with anything but 0; -1 when there is none. */
export function lastNonZero(values: readonly number[]): number {
  return values.findLastIndex((value) => value !== 0);
}

/** When a step ended. */
export function stepTime({ stepMs }: { stepMs: number }, step: number): string {
  return formatDuration((step + 1) * stepMs);
}
