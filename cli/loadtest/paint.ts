/**
 * Colours, where they are wanted.
 *
 * @module
 */

/** Puts text in a colour, or leaves it as it is. */
export type Paint = (style: "bold" | "dim" | "red" | "green" | "yellow", text: string) => string;

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

/** Paints with ANSI escapes. */
export const ansi: Paint = (style, text) => `\x1b[${CODES[style]}m${text}\x1b[0m`;

/** Leaves text as it is. */
export const noPaint: Paint = (_, text) => text;
