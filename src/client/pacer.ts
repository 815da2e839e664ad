/**
 * When the next publish may be sent: the server's rate limit, kept on our side.
 *
 * Whoever sends a full outbox at once is rejected, and out of order: some of it is taken and some is
 * not. Worse, a flood ends the session for good. So the pace is kept here, one message below the
 * server's burst where there is more than one: publishes that were sent evenly do not arrive evenly.
 *
 * @module
 */

import type { Limits } from "./frame_types.ts";

/** A server cannot silence a client for longer than this with one frame, in ms. */
export const MAX_PAUSE_MS = 60_000;
/** A token is whole although its parts do not quite add up. */
const ROUNDING = 1e-9;

/** A token bucket, with pauses. */
export class Pacer {
  #burst = 0;
  #perMs = 0;
  #tokens = 0;
  #at = 0;
  #pausedUntil = 0;

  /** A connection was welcomed, at `now`, with `limits`. */
  start({ rateLimitBurst, rateLimitRefillMs }: Limits, now: number): void {
    this.#burst = Math.max(1, rateLimitBurst - 1);
    this.#perMs = rateLimitBurst / Math.max(1, rateLimitRefillMs);
    this.#tokens = this.#burst;
    this.#at = now;
    this.#pausedUntil = now;
  }

  /** Takes a token, if there is one at `now`. */
  take(now: number): boolean {
    const passedMs = Math.max(0, now - this.#at);
    this.#tokens = Math.min(this.#burst, this.#tokens + passedMs * this.#perMs);
    this.#at = Math.max(this.#at, now);
    if (now < this.#pausedUntil || this.#tokens < 1 - ROUNDING) return false;
    this.#tokens -= 1;
    return true;
  }

  /** The server said to wait: nothing is sent for `ms`. */
  pause(ms: number, now: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, now + Math.min(ms, MAX_PAUSE_MS));
  }

  /** When there will be a token, in ms. */
  get readyAt(): number {
    const missing = Math.max(0, 1 - ROUNDING - this.#tokens);
    return Math.max(this.#pausedUntil, this.#at + Math.ceil(missing / this.#perMs));
  }
}
