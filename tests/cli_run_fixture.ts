/** Hand-made runs: two clients, one server, one fault. */

import { resolveOptions } from "@lastcall/lastcall";
import { figuresOf } from "../cli/loadtest/check/figures.ts";
import { judge } from "../cli/loadtest/check/judge.ts";

import { Timeline } from "../cli/loadtest/check/timeline.ts";
import { makePlan } from "../cli/loadtest/plan.ts";
import type { Results } from "../cli/loadtest/results.ts";
import {
  type ConnectionRecord,
  type FaultRecord,
  PHASES,
  type PhaseTally,
  type Run,
} from "../cli/loadtest/run.ts";
import { SETTINGS } from "../cli/loadtest/settings.ts";

export const CUT = { how: "cut" } as const;
export const LEFT = { how: "left" } as const;
export const RESTARTED = { how: "closed", code: 1012, reason: "" } as const;

/** A connection of client `client` that was there from the start and is there at the end. */
export function connection(client: number, more: Partial<ConnectionRecord> = {}): ConnectionRecord {
  return {
    ...{ kind: "normal", client, instance: 0, askedAtMs: 90, openedAtMs: 100, welcomedAtMs: 110 },
    ...{ isRecovered: false, bytesAfterClose: 0, end: LEFT },
    ...more,
  };
}

/** A connection that ended, and did so at 1 000 ms. */
export function ended(
  client: number,
  end: ConnectionRecord["end"] = RESTARTED,
  more: Partial<ConnectionRecord> = {},
): ConnectionRecord {
  return connection(client, { ...{ end: end!, endedAtMs: 1_000, goneAtMs: 1_001 }, ...more });
}

/** A client that could not connect. */
export function refused(client: number, more: Partial<ConnectionRecord> = {}): ConnectionRecord {
  return {
    ...{ kind: "normal", client, instance: 0, askedAtMs: 5 },
    ...{ bytesAfterClose: 0, refusal: "HTTP 503" },
    ...more,
  };
}

/** Client `client` leaves at 1 000 + 100 × client, and comes back half a second later. */
export function restarted(client: number): ConnectionRecord[] {
  const endedAtMs = 1_000 + 100 * client;
  return [
    connection(client, {
      drain: { atMs: endedAtMs - 5, reconnectAfterMs: 500 },
      end: RESTARTED,
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

export function phase(name: PhaseTally["phase"], more: Partial<PhaseTally> = {}): PhaseTally {
  return {
    ...{ phase: name, offered: 0, sent: 0, notConnected: 0, blocked: 0, seenByAll: 0 },
    ...{ seenBySome: 0, seenByNone: 0, withoutReader: 0, missedDeliveries: 0 },
    ...more,
  };
}

/** Two clients through the restart of their server, of one that stays and has no clients. */
export function run(args: string[] = [], more: Partial<Run> = {}): Run {
  const defaults = ["-c", "2", "--seed", "7", "--instances", "1"];
  const { settings, words } = resolveOptions(SETTINGS, [...defaults, ...args]);
  const plan = makePlan(settings, words);
  const latency = { samples: 9, p50Ms: 1, p99Ms: 2, maxMs: 3 };
  return {
    plan,
    startedAt: "2026-01-01T00:00:00.000Z",
    instances: [{ url: "ws://127.0.0.1:9/ws", output: ["INFO  bye"] }],
    connections: [...restarted(0), ...restarted(1)],
    others: [],
    faults: [FAULT],
    exits: [],
    messages: {
      ...{ offered: 6, sent: 6, acknowledged: 6, refused: 0, unknown: 0, recovered: 0 },
      ...{ lost: 0, undelivered: 0, duplicate: 0, disorder: 0, diverged: 0, phantom: 0, gaps: 0 },
    },
    stories: [],
    deliveries: {
      ...{ total: 18, peakPerSecond: 18, redelivered: 0, damaged: 0, batches: 6, distinct: 2 },
    },
    latency: {
      quiet: { acknowledged: latency, delivered: latency },
      faulty: { acknowledged: latency, delivered: latency },
    },
    series: new Timeline(plan).series(8_200),
    reconnectsAtMs: [1_501, 1_601],
    generator: { lagP99Ms: 3, lagMaxMs: 12, peakRssBytes: 80 * 2 ** 20, peakConnections: 2 },
    interrupted: false,
    endedAtMs: 8_200,
    ...more,
  };
}

/** Two clients of a server without acknowledgement, which goes and stays away. */
export function plainRun(args: string[] = [], more: Partial<Run> = {}): Run {
  const { readyAtMs: _, backAtMs: __, ...fault } = FAULT;
  const none = { samples: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 };
  const seen = run(["--protocol", "plain", ...args], {
    connections: [ended(0), ended(1, RESTARTED, { endedAtMs: 1_250 })],
    faults: [fault],
    unread: "the log was not read",
    reconnectsAtMs: [],
    tally: {
      phases: PHASES.map((name) => phase(name)),
      odd: { backToSender: 0, foreign: 0, damaged: 0 },
    },
    ...more,
  });
  for (const when of [seen.latency.quiet, seen.latency.faulty]) when.acknowledged = none;
  return seen;
}

/** A run with all that follows from it. */
export function resultsOf(run: Run): Results {
  const figures = figuresOf(run);
  return { run, figures, thresholds: [], judgement: judge(run, figures) };
}
