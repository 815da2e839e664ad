/**
 * Figures as text.
 *
 * @module
 */

import { groupDigits } from "../loadtest/text_table.ts";

/** `0.862`, `23.0`, `199 710`: three digits, or all before the point. */
export function numberText(value: number | undefined): string {
  if (value === undefined) return "–";
  return Math.abs(value) >= 100 ? groupDigits(value) : value.toPrecision(3);
}
