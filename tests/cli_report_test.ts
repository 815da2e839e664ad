import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { contradictions } from "../cli/loadtest/check/receipt.ts";
import { ansi } from "../cli/loadtest/paint.ts";
import { reportJson } from "../cli/loadtest/report/json.ts";
import { modelOf } from "../cli/loadtest/report/model_of.ts";
import { reportText, verdictLine } from "../cli/loadtest/report/text.ts";
import type { FaultRecord, Receipt, Run } from "../cli/loadtest/run.ts";
import { readableLine, readServerLine } from "../cli/loadtest/server_log.ts";
import { progressLine } from "../cli/loadtest/snapshot.ts";
import { groupDigits, tableLines } from "../cli/loadtest/text_table.ts";
import {
  CUT,
  ended,
  FAULT,
  LEFT,
  phase,
  plainRun,
  RESTARTED,
  resultsOf,
  run,
} from "./cli_run_fixture.ts";

const receipt: Receipt = {
  clients: { total: 4, closed: 2, gone: 0, unanswered: 1, forced: 1, byCode: { 1012: 4 } },
  exitCode: 3,
  durationMs: 1_090,
};

const ARGS = ["-c", "4", "--mix", "normal=50%,mute=25%,half-open=25%"];
const { readyAtMs: _, backAtMs: __, ...GONE }: FaultRecord = FAULT;

const SEEN: Partial<Run> = {
  others: [
    ended(0, RESTARTED, { kind: "mute" }),
    ended(0, LEFT, { kind: "half-open", endedAtMs: 9_000 }),
  ],
  tally: {
    phases: [
      phase("warm-up", { offered: 200, sent: 200, seenByAll: 200 }),
      phase("before signal", {
        ...{ offered: 500, sent: 500, seenByAll: 499, seenBySome: 1, missedDeliveries: 1 },
      }),
      phase("signal to exit", {
        ...{ offered: 110, sent: 90, notConnected: 19, blocked: 1 },
        ...{ seenByAll: 50, seenBySome: 30, seenByNone: 10, missedDeliveries: 44 },
      }),
      phase("after exit"),
    ],
    odd: { backToSender: 0, foreign: 2, damaged: 0 },
  },
  faults: [{ ...GONE, exit: { atMs: 1_300, code: 3 }, receipt }],
};

const textOf = (seen: Run) => reportText(modelOf(resultsOf(seen)));

Deno.test("reportText() of a restart that went well", () => {
  assertEquals(
    textOf(plainRun(ARGS, SEEN)),
    `PASS  2 normal clients closed with 1012, none cut; exit code 3 after 350ms

Clients
             asked  connected
  normal         2          2
  mute           1          1
  half-open      1          1

Messages, and who saw them
                  offered  sent  not sent  by all  by some  by none  missed
  warm-up             200   200         0     200        0        0       0
  before signal       500   500         0     499        1        0       1
  signal to exit      110    90        20      50       30       10      44

Fault 1: SIGTERM to server 1
  clients            2 of 2
  first close        50ms
  last close         300ms
  process exit       350ms
  exit code          3
  closes by code     1012 (2)
  peak closes in 1s  2
  receipt            2 closed, 1 unanswered, 1 forced; took 1.09s
  receipt agrees     yes, with what the clients saw

Closes
             code                     connections
  normal     1012  service_restart              2
  mute       1012  service_restart              1
  half-open  left  by us, at the end            1

From the time a message was due
                              p50  p99  max
  delivered                   1ms  2ms  3ms
  delivered, sent in a fault  1ms  2ms  3ms

Generator
  delivered    18, at most 18 in a second
  batches      6, 2 different ones
  timer lag    3ms (p99)
  memory       80 MiB
  connections  at most 2 at once
  not ours     2
`,
  );
});

Deno.test("reportText() of a server that just died", () => {
  const text = textOf(plainRun(["--spawn", "node server.js"], {
    instances: [{ url: "ws://127.0.0.1:9/", output: ["listening"] }],
    connections: [ended(0, CUT), ended(1, CUT)],
    faults: [{ ...GONE, exit: { atMs: 960, code: 143, signal: "SIGTERM" } }],
    generator: { lagP99Ms: 45, lagMaxMs: 300, peakRssBytes: 1, peakConnections: 2 },
  }));
  assert(text.startsWith(`FAIL  2 findings
  - fault 1: the process ended with exit code 143 (SIGTERM); allowed: 0
  - fault 1: 2 of 2 clients were cut: no Close frame came (1006)
  ! generator-bound: our own timers were 45ms late (p99), so times may be ours
`));
  assertStringIncludes(text, "  normal  1006  cut: no Close frame            2\n");
  assert(text.endsWith("\nLast output of the server\n  listening\n"));
});

Deno.test("reportText() of a target that did not start shows what it said", () => {
  const failure = "the target did not start: it ended with exit code 1";
  const output = ["Error: Cannot find module 'x'"];
  assertEquals(
    textOf(
      plainRun([], { failure, instances: [{ url: "", output }], connections: [], faults: [] }),
    ),
    `NOT STARTED  ${failure}

Last output of the server
  Error: Cannot find module 'x'
`,
  );
});

