/**
 * How many messages a run may have.
 *
 * @module
 */

import { formatDuration, OptionError } from "@lastcall/lastcall";
import type { Settings } from "./settings.ts";
import { MAX_V1_MESSAGES } from "./target_plan.ts";

/** Between two signals of one fault. */
export const SIGNAL_PAUSE_MS = 1_000;
const MAX_MESSAGES = 20_000_000;
/** Between two faults of v1, at most: everybody is back, and a breath. */
const BETWEEN_FAULTS_MS = 70_000;

/**
 * The most messages that can fall due: publishing may go on until the last fault is over, so the grace
 * counts too. Throws an `OptionError` when there are too many.
 */
export function countMessages(settings: Settings, faults: number): number {
  const { warmupMs, durationMs, faultAtMs, signals, graceMs, settleMs, ratePerSecond } = settings;
  const faultMs = signals * SIGNAL_PAUSE_MS + graceMs;
  const isV1 = settings.protocol === "v1";
  const latestExitMs = faultAtMs + (isV1 ? faults * (faultMs + BETWEEN_FAULTS_MS) : faultMs);
  const longestMs = warmupMs + Math.max(durationMs, latestExitMs) + settleMs;
  const count = (ms: number) => Math.ceil(ms / 1_000 * ratePerSecond) + 1;
  // Faults of v1 do not take that long unless something is wrong; then the table is full before.
  const leastMs = isV1 ? warmupMs + durationMs + settleMs : longestMs;
  const most = isV1 ? MAX_V1_MESSAGES : MAX_MESSAGES;
  if (count(leastMs) <= most) return Math.min(most, count(longestMs));
  throw new OptionError(
    `Cannot start: --rate times the longest run (${formatDuration(leastMs)}) must be at most ` +
      `${most} messages; got ${count(leastMs)}`,
  );
}
