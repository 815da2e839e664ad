/** Hand-made runs on `lastcall.v1`: two clients, one server, two faults. */

import { resolveOptions } from "@lastcall/lastcall";
import { Timeline } from "../cli/loadtest/check/timeline.ts";
import { makePlan } from "../cli/loadtest/plan.ts";
import { SETTINGS } from "../cli/loadtest/settings.ts";
import { soakFiguresOf } from "../cli/loadtest/load/soak_figures.ts";
import { judgeSoak } from "../cli/loadtest/load/soak_judge.ts";
import type { ConnectionRecord, FaultRecord, SoakRun } from "../cli/loadtest/run.ts";

/** A connection of client `client` that was there from the start and is there at the end. */
export function connection(client: number, more: Partial<ConnectionRecord> = {}): ConnectionRecord {
  return {
    ...{ kind: "normal", client, instance: 0, askedAtMs: 90, openedAtMs: 100, welcomedAtMs: 110 },
    ...{ isRecovered: false, bytesAfterClose: 0, end: { how: "left" } },
    ...more,
  };
}

/** Client `client` leaves at 1 000 + 100 × client, and comes back half a second later. */
export function restarted(client: number): ConnectionRecord[] {
  const endedAtMs = 1_000 + 100 * client;
  return [
    connection(client, {
      drain: { atMs: endedAtMs - 5, reconnectAfterMs: 500 },
      end: { how: "closed", code: 1012, reason: "" },
      ...{ endedAtMs, goneAtMs: endedAtMs + 1 },
    }),
    connection(client, {
      ...{ instance: 1, askedAtMs: endedAtMs + 501, openedAtMs: endedAtMs + 502 },
      ...{ welcomedAtMs: endedAtMs + 503, isRecovered: true },
    }),
  ];
}

export const FAULT: FaultRecord = {
  ...{ instance: 0, signal: "SIGTERM", signalAtMs: 950, signalsAtMs: [950] },
  ...{ sentAround: 20, inFlight: 1 },
  ...{ isKilled: false, exit: { atMs: 1_300, code: 0 }, readyAtMs: 1_400, backAtMs: 1_700 },
};

/** Two clients through the restart of their server, of one that stays and has no clients. */
export function soakRun(args: string[] = [], more: Partial<SoakRun> = {}): SoakRun {
  const defaults = ["-c", "2", "--seed", "7", "--instances", "1"];
  const { settings, words } = resolveOptions(SETTINGS, [...defaults, ...args]);
  const latency = { samples: 9, p50Ms: 1, p99Ms: 2, maxMs: 3 };
  return {
    plan: makePlan(settings, words),
    startedAt: "2026-01-01T00:00:00.000Z",
    instances: [{ url: "ws://127.0.0.1:9/ws", output: ["INFO  bye"] }],
    connections: [...restarted(0), ...restarted(1)],
    others: [],
    faults: [FAULT],
    messages: {
      ...{ offered: 6, sent: 6, acknowledged: 6, refused: 0, unknown: 0, recovered: 0 },
      ...{ lost: 0, undelivered: 0, duplicate: 0, disorder: 0, diverged: 0, phantom: 0, gaps: 0 },
    },
    stories: [],
    deliveries: {
      ...{ total: 18, peakPerSecond: 18, redelivered: 0, damaged: 0, batches: 6, distinct: 2 },
    },
    series: new Timeline(2).series(8_200),
    latency: {
      quiet: { acknowledged: latency, delivered: latency },
      faulty: { acknowledged: latency, delivered: latency },
    },
    generator: { lagP99Ms: 3, lagMaxMs: 12, peakRssBytes: 80 * 2 ** 20 },
    interrupted: false,
    endedAtMs: 8_200,
    ...more,
  };
}

/** The run with all that follows from it. */
export function soakResults(args: string[] = [], more: Partial<SoakRun> = {}) {
  const run = soakRun(args, more);
  const figures = soakFiguresOf(run);
  return { run, figures, judgement: judgeSoak(run, figures) };
}
