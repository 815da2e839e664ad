import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ANOMALIES } from "../cli/loadtest/check/anomalies.ts";
import { FINDINGS } from "../cli/loadtest/check/findings.ts";
import { EXIT } from "../cli/loadtest/exit_codes.ts";
import { CLIENT_KINDS } from "../cli/loadtest/mix.ts";
import { outcomeOf } from "../cli/loadtest/players.ts";
import { combine } from "../cli/loadtest/playlist.ts";
import { REPORT_VERSION } from "../cli/loadtest/report/json.ts";
import type { Results } from "../cli/loadtest/results.ts";
import { type FaultRecord, PHASES, type Receipt, type Run } from "../cli/loadtest/run.ts";
import { SCENARIO_NAMES, SCENARIOS } from "../cli/loadtest/scenarios.ts";
import { evaluate } from "../cli/loadtest/thresholds.ts";
import type { Receipt as WholeReceipt } from "../src/shutdown/receipt.ts";
import {
  connection,
  CUT,
  ended,
  FAULT,
  LEFT,
  plainRun,
  refused,
  RESTARTED,
  restarted,
  resultsOf,
  run,
} from "./cli_run_fixture.ts";
import { testThatNeeds } from "./needs.ts";
import { publishedErrors, reportErrors, reportSchema } from "./report_schema.ts";

const READS = { permissions: ["read"] as Deno.PermissionName[] };

// deno-lint-ignore no-explicit-any -- a report as a program reads it
type Report = any;

/** What `--json` writes of runs of one plan, as a program reads it. */
function reportOf(...all: Results[]): Report {
  return JSON.parse(JSON.stringify(outcomeOf(all).data()));
}

const WHOLE_RECEIPT: WholeReceipt = {
  ...{ version: 1, reason: "SIGTERM", hurried: false, serverStopped: null, exitCode: 0 },
  ...{ startedAt: "2026-01-01T00:00:01.000Z", endedAt: "2026-01-01T00:00:01.300Z" },
  ...{ durationMs: 300, budgetMs: 10_000, counts: { accepted: 6 } },
  phases: [{ name: "drain", startMs: 1, durationMs: 290, budgetMs: 5_000 }],
  clients: {
    ...{ total: 2, closed: 2, crossed: 0, gone: 0, unanswered: 0, forced: 0 },
    byCode: { 1012: 2 },
  },
  rate: {
    ...{ strategy: "paced", windowMs: 1_000, plannedPerSecond: 2, actualPerSecond: 1.9, slowed: 0 },
  },
  hooks: [{ name: "log", outcome: "failed", durationMs: 1, budgetMs: 500, error: "disk full" }],
};
const SCANT_RECEIPT: Receipt = {
  ...{ clients: { total: 2, closed: 3, byCode: {} }, exitCode: 0, durationMs: 90 },
};

const { readyAtMs: _, backAtMs: __, exit: ___, ...BEGUN }: FaultRecord = FAULT;
const FROZEN: FaultRecord = {
  ...BEGUN,
  ...{ signal: "SIGSTOP", frozenAtMs: 960, thawedAtMs: 3_961.5, backAtMs: 4_000 },
};
const KILLED: FaultRecord = {
  ...BEGUN,
  ...{ isKilled: true, exit: { atMs: 31_000, code: 137, signal: "SIGKILL" }, signalsAtMs: [] },
};

const THRESHOLD = ["--threshold", "ack_latency{phase=fault} p(99.9) < 1500ms"];

function withThresholds(): Results {
  const results = resultsOf(run(THRESHOLD));
  return { ...results, thresholds: evaluate(results.run.plan.thresholds, () => undefined) };
}

