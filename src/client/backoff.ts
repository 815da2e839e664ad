/**
 * When to come back, and whether.
 *
 * A server's hint wins: it knows how many come back, and when it is there again. After 1012 without a
 * hint everybody was sent away in one moment, so the returns are spread evenly. Else "full jitter": a
 * random time below a ceiling that doubles with each attempt. The ceiling is cut before the draw, not
 * after it, so that the longest waits stay spread.
 *
 * @module
 */

/** The longest that a server's hint is followed, in ms. */
export const MAX_HINT_MS = 60_000;
/** Over which time returns after 1012 without a hint are spread, in ms. */
export const RESTART_SPREAD_MS = 5_000;
/** The first ceiling of the jitter, in ms. */
export const FIRST_CEILING_MS = 500;
/** The highest ceiling of the jitter, in ms. */
export const LAST_CEILING_MS = 30_000;
/** How long a connection must have been welcomed for the ceiling to start anew, in ms. */
export const STABLE_MS = 30_000;

const SERVICE_RESTART = 1012;
/** We sent what the server does not take, and would again. */
const FINAL_CODES: ReadonlySet<number> = new Set([1003, 1008, 1009]);

/** Whether a client may come back after a close code: not after 1003, 1008, 1009, 4500 to 4999. */
export function mayComeBack(code: number): boolean {
  return !FINAL_CODES.has(code) && !(code >= 4500 && code <= 4999);
}

/** A random time below the ceiling of the `k`-th attempt in a row, from 0, in ms. */
export function jitteredDelayMs(k: number, random: () => number): number {
  return random() * Math.min(LAST_CEILING_MS, FIRST_CEILING_MS * 2 ** k);
}

/** How a connection ended, as far as it matters for coming back. */
export interface EndedConnection {
  /** The close code. */
  code: number;
  /** When to come back, if the server said so, in ms. */
  hintMs?: number | undefined;
  /** For how long it had been welcomed, in ms; 0 if it never was. */
  welcomedForMs: number;
}

/** Counts attempts in a row. */
export class Backoff {
  readonly #random: () => number;
  #attempts = 0;

  /** `random` gives numbers from 0 up to, not including, 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** How many delays were drawn since a connection last held. */
  get attempts(): number {
    return this.#attempts;
  }

  /** How long to wait before the next attempt, in ms. */
  delayMs({ code, hintMs, welcomedForMs }: EndedConnection): number {
    if (welcomedForMs >= STABLE_MS) this.#attempts = 0;
    if (hintMs !== undefined) return Math.min(hintMs, MAX_HINT_MS);
    if (code === SERVICE_RESTART) return this.#random() * RESTART_SPREAD_MS;
    return jitteredDelayMs(this.#attempts++, this.#random);
  }
}
