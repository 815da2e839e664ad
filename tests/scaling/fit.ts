/**
 * Least squares: coefficients that come nearest to what was measured, none of them below 0.
 */

/** What was counted, and what it cost together. */
export interface Sample<Name extends string> {
  work: Partial<Record<Name, number>>;
  cost: number;
}

/**
 * One coefficient for each name. Relative errors count, so that a small sample weighs as much as a large
 * one, unless it is as small as what cannot be measured (`floor`).
 */
export function fit<Name extends string>(
  names: readonly Name[],
  samples: readonly Sample<Name>[],
  floor: number,
): Record<Name, number> {
  let used = [...names];
  for (;;) {
    const solved = solve(normalEquations(used, samples, floor));
    const worst = Math.min(...solved);
    if (Number.isNaN(worst)) throw new Error("Cannot fit: costs must be numbers, got NaN");
    if (worst >= 0 || used.length === 1) {
      const found = used.map((name, i) => [name, Math.max(0, solved[i]!)]);
      return {
        ...Object.fromEntries(names.map((name) => [name, 0])),
        ...Object.fromEntries(found),
      };
    }
    used = used.filter((_, i) => i !== solved.indexOf(worst));
  }
}

/** Each row: the factors of the unknowns, then the value. */
function normalEquations<Name extends string>(
  names: readonly Name[],
  samples: readonly Sample<Name>[],
  floor: number,
): number[][] {
  const rows = samples.map(({ work, cost }) => ({
    factors: names.map((name) => (work[name] ?? 0) / (cost + floor)),
    value: cost / (cost + floor),
  }));
  return names.map((_, i) => [
    ...names.map((_, j) => sum(rows.map(({ factors }) => factors[i]! * factors[j]!))),
    sum(rows.map(({ factors, value }) => factors[i]! * value)),
  ]);
}

/** Gauss, with the largest pivot first. What nothing was measured of is 0. */
function solve(equations: number[][]): number[] {
  const rows = equations.map((row) => [...row]);
  const count = rows.length;
  for (let i = 0; i < count; i++) {
    const pivot = rows.reduce(
      (best, row, at) => at > i && Math.abs(row[i]!) > Math.abs(rows[best]![i]!) ? at : best,
      i,
    );
    [rows[i], rows[pivot]] = [rows[pivot]!, rows[i]!];
    const own = rows[i]!;
    if (Math.abs(own[i]!) < 1e-12) continue;
    for (const row of rows) {
      if (row === own) continue;
      const factor = row[i]! / own[i]!;
      for (let j = i; j <= count; j++) row[j]! -= factor * own[j]!;
    }
  }
  return rows.map((row, i) => Math.abs(row[i]!) < 1e-12 ? 0 : row[count]! / row[i]!);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
