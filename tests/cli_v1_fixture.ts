/** Hand-made runs on `lastcall.v1`: two clients, one server, two faults. */

import { resolveOptions } from "@lastcall/lastcall";
import { makePlan } from "../cli/loadtest/plan.ts";
import { SETTINGS } from "../cli/loadtest/settings.ts";
import { check, type LogCopy } from "../cli/loadtest/v1/checker.ts";
import { MessageRecords } from "../cli/loadtest/v1/message_records.ts";
import { ReaderRecords } from "../cli/loadtest/v1/reader_records.ts";
import { soakFiguresOf } from "../cli/loadtest/v1/soak_figures.ts";
import { judgeSoak } from "../cli/loadtest/v1/soak_judge.ts";
import type { ConnectionRecord, FaultRecord, SoakRun } from "../cli/loadtest/v1/soak_run.ts";

/** Three clients and six messages: all sent, acknowledged, logged at seq n + 1 and delivered. */
export class World {
  readonly messages = new MessageRecords(100, 3);
  readonly readers = new ReaderRecords(3);
  log: LogCopy = { ns: [], seqs: [] };

  /** A world in which all is well. */
  static sound(): World {
    const world = new World();
    for (let reader = 0; reader < 3; reader++) world.readers.join(reader, 0);
    for (let n = 0; n < 6; n++) {
      world.send(n);
      world.messages.acknowledge(n, n * 10 + 5);
      world.append(n, n + 1);
      for (let reader = 0; reader < 3; reader++) world.readers.take(reader, n, n + 1);
    }
    return world;
  }

  send(n: number, sentMs = n * 10): void {
    this.messages.sent(n, { dueMs: n * 10, sentMs, isFaulty: false });
  }

  append(n: number, seq: number): void {
    this.log.ns.push(n);
    this.log.seqs.push(seq);
  }

  check() {
    return check(this);
  }
}

/** A connection of client `client` that was there from the start and is there at the end. */
export function connection(client: number, more: Partial<ConnectionRecord> = {}): ConnectionRecord {
  return {
    ...{ client, instance: 0, askedAtMs: 90, openedAtMs: 100, welcomedAtMs: 110 },
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
  ...{ instance: 0, signal: "SIGTERM", signalAtMs: 950, sentAround: 20, inFlight: 1 },
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
    messages: World.sound().check().counts,
    stories: [],
    deliveries: {
      ...{ total: 18, peakPerSecond: 18, redelivered: 0, damaged: 0, frames: 6, parsed: 2 },
    },
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
