/**
 * Keeps exits apart after a stall. Slots are dispatched against the absolute clock, so a process that
 * stood still for a second has a second's slots overdue: sent away in one burst, those clients would all
 * come back in one, too.
 */

/** How many times the planned rate is never passed. */
const MOST = 1.2;
/** So much of a stall is made up for at once: timers are no more exact. */
const SLACK_MS = 50;

/** Decides when an overdue exit takes place. Times are in ms since the start of the drain. */
export class Smoother {
  readonly #gapMs: number;
  readonly #latestMs: number;
  #lastMs = -Infinity;

  /** For so many exits over a window, none of which is put off past `latestMs`. */
  constructor(
    { exits, windowMs, latestMs }: { exits: number; windowMs: number; latestMs: number },
  ) {
    this.#gapMs = windowMs / (MOST * Math.max(1, exits));
    this.#latestMs = latestMs;
  }

  /** When the next exit takes place that is due at `dueMs`. */
  at(dueMs: number): number {
    return Math.max(dueMs, Math.min(this.#lastMs + this.#gapMs, this.#latestMs));
  }

  /** The exit that was to take place at `atMs` took place at `nowMs`. */
  took(atMs: number, nowMs: number): void {
    this.#lastMs = Math.max(atMs, nowMs - SLACK_MS);
  }
}
