/**
 * Where a reader goes on.
 */

import type { Cursor } from "../client/frames.ts";

/** Readers go on at multiples of this, in messages; what they know already they leave out. */
export const RESUME_GRID = 100;

/** Where reading goes on, and whether anything is missed by that. */
export type Start =
  | { recovered: true; seq: number }
  | { recovered: false; reason: "new" | "epoch_changed" | "trimmed"; seq: number };

/**
 * Where a reader with a cursor goes on: there, or a little before it. Those who come back after a restart
 * are many, and each stood elsewhere. From a common place they all read the same pages.
 */
export function resumeAt(
  { epoch, seq }: Cursor,
  log: { epoch: string; first: number; head: number },
): Start {
  const oldest = log.first - 1;
  if (epoch !== log.epoch) return { recovered: false, reason: "epoch_changed", seq: oldest };
  if (seq < oldest) return { recovered: false, reason: "trimmed", seq: oldest };
  // A cursor beyond the head is nothing this log ever gave.
  if (seq > log.head) return { recovered: false, reason: "epoch_changed", seq: log.head };
  if (seq === log.head) return { recovered: true, seq };
  return { recovered: true, seq: Math.max(oldest, seq - seq % RESUME_GRID) };
}
