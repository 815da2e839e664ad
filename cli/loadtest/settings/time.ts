/**
 * When things happen, and how often.
 *
 * @module
 */

import { duration, integer, type OptionTable } from "@lastcall/lastcall";

/** Durations are in milliseconds. When things happen, and how often. */
export interface TimeSettings {
  warmupMs: number;
  durationMs: number;
  faultAtMs: number;
  restarts?: number;
  signals: number;
  repeat: number;
  graceMs: number;
  settleMs: number;
}

/** The options for it. */
export const TIME_SETTINGS: OptionTable<TimeSettings> = {
  warmupMs: {
    flag: "warmup",
    env: "LOADTEST_WARMUP",
    kind: duration({ max: 3_600_000 }),
    default: "2s",
    help: "Publishing before the clock of --fault-at and --duration starts.",
    group: "Time",
  },
  durationMs: {
    flag: "duration",
    short: "d",
    env: "LOADTEST_DURATION",
    kind: duration({ min: 100 }),
    default: "15s",
    help: "Publishing after the warm-up: with v1 at least, else until all are gone at most.",
    group: "Time",
  },
  faultAtMs: {
    flag: "fault-at",
    env: "LOADTEST_FAULT_AT",
    kind: duration(),
    default: "5s",
    help: "First signal so long after the warm-up. Must be less than --duration.",
    group: "Time",
  },
  restarts: {
    flag: "restarts",
    env: "LOADTEST_RESTARTS",
    kind: integer({ max: 1_000 }),
    help: "Faults in all, to one server after the other. Default: one for each.",
    group: "Time",
  },
  signals: {
    flag: "signals",
    env: "LOADTEST_SIGNALS",
    kind: integer({ max: 10 }),
    default: "1",
    help: "SIGTERMs to send at each fault, one second apart; 0: none.",
    group: "Time",
  },
  repeat: {
    flag: "repeat",
    env: "LOADTEST_REPEAT",
    kind: integer({ min: 1, max: 1_000 }),
    default: "1",
    help: "Runs of v1, each with new servers, clients and log; one verdict over all.",
    group: "Time",
  },
  graceMs: {
    flag: "grace",
    env: "LOADTEST_GRACE",
    kind: duration({ min: 100, max: 3_600_000 }),
    default: "30s",
    help: "The process must be gone so long after the signal. Then: SIGKILL, and the test fails.",
    group: "Time",
  },
  settleMs: {
    flag: "settle",
    env: "LOADTEST_SETTLE",
    kind: duration({ max: 3_600_000 }),
    default: "10s",
    help:
      "Give up on stragglers, and on what is not yet delivered, so long after the last progress.",
    group: "Time",
  },
};
