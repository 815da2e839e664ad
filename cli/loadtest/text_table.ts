/**
 * Tables for a terminal.
 *
 * @module
 */

/** A cell; numbers stand to the right and get thousands separators. */
export type Cell = string | number | undefined;

/** Lines of a table: cells padded to the width of their column, two spaces between columns. */
export function tableLines(rows: readonly (readonly Cell[])[]): string[] {
  const texts = rows.map((row) => row.map(cellText));
  const widths = texts.reduce<number[]>(
    (sofar, row) => row.map((text, i) => Math.max(text.length, sofar[i] ?? 0)),
    [],
  );
  // A column is numeric when its last row is: the first may hold headings.
  const numeric = widths.map((_, i) => typeof rows.at(-1)?.[i] === "number");
  return texts.map((row) =>
    row.map((text, i) => numeric[i] ? text.padStart(widths[i]!) : text.padEnd(widths[i]!))
      .join("  ").trimEnd()
  );
}

/** `12 345`: digits in groups of three, so that large numbers can be read. */
export function groupDigits(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, " ");
}

function cellText(cell: Cell): string {
  return typeof cell === "number" ? groupDigits(cell) : cell ?? "";
}
