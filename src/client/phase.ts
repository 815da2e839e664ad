/**
 * Where the machine stands. Times are those of the client's clock, in ms.
 */

import { MAX_HINT_MS } from "./backoff.ts";
import type { DrainFrame } from "./frames.ts";
import type { Ending, EndingCause } from "./states.ts";

export type Phase =
  /** No connection, until then. */
  | { name: "waiting"; until: number }
  /** A connection is being made, until then at the latest. */
  | { name: "connecting"; until: number }
  /** `hello` was sent; its answer may take until then. */
  | { name: "greeting"; until: number }
  /** Welcomed, since then. */
  | { name: "live"; since: number }
  /** `drained` was sent; the server's Close may take until then, and says when to come back after it. */
  | { name: "leaving"; since: number; until: number; hintMs: number }
  | { name: "closed" };

/** How much longer than it said a server may take to close, in ms. */
const LEAVE_GRACE_MS = 5_000;

export function hasConnection({ name }: Phase): boolean {
  return name !== "waiting" && name !== "closed";
}

/** For how long the connection has been welcomed, in ms. */
export function welcomedForMs(phase: Phase, now: number): number {
  return "since" in phase ? now - phase.since : 0;
}

/** From `live`, when asked to leave. */
export function leavingPhase(
  { since }: { since: number },
  { closeInMs, reconnectAfterMs }: DrainFrame,
  now: number,
): Phase {
  const until = now + Math.min(closeInMs, MAX_HINT_MS) + LEAVE_GRACE_MS;
  return { name: "leaving", since, until, hintMs: reconnectAfterMs };
}

const TIMEOUTS = {
  connecting: "connect_timeout",
  greeting: "welcome_timeout",
  live: "answer_timeout",
  leaving: "leave_timeout",
} as const satisfies Partial<Record<Phase["name"], EndingCause>>;

/** What it means that the time of a phase is up. */
export function timeoutCause(name: keyof typeof TIMEOUTS): EndingCause {
  return TIMEOUTS[name];
}

/** What it means that the connection ended in a phase. */
export function endingOf(phase: Phase, { code, reason }: { code: number; reason: string }): Ending {
  // Deno says 0 where others say 1006.
  if (code === 0 || code === 1006) {
    return { cause: phase.name === "connecting" ? "unreachable" : "cut", code: 1006, reason };
  }
  return { cause: "closed", code, reason };
}