/** Runs of every sort, by name. */
const RUNS: Record<string, () => Results> = {
  "v1": () => resultsOf(run()),
  "v1 without a fault": () => resultsOf(run([], { faults: [], exits: [] })),
  "v1 with thresholds": withThresholds,
  "v1 with the server's receipt": () => resultsOf(withReceipt(WHOLE_RECEIPT)),
  "v1 with a receipt that is contradicted": () => resultsOf(withReceipt(SCANT_RECEIPT)),
  "v1 with anomalies": () =>
    resultsOf(run([], {
      messages: { ...run().messages, lost: 1, gaps: 1 },
      stories: ["lost: message 4 of client 1 is not in the log"],
    })),
  "v1 that was interrupted": () => resultsOf(run([], { interrupted: true })),
  "v1 behind a proxy": () => resultsOf(run(["--via", "ws://127.0.0.1:8000/ws", "--ports", "9001"])),
  "plain": () => resultsOf(plainRun()),
  "plain with clients of all kinds": () =>
    resultsOf(plainRun(
      [
        ...["-c", "10", "--rate", "4"],
        ...["--mix", "normal=20%,mute=20%,slow=20%,half-open=20%,flood=20%"],
      ],
      {
        connections: [ended(0, CUT), refused(1)],
        others: [
          ended(0, RESTARTED, { kind: "mute" }),
          connection(0, { kind: "half-open", end: LEFT }),
          ended(0, { how: "given up", code: 1006, reason: "answer_timeout" }, { kind: "slow" }),
        ],
      },
    )),
  "echo of a command": () =>
    resultsOf(plainRun(["--protocol", "echo", "--spawn", "node server.js {port}"])),
  "a mere URL": () => resultsOf(plainRun(["--target", "ws://127.0.0.1:9/"], { faults: [] })),
  "a target that did not start": () =>
    resultsOf(plainRun([], {
      ...{ failure: "the target did not start", connections: [], faults: [] },
      instances: [{ url: "", output: ["Error: Cannot find module 'x'"] }],
    })),
  "freeze": () => resultsOf(run(["freeze"], { faults: [FROZEN] })),
  "kill9": () => resultsOf(run(["kill9"], { faults: [{ ...FAULT, signal: "SIGKILL" }] })),
  "v1 with a log in memory": () => resultsOf(run(["--log", "memory:"])),
  "v1 with a log in a file": () => resultsOf(run(["--log", "sqlite:x.db"])),
  "v1 with a log in a NATS cluster": () =>
    resultsOf(run(["--log", "nats://127.0.0.1:4222/CHAT", "--nats-replicas", "3"])),
  "faults of NATS": () => resultsOf(withNats()),
  "a server that had to be killed": () => resultsOf(run([], { faults: [KILLED] })),
};

/** A kill and a partition of NATS servers, with all that can be known of them. */
function withNats(): Run {
  const { instance: _, exit, ...common } = FAULT;
  return run(["nats-restart", "--log", "nats:"], {
    members: [{
      ...{ name: "n1", url: "nats://127.0.0.1:4222", pid: 7, output: ["ready"] },
      exits: [{ atMs: 7_000, code: 1 }],
    }],
    faults: [
      {
        ...common,
        members: [{ name: "n1", exit: exit!, readyAtMs: 1_400 }],
        unready: [{ instance: 0, atMs: 1_000 }, { instance: 1, atMs: 1_000, readyAtMs: 1_500 }],
      },
      { ...common, signal: "partition", members: [{ name: "n2", apartAtMs: 1, readyAtMs: 2 }] },
    ],
  });
}

function withReceipt(receipt: Receipt): Run {
  return run([], {
    connections: [...restarted(0), ...restarted(1)],
    faults: [{ ...FAULT, receipt }],
  });
}

for (const [name, results] of Object.entries(RUNS)) {
  testThatNeeds(READS, `docs/report.schema.json describes a report of ${name}`, () => {
    const report = reportOf(results());
    assertEquals(reportErrors(report), []);
    assertEquals(publishedErrors(report), []);
  });
}

testThatNeeds(READS, "docs/report.schema.json describes a report of several runs", () => {
  const report = reportOf(RUNS["v1"]!(), RUNS["v1 with anomalies"]!());
  assertEquals(report.runs.length, 2);
  assertEquals(reportErrors(report), []);
});

