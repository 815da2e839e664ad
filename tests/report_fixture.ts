/** Made-up runs as reports show them, near enough to real ones to judge a page by. */

import { EXIT } from "../cli/loadtest/exit_codes.ts";
import type { FaultSpan, ReportModel, SeriesModel } from "../cli/loadtest/report/model.ts";
import { arrivalsOf, seriesOf, type Story } from "./report_series_fixture.ts";

const FAULTS: FaultSpan[] = [
  { label: "SIGTERM to server 1", fromMs: 15_000, toMs: 21_400 },
  { label: "SIGTERM to server 2", fromMs: 32_000, toMs: 38_200 },
];
const ROLLING: Story = { seed: 7, clients: 200, faults: FAULTS, windowMs: 4_600 };

/** A rolling restart of two servers that went well. */
export function passing(story: Partial<Story> = {}): ReportModel {
  const told = { ...ROLLING, ...story };
  return {
    verdict: "pass",
    exitCode: EXIT.pass,
    headline: "5 000 messages acknowledged, 0 lost, 0 undelivered, 0 duplicate, 0 out of order; " +
      "200 clients through 2 restarts",
    failures: [],
    exceeded: [],
    missing: [],
    notes: [],
    plan: [
      ["scenario", "rolling"],
      ["protocol", "lastcall.v1"],
      ["servers", "2, started by the test"],
      ["clients", "200 in 1 room"],
      ["messages", "100/s of 128 B"],
      ["duration", "50s, settling 10s"],
      ["seed", String(told.seed)],
    ],
    startedAt: "2026-03-01T12:00:05.250Z",
    tookMs: 62_000,
    sections: [MESSAGES, ...FAULT_TABLES, LATENCY, GENERATOR],
    stories: [],
    thresholds: [
      { text: "delivery_ms p(99) < 5s", value: "2.4s", isMet: true },
      { text: "reconnects{window=1s} max <= 60", value: "31", isMet: true },
    ],
    faults: told.faults,
    closes: [
      { kind: "normal", code: "1012", name: "service_restart", count: 200 },
      { kind: "normal", code: "1000", name: "normal", count: 180 },
      { kind: "slow", code: "1012", name: "service_restart", count: 9 },
      { kind: "slow", code: "1006", name: "cut: no Close frame", count: 1 },
      { kind: "mute", code: "1006", name: "cut: no Close frame", count: 10 },
      { kind: "half-open", code: "-", name: "no end seen", count: 10 },
    ],
    series: seriesOf(told),
    reconnectsAtMs: arrivalsOf(told),
    outputs: [],
    again: "deno task loadtest --check /tmp/lastcall/rolling-7.jsonl",
  };
}

/** The same with lost messages and clients that all come back at once. */
export function failing(): ReportModel {
  const story = { ...ROLLING, windowMs: 350, unseen: 3 };
  return {
    ...passing(story),
    verdict: "fail",
    exitCode: EXIT.correctness,
    headline: "3 findings",
    failures: [
      "3 messages were lost: acknowledged, and not in the log",
      "2 clients never got message 3 412, which the log holds",
    ],
    exceeded: ["reconnects{window=1s} max <= 60: it was 100"],
    notes: ["generator-bound: our own timers were 34ms late (p99), so times may be ours"],
    stories: [
      "Publisher 17 sent message 3 209 at 32.04s. Server 2 acknowledged it at 32.06s as seq 3 187, " +
      "22ms after its SIGTERM.\nThe log that a fresh reader got at 61.8s goes from seq 3 186 to " +
      "seq 3 188, and holds another message there. Nobody ever saw message 3 209.",
    ],
    thresholds: [
      { text: "delivery_ms p(99) < 5s", value: "2.4s", isMet: true },
      { text: "reconnects{window=1s} max <= 60", value: "100", isMet: false },
    ],
    anomalies: [
      { label: "lost", atMs: 32_060 },
      { label: "lost", atMs: 32_110 },
      { label: "lost", atMs: 32_180 },
      { label: "undelivered", atMs: 34_000 },
    ],
    outputs: [{
      title: "Last output of server 2",
      lines: [
        "12:00:37.010 INF shutdown started: SIGTERM, 100 clients, budget 10s",
        "12:00:37.062 WRN append to a log that is closed: message of publisher-17 was dropped " +
        "although it had been acknowledged, because the batch was not flushed",
        "12:00:37.391 INF shutdown complete: 100 clients, 100 closed, exit code 0",
      ],
    }],
  };
}

