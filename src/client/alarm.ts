import type { Clock } from "./clock.ts";

/** A reason of our own: to make an error for each would cost more than the timer. */
const CANCELLED = "cancelled";

/** One timer, which rings in time: at the moment asked for, or before it. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #at = Infinity;
  #stop = new AbortController();

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings at `at` at the latest. A later moment than before is not set anew: most are moved on. */
  ringBy(at: number): void {
    if (at >= this.#at) return;
    this.cancel();
    this.#at = at;
    void this.#wait(at, this.#stop.signal);
  }

  /** Does not ring. */
  cancel(): void {
    this.#stop.abort(CANCELLED);
    this.#stop = new AbortController();
    this.#at = Infinity;
  }

  async #wait(at: number, stopped: AbortSignal): Promise<void> {
    await this.#clock.sleep(Math.max(0, at - this.#clock.now()), stopped);
    if (stopped.aborted) return;
    this.#at = Infinity;
    this.#ring();
  }
}
