/**
 * Lists of rising numbers as runs: `[3, 4, 5, 9]` is `[[3, 5], 9]`. Readers and messages mostly come in
 * runs, and a journal is mostly lists of them.
 *
 * @module
 */

/** A number, or all from the first to the last. */
export type Run = number | [first: number, last: number];

/** The runs of a list, which may jump anywhere between them. */
export function toRuns(numbers: ArrayLike<number>): Run[] {
  const runs: Run[] = [];
  for (let i = 0; i < numbers.length;) {
    const first = numbers[i]!;
    let last = first;
    while (++i < numbers.length && numbers[i] === last + 1) last++;
    runs.push(first === last ? first : [first, last]);
  }
  return runs;
}

/** The list that the runs stand for. */
export function fromRuns(runs: readonly Run[]): number[] {
  const numbers: number[] = [];
  for (const run of runs) {
    if (typeof run === "number") numbers.push(run);
    else for (let number = run[0]; number <= run[1]; number++) numbers.push(number);
  }
  return numbers;
}

/** How many numbers the runs stand for. */
export function countRuns(runs: readonly Run[]): number {
  let count = 0;
  for (const run of runs) count += typeof run === "number" ? 1 : run[1] - run[0] + 1;
  return count;
}