/** One in which too little was seen. */
export function unknown(): ReportModel {
  return {
    ...passing({ faults: FAULTS.slice(0, 1) }),
    verdict: "unknown",
    exitCode: EXIT.unknown,
    headline: "nothing wrong was seen, and not enough to say that all is well",
    missing: ["no send was under way when server 2 was to be signalled"],
    stories: [],
  };
}

/** One without a run. */
export function notStarted(): ReportModel {
  const none = { open: [], reconnecting: [], offered: [], acknowledged: [], delivered: [] };
  return {
    ...passing(),
    verdict: "not started",
    exitCode: EXIT.notStarted,
    headline: "server 1 exited with code 1 before it listened",
    sections: [],
    thresholds: [],
    faults: [],
    closes: [],
    series: { stepMs: 500, ...none, p50Ms: [], p99Ms: [], maxMs: [], backlog: [], reconnects: [] },
    reconnectsAtMs: [],
    outputs: [{ title: "Last output of server 1", lines: ["error: Module not found"] }],
  };
}

/** Twenty runs, or as many as told; two of each twenty did not pass. */
export function repeated(count = 20): SeriesModel {
  const reportOf = (i: number) =>
    i % 20 === 6 ? failing() : i % 20 === 13 ? unknown() : passing({ seed: i + 1 });
  const runs = Array.from({ length: count }, (_, i) => ({
    name: `Seed ${i + 1}`,
    cells: [5_000, 0, i % 20 === 6 ? 3 : 0, 0, 0, 0, 0, 2],
    report: reportOf(i),
  }));
  return {
    title: `rolling, ${count} runs`,
    verdict: "fail",
    exitCode: EXIT.correctness,
    headline: `${count} runs, ${count * 2} faults: ${count * 5} 000 messages acknowledged, 3 lost`,
    columns: [
      ...["acknowledged", "unknown", "lost", "undelivered", "duplicate", "out of order", "gaps"],
      "faults",
    ],
    runs,
  };
}

const MESSAGES = {
  title: "Messages",
  rows: [
    ["offered", "5 000"],
    ["sent", "5 000"],
    ["acknowledged", "5 000"],
    ["refused", "0"],
    ["unknown", "14, 14 of them in the log"],
    ["lost", "0"],
    ["redelivered", "1 204, left out by the clients"],
  ],
};
const FAULT_TABLES = FAULTS.map(({ label }, i) => ({
  title: `Fault ${i + 1}: ${label}`,
  rows: [
    ["clients", "200 of 200"],
    ["sends under way", "3"],
    ["first close", "104ms"],
    ["last close", "4.71s"],
    ["process exit", "4.78s"],
    ["listening again", "5.3s"],
    ["exit code", "0"],
    ["closes by code", "1012: 100"],
    ["peak reconnects in 1s", "31, allowed 60"],
  ],
}));
const LATENCY = {
  title: "From the time a message was due",
  hasHead: true,
  rows: [
    ["", "p50", "p99", "max"],
    ["acknowledged", "2ms", "11ms", "34ms"],
    ["acknowledged, due in a fault", "3ms", "1.21s", "2.1s"],
    ["delivered", "3ms", "14ms", "61ms"],
    ["delivered, due in a fault", "4ms", "2.4s", "3.52s"],
  ],
};
const GENERATOR = {
  title: "Generator",
  rows: [
    ["delivered", "1 000 000, at most 20 412 in a second"],
    ["timer lag", "2ms (p99)"],
    ["memory", "148 MiB"],
  ],
};
