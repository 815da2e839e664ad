/**
 * The arithmetic of a shutdown: how the total time is shared out, and whether it can be kept.
 *
 * ```text
 * |- unready -|------ drain window ------|- answer -|- force reserve -|
 * 0           L                          L+W      T-F                 T
 * ```
 *
 * @module
 */

import { formatDuration } from "../duration.ts";
import type { DrainStrategy } from "./schedule.ts";

/** The times and rates that a shutdown promises. */
export interface Budget {
  /** `T`: from the signal to the exit, in ms. Default 25 000: under an orchestrator's usual 30 s. */
  budgetMs: number;
  /** `L`: how long to serve on after readiness is withdrawn, in ms. Default 0. */
  unreadyDelayMs: number;
  /** `A`: how long one client has to leave, from its slot to its Close frame, in ms. Default 2 000. */
  answerMs: number;
  /** The slowest that clients are sent away, per second, so that a small server ends early. Default 100. */
  minRate: number;
  /** The fastest that they can be sent away and come back, per second. Default 1 000. */
  maxRate: number;
  /** The order and spread of the exits. Default `paced`. */
  strategy: DrainStrategy;
}

/** The defaults of a {@linkcode Budget}. */
export const DEFAULT_BUDGET: Readonly<Budget> = {
  budgetMs: 25_000,
  unreadyDelayMs: 0,
  answerMs: 2_000,
  minRate: 100,
  maxRate: 1_000,
  strategy: "paced",
};

/** Where the time goes for a given number of clients; offsets in ms from the signal. */
export interface ShutdownPlan {
  /** When the drain starts: `L`. */
  drainAtMs: number;
  /** The drain window `W`. */
  windowMs: number;
  /** Where the window may end at the latest, should the pace be slowed: `T − F − A`. */
  latestSlotMs: number;
  /** When who is left is closed at once: `T − F`. */
  forceAtMs: number;
  /** The whole budget: `T`. */
  endAtMs: number;
}

/** What is kept back for the end: `F = max(1 s, T/10)`, but never more than half of `T`. */
export function forceReserveMs(budgetMs: number): number {
  return Math.min(Math.max(1_000, budgetMs / 10), budgetMs / 2);
}

/** Shares the budget out for `clients` clients. */
export function planShutdown(budget: Budget, clients: number): ShutdownPlan {
  const { budgetMs, unreadyDelayMs, answerMs, minRate, strategy } = budget;
  const forceAtMs = budgetMs - forceReserveMs(budgetMs);
  const drainAtMs = Math.min(unreadyDelayMs, forceAtMs);
  const roomMs = Math.max(0, forceAtMs - answerMs - drainAtMs);
  const windowMs = strategy === "immediate" ? 0 : Math.min(roomMs, clients / minRate * 1_000);
  return { drainAtMs, windowMs, latestSlotMs: drainAtMs + roomMs, forceAtMs, endAtMs: budgetMs };
}

/** What a budget cannot keep for as many as `maxClients`, as sentences that show the sum. */
export function budgetWarnings(
  budget: Budget,
  { maxClients, hookBudgetsMs = [] }: { maxClients: number; hookBudgetsMs?: number[] },
): string[] {
  const { budgetMs, unreadyDelayMs, answerMs, maxRate } = budget;
  const reserveMs = forceReserveMs(budgetMs);
  const roomMs = budgetMs - unreadyDelayMs - answerMs - reserveMs;
  const sum = `${formatDuration(budgetMs)} budget - ${formatDuration(unreadyDelayMs)} unready - ` +
    `${formatDuration(answerMs)} answer - ${formatDuration(reserveMs)} reserve = ` +
    formatDuration(roomMs);
  const warnings: string[] = [];
  if (roomMs <= 0) {
    warnings.push(
      `The shutdown budget leaves no time to drain: ${sum}; every client will leave at once`,
    );
  } else if (budget.strategy !== "immediate" && maxClients / roomMs * 1_000 > maxRate) {
    const rate = Math.ceil(maxClients / roomMs * 1_000);
    const usedMs = unreadyDelayMs + maxClients / maxRate * 1_000 + answerMs;
    const neededMs = Math.max(usedMs + 1_000, usedMs / 0.9);
    warnings.push(
      `The drain cannot keep its rate: ${maxClients} clients in ${sum} are ${rate} clients/s, above ` +
        `${maxRate}; a budget of ${formatDuration(Math.ceil(neededMs / 1_000) * 1_000)} or ` +
        `${Math.floor(roomMs / 1_000 * maxRate)} clients at most would keep it`,
    );
  }
  const hooksMs = hookBudgetsMs.reduce((total, ms) => total + ms, 0);
  if (hooksMs > reserveMs) {
    warnings.push(
      `The shutdown hooks ask for ${formatDuration(hooksMs)} in all and ` +
        `${formatDuration(reserveMs)} are kept for them: the last ones may be cut short`,
    );
  }
  return warnings;
}
