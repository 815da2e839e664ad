/**
 * What a shutdown did, in numbers: the receipt.
 *
 * @module
 */

import type { HookRecord } from "./hooks.ts";
import type { DrainStrategy } from "./schedule.ts";

/** The steps of a shutdown, in order. */
export const PHASES = ["unready", "notice", "drain", "force", "flush"] as const;

/** One step of a shutdown. */
export type Phase = typeof PHASES[number];

/** One step as it went. */
export interface PhaseRecord {
  /** Which one. */
  name: Phase;
  /** When it began, in ms after the start of the shutdown. */
  startMs: number;
  /** How long it took, in ms. */
  durationMs: number;
  /** How long it might take, in ms. */
  budgetMs: number;
}

/** Clients by what became of them. */
export interface ClientTally {
  /** All that were there when the drain began, and any that came after. */
  total: number;
  /** Answered our Close frame. */
  closed: number;
  /** Were sent our Close frame while they were sending, which made Deno cut them. */
  crossed: number;
  /** Left by themselves before or instead of an answer. */
  gone: number;
  /** Did not answer in time; abandoned. */
  unanswered: number;
  /** Were still there when the time was over; closed at once and not waited for. */
  forced: number;
  /** All of them by close code. */
  byCode: Record<string, number>;
}

/** How the drain was paced. */
export interface RateRecord {
  /** The order and spread of the exits. */
  strategy: DrainStrategy;
  /** The planned window, in ms. */
  windowMs: number;
  /** Clients per second by plan; 0 when there is no window. */
  plannedPerSecond: number;
  /** Clients per second sent away in fact; 0 when fewer than two left. */
  actualPerSecond: number;
  /** How often the pace was halved because too many did not answer. */
  slowed: number;
}

/** 0: all left cleanly. 3: someone had to be forced or abandoned. 1: an error. */
export type ExitCode = 0 | 1 | 3;

/** What a shutdown did. Times are in ms; instants are ISO 8601. */
export interface Receipt {
  /** The version of this format. */
  version: 1;
  /** What asked for the shutdown, such as `SIGTERM`. */
  reason: string;
  /** When it was asked for. */
  startedAt: string;
  /** When the receipt was written. */
  endedAt: string;
  /** Between the two, in ms. */
  durationMs: number;
  /** The budget that was promised, in ms. */
  budgetMs: number;
  /** A second signal skipped the pacing. */
  hurried: boolean;
  /** Each step. */
  phases: PhaseRecord[];
  /** Clients by outcome and code. */
  clients: ClientTally;
  /** Planned against actual rate. */
  rate: RateRecord;
  /** Counts that the application adds, such as messages accepted. */
  counts: Record<string, number>;
  /** Each hook. */
  hooks: HookRecord[];
  /** Whether `server.shutdown()` resolved in time; `null` when it was not yet called. */
  serverStopped: boolean | null;
  /** With what the process exits. */
  exitCode: ExitCode;
}

/** The exit code that clients, hooks and server add up to. */
export function exitCodeFor(
  { clients, hooks, serverStopped }: Pick<Receipt, "clients" | "hooks" | "serverStopped">,
): ExitCode {
  if (hooks.some((hook) => hook.outcome !== "done")) return 1;
  return clients.unanswered + clients.forced > 0 || serverStopped === false ? 3 : 0;
}
