/**
 * How late the event loop is, averaged over time: one pause of the garbage collector, or of the whole
 * process, is not an overload; a loop that is late again and again is.
 */

/** Over how long the lateness is averaged, in ms. */
const MEMORY_MS = 2_000;
/** One lateness counts for at most so long, however long it was: it is over when it is seen. */
const MOST_MS = 250;

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
    const weight = 1 - Math.exp(-Math.min(Math.max(tookMs, plannedMs), MOST_MS) / MEMORY_MS);
    this.#ms += (lateMs - this.#ms) * weight;
  }
}
