/** Allows a burst, then a steady rate. Starts full. */
export class TokenBucket {
  readonly #burst: number;
  readonly #perMs: number;
  #tokens: number;
  #at: number;

  /** `burst` tokens, and `burst` more every `refillMs`, as they accrue; `now` in ms. */
  constructor(burst: number, { refillMs, now }: { refillMs: number; now: number }) {
    this.#burst = burst;
    this.#perMs = burst / refillMs;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Takes a token if there is one. */
  take(now: number): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** How long from the last `take()` until there is a token, in ms. */
  msToNext(): number {
    return Math.max(0, Math.ceil((1 - this.#tokens) / this.#perMs));
  }
}
