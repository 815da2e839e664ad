/**
 * How connections begin and end, in words.
 *
 * @module
 */

import type { Plan } from "../plan.ts";
import type { ConnectionEnd, ConnectionRecord } from "../run.ts";

/** The code that libraries report for a connection without a Close frame. */
export const CUT = 1006;

/** Whether a client took part: was welcomed, where that is said, or else connected. */
export function hasJoined(
  { welcomedAtMs, openedAtMs }: ConnectionRecord,
  { protocol }: Pick<Plan, "protocol">,
): boolean {
  return (protocol === "v1" ? welcomedAtMs : openedAtMs) !== undefined;
}

/** `1012`, `1006`, `left`, or `given up: answer_timeout`. */
export function nameEnd(end: ConnectionEnd): string {
  switch (end.how) {
    case "closed":
      return String(end.code);
    case "cut":
      return String(CUT);
    case "given up":
      return `given up: ${end.reason || end.code}`;
    case "left":
      return "left";
  }
}

/** How often each word occurs, the most frequent first. */
export function countBy(words: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return Object.fromEntries([...counts].toSorted(([, a], [, b]) => b - a));
}
