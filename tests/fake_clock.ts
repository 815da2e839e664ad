import type { Clock } from "../src/clock.ts";
import { turn } from "../src/turn.ts";

/** A clock that moves only when told to: `await clock.advance(1_000)`. */
export class FakeClock implements Clock {
  #now: number;
  #sleepers = new Set<{ at: number; wake: () => void }>();

  constructor(startMs = 1_000_000) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  /** How many waits are pending. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = { at: this.#now + Math.max(0, ms), wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", wake, { once: true });
      // deno-lint-ignore no-this-alias -- `wake` is called by others
      const clock = this;
      function wake() {
        clock.#sleepers.delete(sleeper);
        signal?.removeEventListener("abort", wake);
        resolve();
      }
    });
  }

  /** Moves the time on, waking sleepers in order and letting each run before the next. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await settle();
    for (let next = this.#next(target); next; next = this.#next(target)) {
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      await settle();
    }
    this.#now = target;
  }

  /** Moves from wake-up to wake-up until `promise` settles. */
  async runUntil<T>(promise: Promise<T>, limitMs = 3_600_000): Promise<T> {
    let settled = false;
    promise.finally(() => settled = true).catch(() => {});
    const limit = this.#now + limitMs;
    await settle();
    while (!settled) {
      const next = this.#next(limit);
      if (!next) throw new Error("Cannot run on: nothing sleeps and the promise is still pending");
      await this.advance(next.at - this.#now);
    }
    return await promise;
  }

  #next(target: number) {
    let first: { at: number; wake: () => void } | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.at <= target && (!first || sleeper.at < first.at)) first = sleeper;
    }
    return first;
  }
}

/** Lets everything that is ready run: promises, and the macrotask hop before a close. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await turn();
}
