/**
 * Whether something can be done at the moment, as far as is known without trying.
 */

import type { Clock } from "../../clock.ts";

/** So long something is tried all the same, however long it has been in vain. */
const LEAST_MS = 250;

/** The state of something that others do for us. */
export class Health {
  readonly #clock: Clock;
  readonly #graceMs: number;
  #downSinceMs: number | undefined;
  #why = "";

  /** It can be done. A trouble that is over within `graceMs` is nobody's business. */
  constructor(clock: Clock, graceMs: number) {
    this.#clock = clock;
    this.#graceMs = graceMs;
  }

  /** It was done. */
  succeeded(): void {
    this.#downSinceMs = undefined;
  }

  /** It could not be done. */
  failed(why: string): void {
    this.#downSinceMs ??= this.#clock.now();
    this.#why = why;
  }

  /** Whether the last attempt was in vain. */
  get isDown(): boolean {
    return this.#downSinceMs !== undefined;
  }

  /** Why it cannot be done; `undefined` while it can, and in a short trouble. */
  get trouble(): string | undefined {
    return this.isDown && this.#downMs >= this.#graceMs ? this.#why : undefined;
  }

  /** How long a new attempt may wait, where one that is the first may wait `waitMs`. */
  patienceMs(waitMs: number): number {
    return Math.max(LEAST_MS, waitMs - this.#downMs);
  }

  get #downMs(): number {
    return this.#downSinceMs === undefined ? 0 : this.#clock.now() - this.#downSinceMs;
  }
}