Deno.test("reportText() fits 80 columns at a million messages", () => {
  const row = { offered: 999_999, sent: 999_999, seenByAll: 999_999, seenByNone: 999_999 };
  const tally = { ...SEEN.tally!, phases: [phase("signal to exit", row)] };
  for (const line of textOf(plainRun(ARGS, { ...SEEN, tally })).split("\n")) {
    assertEquals(line.length <= 80, true, line);
  }
});

Deno.test("reportText() tells the first of each wrong before the tables, and thresholds after", () => {
  const stories = ["lost: message 4 of client 1 is not in the log"];
  const messages = { ...run().messages, lost: 1 };
  const thresholds = [{ text: "lost count == 0", value: "1", isMet: false }];
  const text = reportText(modelOf({ ...resultsOf(run([], { stories, messages })), thresholds }));
  assertStringIncludes(text, "\n\nThe first of each\n  lost: message 4 of client 1 is not");
  assertStringIncludes(text, "\n\nThresholds\n  NOT MET  lost count == 0  1\n");
  assertEquals(text.split("lost: message 4").length, 2);
});

Deno.test("verdictLine() says it in one line, in colour where that is wanted", () => {
  const line = (seen: Run, paint?: typeof ansi) => verdictLine(modelOf(resultsOf(seen)), paint);
  const unknown = plainRun(["--target", "ws://127.0.0.1:9/"], { faults: [], connections: [] });
  assertMatch(line(unknown), /^UNKNOWN {2}nothing wrong was seen, and not enough/);
  assertEquals(line(run([], { interrupted: true })), "INTERRUPTED  stopped after 8.2s; not judged");
  assertStringIncludes(line(run(), ansi), "\x1b[32m\x1b[1mPASS\x1b[0m");
});

Deno.test("reportJson() has the same facts, with units in the names", () => {
  const json = JSON.parse(JSON.stringify(reportJson(resultsOf(plainRun(ARGS, SEEN)))));
  assertEquals([json.version, json.verdict, json.exitCode], [2, "pass", 0]);
  const [{ firstCloseMs, lastCloseMs, exitMs, exit, peakCloses, ...fault }] = json.faults;
  assertEquals([firstCloseMs, lastCloseMs, exitMs, peakCloses], [50, 300, 350, 2]);
  assertEquals([exit, fault.receipt.exitCode], [{ atMs: 1_300, code: 3 }, 3]);
  assertEquals(json.closes[0], { kind: "normal", code: "1012", count: 2 });
  assertEquals(json.generator, {
    lagP99Ms: 3,
    lagMaxMs: 12,
    peakRssBytes: 83886080,
    peakConnections: 2,
    isBound: false,
  });
});

Deno.test("contradictions() finds what a receipt claims and nobody saw", () => {
  const seen = plainRun(ARGS, SEEN);
  const { clients } = receipt;
  const of = (claim: Receipt) => contradictions({ ...SEEN.faults![0]!, receipt: claim }, seen);
  assertEquals(of(receipt), []);
  for (
    const [claim, wanted] of [
      [{ ...receipt, exitCode: 0 }, "it says exit code 0, the process gave 3"],
      [{ ...receipt, clients: { ...clients, total: 3 } }, "it counts 3 clients, 4 were connected"],
      [
        { ...receipt, clients: { ...clients, closed: 4 } },
        "it says 4 answered its Close, 3 saw one",
      ],
      [
        { ...receipt, clients: { ...clients, byCode: { 1012: 1 } } },
        "it counts 1 closes with 1012, 2 were seen",
      ],
    ] as [Receipt, string][]
  ) assertEquals(of(claim), [wanted]);
});

Deno.test("readServerLine() finds the address and the receipt among other lines", () => {
  const line = (properties: unknown) => JSON.stringify({ level: "INFO", message: "m", properties });
  const url = "ws://127.0.0.1:4/ws";
  assertEquals(readServerLine(line({ event: "listening", url })), { event: "listening", url });
  assertEquals(readServerLine(line({ event: "receipt", receipt })), { event: "receipt", receipt });
  for (
    const other of [
      "",
      "plain text",
      "{ not json",
      line({ event: "listening" }),
      line({ event: "receipt", receipt: { clients: {} } }),
      line({ event: "receipt", receipt: null }),
      line({ event: "drain" }),
      line(undefined),
    ]
  ) assertEquals(readServerLine(other), undefined, other);
});

Deno.test("readableLine() takes the sentence out of a log record", () => {
  assertEquals(readableLine('{"level":"WARN","message":"late","properties":{}}'), "WARN  late");
  for (const other of ["text", "{", '{"a":1}']) assertEquals(readableLine(other), other);
});

Deno.test("progressLine() says where a run stands", () => {
  const line = progressLine({
    stage: "signalled",
    elapsedMs: 12_349,
    clients: 2_000,
    openNormals: 1_840,
    faults: 1,
    sent: 6_150,
    received: 1_234_567,
  });
  assertEquals(
    line,
    " 12.3s  signalled   open 1 840/2 000  faults 1  sent 6 150  received 1 234 567",
  );
});

Deno.test("tableLines() pads columns, numbers to the right", () => {
  assertEquals(tableLines([["", "n"], ["long name", 1_000], ["a", 5]]), [
    "               n",
    "long name  1 000",
    "a              5",
  ]);
  assertEquals(tableLines([]), []);
  assertEquals([0, 999, 1_000, 1_234_567].map(groupDigits), ["0", "999", "1 000", "1 234 567"]);
});
