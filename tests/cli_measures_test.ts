import { assert, assertEquals } from "@std/assert";
import { type FaultMeasures, lookupIn, type Measurable } from "../cli/loadtest/check/measures.ts";
import { Histogram } from "../cli/loadtest/histogram.ts";
import { type Metric, type MetricName, METRICS } from "../cli/loadtest/metrics.ts";
import type { ConnectionRecord, FaultRecord } from "../cli/loadtest/run.ts";
import { evaluate, parseThreshold } from "../cli/loadtest/thresholds.ts";
import { run as runOf } from "./cli_run_fixture.ts";

function histogram(...samples: number[]): Histogram {
  const all = new Histogram();
  for (const ms of samples) all.record(ms);
  return all;
}

const HISTOGRAMS = {
  acknowledged: { quiet: histogram(10, 20), faulty: histogram(500) },
  delivered: { quiet: histogram(), faulty: histogram() },
};

function connection(client: number, more: Partial<ConnectionRecord> = {}): ConnectionRecord {
  return { kind: "normal", client, instance: 0, askedAtMs: 0, bytesAfterClose: 0, ...more };
}

const restarted = { how: "closed", code: 1012, reason: "" } as const;

const FAULT: FaultRecord = {
  ...{ instance: 0, signal: "SIGTERM", signalAtMs: 1_000, signalsAtMs: [1_000] },
  ...{ sentAround: 1, inFlight: 0, isKilled: false, backAtMs: 2_000 },
  receipt: {
    clients: { total: 4, closed: 2, crossed: 1, unanswered: 1, byCode: {} },
    ...{ exitCode: 3, durationMs: 900 },
  },
};

const FROZEN: FaultRecord = {
  ...{ instance: 1, signal: "SIGSTOP", signalAtMs: 4_000, signalsAtMs: [4_000] },
  ...{ sentAround: 1, inFlight: 0, isKilled: false, backAtMs: 7_500 },
  ...{ frozenAtMs: 4_010, thawedAtMs: 7_010 },
};

const CONNECTIONS: ConnectionRecord[] = [
  connection(0, { end: restarted, endedAtMs: 1_100 }),
  connection(1, { end: { how: "cut" }, endedAtMs: 1_200 }),
  connection(0, { askedAtMs: 1_500, refusal: "HTTP 503" }),
  connection(0, { askedAtMs: 1_600, instance: 1, end: restarted, endedAtMs: 3_000 }),
  connection(1, { askedAtMs: 1_700, end: { how: "left" }, endedAtMs: 9_000 }),
  connection(0, { askedAtMs: 3_200, instance: 1, end: { how: "left" } }),
];

function measurable(): Measurable {
  const nothing: number[] = [];
  const run = runOf([], {
    connections: CONNECTIONS,
    others: [connection(0, { kind: "mute", end: restarted, endedAtMs: 1_300 })],
    faults: [FAULT, FROZEN],
    messages: {
      ...{ offered: 100, sent: 98, acknowledged: 97, refused: 2, unknown: 1, recovered: 1 },
      ...{ lost: 3, undelivered: 4, duplicate: 5, disorder: 6, diverged: 7, phantom: 8, gaps: 9 },
    },
    deliveries: {
      ...{ total: 194, peakPerSecond: 20, redelivered: 11, damaged: 0, batches: 5, distinct: 3 },
    },
    series: {
      ...{ stepMs: 250, open: nothing, reconnecting: nothing, offered: nothing },
      ...{ acknowledged: nothing, delivered: nothing, p50Ms: [], p99Ms: [], maxMs: [] },
      ...{ backlog: [0, 12, 3], reconnects: nothing },
    },
    generator: { lagP99Ms: 3, lagMaxMs: 12, peakRssBytes: 2 ** 20, peakConnections: 2 },
    endedAtMs: 9_000,
  });
  const faults: FaultMeasures[] = [
    {
      ...{ connected: 5, resumed: 3, missing: 1, firstCloseMs: 100, lastCloseMs: 200 },
      ...{ exitMs: 900, readyMs: 950, backMs: 1_000, latestAttemptMs: 20, latestBackMs: 30 },
    },
    { connected: 2, resumed: 0, missing: 0, backMs: 3_500, apartMs: 6_100 },
  ];
  return {
    ...{ run, faults, strayEnds: { "1012": 1 }, talkedTo: 2 },
    histogram: (what, when) => HISTOGRAMS[what][when],
  };
}

