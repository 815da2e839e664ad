/**
 * A timer that keeps to its schedule, and knows how well it did.
 *
 * @module
 */

import { LagMeter } from "./lag.ts";

const PERIOD_MS = 5;

/** Calls back every few milliseconds, against the absolute clock, until disposed. */
export class Ticker implements Disposable {
  /** How often it calls back, in ms. */
  static readonly periodMs = PERIOD_MS;
  readonly lag = new LagMeter(PERIOD_MS);
  readonly #onTick: (nowMs: number, lateMs: number) => void;
  readonly #now: () => number;
  #dueMs: number;
  #timer: ReturnType<typeof setTimeout>;

  constructor(now: () => number, onTick: (nowMs: number, lateMs: number) => void) {
    this.#now = now;
    this.#onTick = onTick;
    this.#dueMs = now() + PERIOD_MS;
    this.#timer = setTimeout(() => this.#tick(), PERIOD_MS);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #tick(): void {
    const nowMs = this.#now();
    const lateMs = Math.max(0, nowMs - this.#dueMs);
    this.lag.record(lateMs);
    // The callback may dispose of us, so the next tick is arranged before it.
    while (this.#dueMs <= nowMs) this.#dueMs += PERIOD_MS;
    this.#timer = setTimeout(() => this.#tick(), this.#dueMs - nowMs);
    this.#onTick(nowMs, lateMs);
  }
}
