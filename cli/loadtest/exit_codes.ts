/**
 * How `loadtest` and `close` end, as seen by a shell.
 *
 * @module
 */

/** Exit codes by meaning. */
export const EXIT = {
  pass: 0,
  crash: 1,
  usage: 2,
  /** The server did something wrong. */
  correctness: 10,
  /** Nothing wrong was seen, and not enough was seen to say that all is well. */
  unknown: 11,
  /** A limit was passed, and nothing else was wrong. */
  threshold: 12,
  /** The target did not start, or could not be reached. */
  notStarted: 13,
  interrupted: 130,
} as const;

/** The worst first. */
const PRECEDENCE: readonly number[] = [
  ...[EXIT.interrupted, EXIT.correctness, EXIT.notStarted, EXIT.unknown, EXIT.threshold],
  EXIT.pass,
];

/** The exit code that decides about all. */
export function worstExitCode(codes: readonly number[]): number {
  return PRECEDENCE.find((code) => codes.includes(code)) ?? EXIT.pass;
}
