/**
 * The names by which people are shown to each other.
 *
 * @module
 */

/** The longest name, in characters (code points). */
export const MAX_DISPLAY_NAME = 32;

/** Line ends and the like, and what turns the direction of the text around a name. */
const DISTURBING = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/**
 * Whether `value` can be a name: 1 to 32 characters, without white space at its ends, control
 * characters, line separators and bidirectional controls.
 */
export function isDisplayName(value: unknown): value is string {
  if (typeof value !== "string" || value === "" || value !== value.trim()) return false;
  if (!value.isWellFormed() || DISTURBING.test(value)) return false;
  return value.length <= 2 * MAX_DISPLAY_NAME && [...value].length <= MAX_DISPLAY_NAME;
}
