/**
 * When a client that was sent away comes back. Exits alone are not enough: if all came back in the same
 * moment, the next server would be hit by the herd that this one dispersed.
 *
 * @module
 */

/** What the time of a re-entry depends on; times in ms. */
export interface ReentryOptions {
  /** Clients have another server to go to. */
  hasAlternates: boolean;
  /** How long this server is away between its exit and its return. */
  restartMs: number;
  /** The drain window. */
  windowMs: number;
  /** The client's own slot in it. */
  offsetMs: number;
  /** How many clients leave. */
  clients: number;
  /** How many can come back per second. */
  maxRate: number;
  /** A number from 0 up to, not including, 1. */
  random: () => number;
}

/** A server that is already there is not waited for: only a second of jitter, for exits are spread. */
const ELSEWHERE_MS = 1_000;

/**
 * How long after its exit a client comes back, in ms. Elsewhere: at once, give or take. To the same
 * server: not before it has exited and returned, in the order of the exits, spread over what it can
 * accept.
 */
export function reentryMs(options: ReentryOptions): number {
  const { hasAlternates, restartMs, windowMs, offsetMs, clients, maxRate, random } = options;
  if (hasAlternates) return Math.round(random() * ELSEWHERE_MS);
  const rank = windowMs > 0 ? offsetMs / windowMs : random();
  const spreadMs = clients / maxRate * 1_000;
  return Math.round(windowMs - offsetMs + restartMs + rank * spreadMs);
}
