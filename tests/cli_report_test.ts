import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ansi } from "../cli/loadtest/paint.ts";
import { contradictions, describeReceipt } from "../cli/loadtest/receipt.ts";
import { reportText, verdictLine } from "../cli/loadtest/report.ts";
import { reportJson } from "../cli/loadtest/report_json.ts";
import type { Receipt, Run } from "../cli/loadtest/run.ts";
import { readableLine, readServerLine } from "../cli/loadtest/server_log.ts";
import { progressLine } from "../cli/loadtest/snapshot.ts";
import { groupDigits, tableLines } from "../cli/loadtest/text_table.ts";
import { client, cut, phase, restarted, results, run } from "./cli_run_fixture.ts";

const receipt: Receipt = {
  clients: { total: 4, closed: 2, gone: 0, unanswered: 1, forced: 1, byCode: { 1012: 4 } },
  exitCode: 3,
  durationMs: 1_090,
};

const ARGS = ["-c", "4", "--mix", "normal=50%,mute=25%,half-open=25%"];

const SEEN: Partial<Run> = {
  clients: [
    client(restarted, { endedAtMs: 7_030 }),
    client(restarted, { endedAtMs: 7_990 }),
    client(restarted, { kind: "mute" }),
    client({ how: "left" }, { kind: "half-open" }),
  ],
  phases: [
    phase("warm-up", { offered: 200, sent: 200, seenByAll: 200 }),
    phase("before signal", { offered: 500, sent: 500, seenByAll: 499, seenBySome: 1 }),
    phase("signal to exit", {
      offered: 110,
      sent: 90,
      notConnected: 19,
      blocked: 1,
      seenByAll: 50,
      seenBySome: 30,
      seenByNone: 10,
    }),
    phase("after exit"),
  ],
  deliveries: { total: 1_234_567, peakPerSecond: 98_765, backToSender: 0, foreign: 2, damaged: 0 },
  exit: { atMs: 8_100, code: 3, killed: false },
  receipt,
};

Deno.test("reportText() of a restart that went well", () => {
  assertEquals(
    reportText(results(ARGS, SEEN)),
    `PASS  2 normal clients closed with 1012, none cut; exit code 3 after 1.1s

Clients
             asked  connected
  normal         2          2
  mute           1          1
  half-open      1          1

Messages
                  offered  sent  not sent  seen by all  by some  by none
  warm-up             200   200         0          200        0        0
  before signal       500   500         0          499        1        0
  signal to exit      110    90        20           50       30       10

Closes
             code                   clients
  normal     1012  service_restart        2
  mute       1012  service_restart        1
  half-open  -     no end seen            1

Shutdown
  signal to first close    30ms
  signal to last close     990ms
  peak closes in a second  2
  signal to process exit   1.1s
  exit code                3

Receipt of the server
  counted  2 closed, 1 unanswered, 1 forced
  took     1.09s
  agrees   yes, with what the clients saw

Generator
  received   1 234 567, at most 98 765 in a second
  timer lag  3ms (p99)
  memory     80 MiB
  not ours   2
`,
  );
});

Deno.test("reportText() of a server that just died", () => {
  const text = reportText(results(["--spawn", "node server.js"], {
    target: { kind: "spawn", url: "ws://127.0.0.1:9/", pid: 4, output: ["listening"] },
    clients: [client(cut), client(cut)],
    exit: { atMs: 7_010, code: 143, signal: "SIGTERM", killed: false },
    generator: { lagP99Ms: 45, lagMaxMs: 300, peakRssBytes: 1 },
  }));
  assertEquals(
    text,
    `FAIL  2 findings
  - 2 of 2 normal clients were cut: no Close frame came (1006)
  - the process ended with exit code 143 (SIGTERM); allowed: 0
  ! generator-bound: our own timers were 45ms late (p99), so times may be ours

Clients
          asked  connected
  normal      2          2

Closes
          code                       clients
  normal  1006  cut: no Close frame        2

Shutdown
  signal to first close    300ms
  signal to last close     300ms
  peak closes in a second  2
  signal to process exit   10ms
  exit code                143 (SIGTERM)

Generator
  received   0, at most 0 in a second
  timer lag  45ms (p99), above 20ms
  memory     1 B

Last output of the target
  listening
`,
  );
});

Deno.test("reportText() of a target that did not start shows what it said", () => {
  const failure = "the target did not start: it ended with exit code 1";
  const output = ["Error: Cannot find module 'x'"];
  assertEquals(
    reportText(results([], { target: { kind: "spawn", failure, output }, clients: [] })),
    `NOT STARTED  ${failure}

Last output of the target
  Error: Cannot find module 'x'
`,
  );
});

Deno.test("reportText() fits 80 columns at a million messages", () => {
  const row = { offered: 999_999, sent: 999_999, seenByAll: 999_999, seenByNone: 999_999 };
  const text = reportText(results(ARGS, { ...SEEN, phases: [phase("signal to exit", row)] }));
  for (const line of text.split("\n")) assertEquals(line.length <= 80, true, line);
});

Deno.test("verdictLine() says it in one line, in colour where that is wanted", () => {
  const unknown = results(["--target", "ws://127.0.0.1:9/"], { signalsAtMs: [] });
  assertMatch(verdictLine(unknown), /^UNKNOWN {2}nothing wrong was seen, and not enough/);
  assertEquals(
    verdictLine(results([], { interrupted: true })),
    "INTERRUPTED  stopped after 8.2s; not judged",
  );
  assertStringIncludes(verdictLine(results(), ansi), "\x1b[32m\x1b[1mPASS\x1b[0m");
});

Deno.test("reportJson() has the same facts, with units in the names", () => {
  const json = JSON.parse(JSON.stringify(reportJson(results(ARGS, SEEN))));
  assertEquals([json.version, json.verdict, json.exitCode], [1, "pass", 0]);
  assertEquals(json.shutdown, {
    signalsAtMs: [7_000],
    connectedAtSignal: 2,
    sentAroundSignal: 200,
    firstCloseMs: 30,
    lastCloseMs: 990,
    exitMs: 1_100,
    exit: { atMs: 8_100, code: 3, killed: false },
    peakClosesPerSecond: 2,
    receipt,
    contradictions: [],
  });
  assertEquals(json.closes[0], { kind: "normal", code: 1012, clients: 2 });
  assertEquals(json.generator, { lagP99Ms: 3, lagMaxMs: 12, peakRssBytes: 83886080, bound: false });
});

Deno.test("contradictions() finds what a receipt claims and nobody saw", () => {
  const seen = run(ARGS, SEEN);
  const { clients } = receipt;
  assertEquals(contradictions(receipt, seen), []);
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
  ) assertEquals(contradictions(claim, seen), [wanted]);
});

Deno.test("describeReceipt() names the outcomes that occurred", () => {
  assertEquals(describeReceipt(receipt), "2 closed, 1 unanswered, 1 forced");
  const nobody = { total: 0, closed: 0, byCode: {} };
  assertEquals(describeReceipt({ ...receipt, clients: nobody }), "no clients");
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
    ended: 60,
    sent: 6_150,
    received: 1_234_567,
  });
  assertEquals(
    line,
    " 12.3s  signalled   open 1 840/2 000  ended 60  sent 6 150  received 1 234 567",
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
