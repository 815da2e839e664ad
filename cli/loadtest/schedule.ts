/**
 * When each message is due: an open model. Message `k` is due `k / rate` seconds after the start,
 * whatever happened to those before it and whether or not anybody is there to take it.
 *
 * @module
 */

/** When message `k` is due, in milliseconds after the start. */
export function dueAtMs(k: number, ratePerSecond: number): number {
  return k * 1_000 / ratePerSecond;
}

/** How many messages are due `elapsedMs` after the start: those with {@linkcode dueAtMs} ≤ it. */
export function dueBy(elapsedMs: number, ratePerSecond: number): number {
  if (elapsedMs < 0 || ratePerSecond === 0) return 0;
  return Math.floor(elapsedMs * ratePerSecond / 1_000) + 1;
}