testThatNeeds(READS, "docs/report.schema.json describes a report of several scenarios", () => {
  const outcome = combine([
    { name: "freeze", outcome: outcomeOf([RUNS["freeze"]!()]) },
    { name: "rolling", outcome: outcomeOf([RUNS["v1"]!(), RUNS["v1"]!()]) },
  ]);
  const report: Report = JSON.parse(JSON.stringify(outcome.data()));
  assertEquals(Object.keys(report.scenarios), ["freeze", "rolling"]);
  assertEquals(reportErrors(report), []);
  delete report.scenarios.rolling.runs[1].plan.seed;
  assertStringIncludes(reportErrors(report).join("\n"), "/scenarios/rolling/runs/1/plan must have");
});

/** What is done to a report, and what must be said of it. */
const DAMAGES: [string, (report: Report) => unknown, string][] = [
  ["a field is missing", (report) => delete report.messages.lost, '"missingProperty":"lost"'],
  ["a number is a text", (report) => report.tookMs = "8.2s", "/tookMs must be number"],
  ["a count is null", (report) => report.series.open = [null], "/series/open/0 must be integer"],
  ["a time is below 0", (report) => report.faults[0].exit.atMs = -1, "/faults/0/exit/atMs must be"],
  ["a word is unknown", (report) => report.verdict = "fine", "/verdict must be equal to one of"],
  ["the time is local", (report) => report.startedAt = "1.1.2026", "/startedAt must match pattern"],
  ["the version is another", (report) => report.version = 3, "/version must be equal to constant"],
  ["the target is of no kind", (report) => report.plan.target.kind = "x", "/plan/target"],
  ["there are runs, and one at that", (report) => report.runs = [report], "/ must"],
];

for (const [what, damage, wanted] of DAMAGES) {
  testThatNeeds(READS, `docs/report.schema.json refuses a report when ${what}`, () => {
    const report = reportOf(RUNS["v1"]!());
    damage(report);
    assertStringIncludes(reportErrors(report).join("\n"), wanted);
  });
}

testThatNeeds(READS, "docs/report.schema.json lets fields be added; the tests do not", () => {
  const report = reportOf(RUNS["v1"]!());
  report.faults[0].moodOfServer = "good";
  assertEquals(publishedErrors(report), []);
  assertStringIncludes(reportErrors(report).join("\n"), '"additionalProperty":"moodOfServer"');
});

testThatNeeds(READS, "docs/report.schema.json has the names that the code has", () => {
  const { $defs: { version, run, kind, plan, phase, messages, exitCode, scenarios } } =
    reportSchema();
  assertEquals(version.const, REPORT_VERSION);
  assertEquals(run.properties.findings.items.enum, [...FINDINGS]);
  assertEquals(kind.enum, [...CLIENT_KINDS]);
  for (const { properties } of [plan.properties.mix, plan.properties.kinds]) {
    assertEquals(Object.keys(properties), [...CLIENT_KINDS]);
  }
  assertEquals(plan.properties.scenario.enum, SCENARIO_NAMES);
  const faults = Object.values(SCENARIOS).map(({ fault }) => fault);
  assertEquals(new Set(plan.properties.fault.enum), new Set(faults));
  assertEquals(scenarios.properties.scenarios.propertyNames.enum, SCENARIO_NAMES);
  assertEquals(phase.properties.phase.enum, [...PHASES]);
  for (const name of ANOMALIES) assert(name in messages.properties, name);
  const { crash: _, usage: __, ...codes } = EXIT;
  assertEquals(exitCode.enum, Object.values(codes));
});

testThatNeeds(READS, "docs/report.schema.json has a word on every field", () => {
  const { $defs } = reportSchema();
  const silent = Object.entries($defs).flatMap(([name, schema]) => silentFields(schema, name));
  // Here the name of the field says it: it is a kind of client.
  assertEquals(silent.filter((path) => !/^plan\.(mix|kinds)\./.test(path)), []);
});

/** The paths of all fields without a description of their own, or a definition that has one. */
function silentFields(schema: Report, path: string): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const inner = Object.entries<Report>(schema.properties ?? {}).flatMap(([name, field]) => [
    ..."description" in field || "$ref" in field || "const" in field ? [] : [`${path}.${name}`],
    ...silentFields(field, `${path}.${name}`),
  ]);
  return [...inner, ...silentFields(schema.items, `${path}[]`)];
}
