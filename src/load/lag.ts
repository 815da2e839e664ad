/**
 * How late the event loop is, averaged so that a stall counts for as long as it lasts: one pause of the
 * garbage collector is not an overload, a loop that is always late is.
 */

/** Over how long the lateness is averaged, in ms. */
const MEMORY_MS = 2_000;

/** The lag of one event loop. */
export class Lag {
  #ms = 0;

  /** The lag, in ms. */
  get ms(): number {
    return this.#ms;
  }

  /** Takes note of a timer for `plannedMs` that fired after `tookMs`. */
  note({ plannedMs, tookMs }: { plannedMs: number; tookMs: number }): void {
    const lateMs = Math.max(0, tookMs - plannedMs);
    const weight = 1 - Math.exp(-Math.max(tookMs, plannedMs) / MEMORY_MS);
    this.#ms += (lateMs - this.#ms) * weight;
  }
}
