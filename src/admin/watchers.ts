/**
 * Who watches `/status`: at the very end, a page that is open is given the chance to see the receipt.
 */

import type { Clock } from "../clock.ts";

/** A page that has not asked for so long is closed. */
const GONE_MS = 2_500;
/** How long its next question is waited for. */
const WAIT_MS = 1_500;
/** How long its answer may be on its way. */
const SENT_MS = 50;

/** The pages that are open. */
export class Watchers {
  readonly #clock: Clock;
  readonly #askedAt = new Map<string, number>();
  #waiting: (() => void) | undefined;

  /** Nobody watches yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A page asked, and is told whether it is over; then it need not be waited for. */
  note(page: string, { isDone }: { isDone: boolean }): void {
    const now = this.#clock.now();
    for (const [other, at] of this.#askedAt) if (now - at > GONE_MS) this.#askedAt.delete(other);
    if (isDone) this.#askedAt.delete(page);
    else this.#askedAt.set(page, now);
    if (this.#askedAt.size === 0) this.#waiting?.();
  }

  /** Waits until the pages that are open know how it ended, `leftMs` at most. */
  async lastWord(leftMs: number): Promise<void> {
    const now = this.#clock.now();
    if (![...this.#askedAt.values()].some((at) => now - at <= GONE_MS)) return;
    const over = new AbortController();
    const told = new Promise<void>((resolve) => this.#waiting = resolve);
    const time = this.#clock.sleep(Math.min(WAIT_MS, leftMs), over.signal);
    await Promise.race([told, time]);
    over.abort();
    await this.#clock.sleep(Math.min(SENT_MS, leftMs));
  }
}