Deno.test("lookupIn() finds every metric by every aggregation", () => {
  const lookup = lookupIn(measurable());
  for (const [name, { aggregations }] of Object.entries(METRICS) as [MetricName, Metric][]) {
    for (const one of aggregations) {
      const value = lookup(name, {}, one === "percentiles" ? "p(50)" : one);
      const isEmpty = name === "deliver_latency" && one !== "count";
      assert(isEmpty ? value === undefined : typeof value === "number", `${name} ${one}: ${value}`);
    }
  }
});

Deno.test("lookupIn() gives what was measured", () => {
  for (
    const [text, value] of [
      ["ack_latency count >= 0", "3"],
      ["ack_latency max < 1s", "500ms"],
      ["ack_latency{phase=calm} max < 1s", "20ms"],
      ["ack_latency{phase=fault} count >= 0", "1"],
      ["deliver_latency p(99) < 1s", "no samples"],
      ["deliver_latency count == 0", "0"],
      ["lost count == 3", "3"],
      ["disorder count == 6", "6"],
      ["gaps count == 9", "9"],
      ["redelivered count == 11", "11"],
      ["delivered_per_second max <= 20/s", "20/s"],
      ["backlog max == 12", "12"],
      ["closes count == 4", "4"],
      ["closes{kind=mute} count == 1", "1"],
      ["closes{code=1006} count == 1", "1"],
      ["closes{kind=normal,code=1012} count == 2", "2"],
      ["closes{code=1012,fault=1} count == 2", "2"],
      ["closes{fault=2} count == 0", "0"],
      ["closes{fault=3} count == 0", "0"],
      ["stray_closes count == 1", "1"],
      ["talked_after_close count == 2", "2"],
      ["refusals count == 1", "1"],
      ["reconnects count == 4", "4"],
      ["reconnects{fault=1} count == 3", "3"],
      ["reconnects_per_second max <= 3/s", "3/s"],
      ["resumed count == 3", "3"],
      ["not_resumed{fault=1} count == 1", "1"],
      ["not_resumed count <= 3", "3"],
      ["not_back count == 1", "1"],
      ["exit_time max < 1s", "900ms"],
      ["exit_time count == 1", "1"],
      ["exit_time{fault=2} max < 1s", "no samples"],
      ["back_time max < 4s", "3.5s"],
      ["back_time{fault=1} max <= 1s", "1s"],
      ["apart_time{fault=2} max < 10s", "6.1s"],
      ["frozen_time max >= 3s", "3s"],
      ["answered count == 3", "3"],
      ["unanswered count == 1", "1"],
      ["forced count == 0", "0"],
      ["forced{fault=2} count == 0", "no samples"],
      ["generator_lag p(99) < 20ms", "3ms"],
      ["generator_lag max < 20ms", "12ms"],
      ["generator_memory max <= 1048576B", "1 MiB"],
    ] as const
  ) {
    const [row] = evaluate([parseThreshold(text)], lookupIn(measurable()));
    assertEquals(row, { text, value, isMet: value !== "no samples" }, text);
  }
});

Deno.test("Histogram.merge() has the samples of all", () => {
  const all = Histogram.merge([histogram(1, 2), histogram(), histogram(100)]);
  assertEquals([all.count, all.maxMs, all.quantileMs(1)], [3, 100, 100]);
  assertEquals(Histogram.merge([]).count, 0);
});
