import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { FaultRecord, Run } from "../cli/loadtest/run.ts";
import { seriesReportJson, seriesReportText, worstOf } from "../cli/loadtest/report/series.ts";
import { figuresOf } from "../cli/loadtest/check/figures.ts";
import { judge } from "../cli/loadtest/check/judge.ts";
import { type Case, testJudge } from "./cli_judge_cases.ts";
import {
  connection,
  CUT,
  ended,
  FAULT,
  refused,
  RESTARTED,
  restarted,
  resultsOf,
  run,
} from "./cli_run_fixture.ts";

const receipt = {
  clients: { total: 2, closed: 2, byCode: { "1012": 2 } },
  ...{ exitCode: 0, durationMs: 300 },
};

const FROZEN: FaultRecord = {
  ...{ instance: 0, signal: "SIGSTOP", signalAtMs: 950, signalsAtMs: [950] },
  ...{ sentAround: 20, inFlight: 1, isKilled: false },
  ...{ frozenAtMs: 960, thawedAtMs: 3_960, backAtMs: 3_970 },
};

const { thawedAtMs: _, frozenAtMs: __, ...STUBBORN }: FaultRecord = FROZEN;

function withCounts(more: Partial<Run["messages"]>): Partial<Run> {
  return { messages: { ...run().messages, ...more } };
}

const CASES: Case[] = [
  { name: "all went well", wanted: ["pass", 0, []] },
  {
    name: "messages were lost, doubled, swapped and not delivered",
    seen: {
      ...withCounts({ lost: 1, undelivered: 2, duplicate: 3, disorder: 4 }),
      stories: ["lost: message 4"],
    },
    wanted: ["fail", 10, [
      "acknowledged messages lost: 1",
      "deliveries owed and not made: 2",
      "duplicates: 3",
      "out of order: 4",
    ]],
  },
  {
    name: "a client was cut by an orderly restart",
    seen: {
      connections: [
        connection(0, { end: CUT, endedAtMs: 1_000, goneAtMs: 1_000 }),
        restarted(0)[1]!,
        ...restarted(1),
      ],
    },
    wanted: ["fail", 10, ["fault 1: 1 of 2 clients were cut: no Close frame came (1006)"]],
  },
  {
    name: "a client was cut by a kill",
    args: ["kill9"],
    seen: {
      faults: [{ ...FAULT, signal: "SIGKILL", exit: { atMs: 960, code: 137, signal: "SIGKILL" } }],
      connections: [
        connection(0, { end: CUT, endedAtMs: 970, goneAtMs: 970 }),
        restarted(0)[1]!,
        connection(1, { end: CUT, endedAtMs: 971, goneAtMs: 971 }),
        restarted(1)[1]!,
      ],
    },
    wanted: ["pass", 0, []],
  },
  {
    name: "a connection ended without a fault",
    seen: {
      connections: [
        connection(0, { instance: 1, end: CUT, endedAtMs: 1_000, goneAtMs: 1_000 }),
        ...restarted(0),
        ...restarted(1),
      ],
    },
    wanted: ["fail", 10, ["connections ended without a fault of their server: 1006 (1)"]],
  },
  {
    name: "a client did not come back",
    seen: { connections: [restarted(0)[0]!, ...restarted(1)] },
    wanted: ["fail", 10, ["fault 1: 1 of 2 clients did not come back"]],
  },
  {
    name: "a client came back, and was told that it could not resume",
    seen: {
      ...withCounts({ gaps: 1 }),
      connections: [restarted(0)[0]!, { ...restarted(0)[1]!, isRecovered: false }, ...restarted(1)],
    },
    wanted: ["fail", 12, ["clients were told 1 times that messages are missed, allowed: 0"]],
  },
  {
    name: "the exit code is wrong",
    seen: { faults: [{ ...FAULT, exit: { atMs: 1_300, code: 3 } }] },
    wanted: ["fail", 10, ["fault 1: the process ended with exit code 3; allowed: 0"]],
  },
  {
    name: "the process had to be killed",
    seen: { faults: [{ ...FAULT, isKilled: true }] },
    wanted: ["fail", 10, ["fault 1: the process was still running 30s after the signal"]],
  },
  {
    name: "a client was told that it misses something",
    seen: withCounts({ gaps: 1 }),
    wanted: ["fail", 12, ["clients were told 1 times that messages are missed, allowed: 0"]],
  },
  {
    name: "a client came back late",
    seen: {
      connections: [
        restarted(0)[0]!,
        { ...restarted(0)[1]!, welcomedAtMs: 7_000 },
        ...restarted(1),
      ],
    },
    wanted: ["fail", 12, [
      "fault 1: a client was back 5.5s after its announced time, allowed: 5s",
    ]],
  },
  {
    name: "too many came back in one second",
    args: ["--instances", "2"],
    seen: {
      faults: [
        {
          ...FAULT,
          receipt: {
            ...receipt,
            rate: { windowMs: 2, plannedPerSecond: 1_000, actualPerSecond: 1 },
          },
        },
        { ...FAULT, instance: 1, signalAtMs: 1_000, exit: { atMs: 1_050, code: 0 } },
      ],
      connections: [
        ...restarted(0),
        restarted(1)[0]!,
        ...Array.from(
          { length: 1_600 },
          () => ({ ...refused(1), instance: 1, askedAtMs: 1_700, refusal: "x" }),
        ),
        restarted(1)[1]!,
      ],
    },
    wanted: ["unknown", 11, [
      "fault 2: no normal client was connected at the signal",
      "fault 1: 1602 reconnects in a second, allowed: 1518",
    ]],
  },
  {
    name: "the log was not read to its end",
    seen: { unread: "time was up" },
    wanted: ["unknown", 11, ["the log was not read to its end: time was up"]],
  },
  {
    name: "nothing was acknowledged",
    seen: withCounts({ acknowledged: 0 }),
    wanted: ["unknown", 11, ["no message was acknowledged"]],
  },
  {
    name: "nothing was sent around the signal",
    seen: { faults: [{ ...FAULT, sentAround: 0 }] },
    wanted: ["unknown", 11, ["fault 1: no message was sent within a second of the signal"]],
  },
  {
    name: "the process did not end",
    seen: { faults: [], connections: [connection(0), connection(1)] },
    wanted: ["unknown", 11, ["0 of 1 faults were seen to their end"]],
  },
  {
    name: "nobody could connect",
    seen: {
      connections: [refused(0), refused(1)],
      faults: [],
    },
    wanted: ["unknown", 11, ["no normal client could connect: HTTP 503 (2)"]],
  },
  {
    name: "one could not connect",
    seen: { connections: [...restarted(0)] },
    wanted: ["fail", 10, ["1 of 2 normal clients could not connect: not tried (1)"]],
  },
  {
    name: "a server ended by itself",
    seen: { exits: [{ instance: 0, atMs: 900, code: 7 }] },
    wanted: ["fail", 10, ["server 1 ended by itself, with exit code 7"]],
  },
  {
    name: "a client came back to a server that leaves",
    seen: {
      connections: [
        ...restarted(0),
        restarted(1)[0]!,
        connection(1, { askedAtMs: 1_150, openedAtMs: 1_160, end: RESTARTED, endedAtMs: 1_200 }),
        restarted(1)[1]!,
      ],
    },
    wanted: ["fail", 10, ["fault 1: 1 newcomers were let in after it had begun to leave"]],
  },
  {
    name: "nothing was done to the servers, as it should be",
    args: ["steady"],
    seen: { faults: [], connections: [connection(0), connection(1)] },
    wanted: ["pass", 0, []],
  },
  {
    name: "a server stood still and went on",
    args: ["freeze"],
    seen: { faults: [FROZEN], connections: [connection(0), connection(1)] },
    wanted: ["pass", 0, []],
  },
  {
    name: "a server that stood still lost a client",
    args: ["freeze"],
    seen: {
      faults: [FROZEN],
      connections: [connection(0), ended(1, CUT), restarted(1)[1]!],
    },
    wanted: ["fail", 10, [
      "connections ended without a fault of their server: 1006 (1)",
      "fault 1: 1 of 2 clients were cut: no Close frame came (1006)",
    ]],
  },
  {
    name: "a server was not seen to stand still",
    args: ["freeze"],
    seen: {
      faults: [STUBBORN],
      connections: [connection(0), connection(1)],
    },
    wanted: ["unknown", 11, ["0 of 1 faults were seen to their end"]],
  },
  {
    name: "no server started",
    seen: { failure: "it did not start", connections: [], faults: [] },
    wanted: ["not started", 13, ["it did not start"]],
  },
  {
    name: "it was interrupted, whatever else happened",
    seen: { ...withCounts({ lost: 9 }), interrupted: true },
    wanted: ["interrupted", 130, []],
  },
];

testJudge("judge()", CASES, run);

Deno.test("judge() says fail when a threshold is not met, and nothing else is wrong", () => {
  const seen = run();
  const rows = [
    { text: "lost count == 0", value: "0", isMet: true },
    { text: "exit_time max < 100ms", value: "350ms", isMet: false },
  ];
  const { verdict, exitCode, exceeded } = judge(seen, figuresOf(seen), rows);
  assertEquals([verdict, exitCode], ["fail", 12]);
  assertEquals(exceeded, ["threshold not met: exit_time max < 100ms; got 350ms"]);
});

Deno.test("figuresOf() marks a run whose generator was late", () => {
  const late = { lagP99Ms: 21, lagMaxMs: 50, peakRssBytes: 1, peakConnections: 2 };
  assertEquals(figuresOf(run([], { generator: late })).generatorBound, true);
  assertEquals(figuresOf(run([], { generator: { ...late, lagP99Ms: 20 } })).generatorBound, false);
});

Deno.test("figuresOf() counts each fault from its signal", () => {
  const [fault] = resultsOf(run()).figures.faults;
  assertEquals(fault, {
    ...{
      connected: 2,
      resumed: 2,
      missing: 0,
      peakReconnects: 2,
      reconnects: 2,
      admitted: 0,
      byCode: { "1012": 2 },
    },
    ...{ firstCloseMs: 50, lastCloseMs: 150, exitMs: 350, readyMs: 450, backMs: 750 },
    ...{ latestAttemptMs: 0, latestBackMs: 2, peakCloses: 2 },
  });
});

Deno.test("the report of a run has its counts, its faults and its latencies", () => {
  const text = seriesReportText([resultsOf(run())]);
  assert(text.startsWith("PASS  6 messages acknowledged, 0 lost, 0 undelivered, 0 duplicate"));
  for (const part of ["lost          0", "Fault 1: SIGTERM to server 1", "1012 (2)", "1ms  2ms"]) {
    assertStringIncludes(text, part);
  }
});

Deno.test("a series is judged by its worst run, and adds up", () => {
  const late = withCounts({ gaps: 1 });
  const lost = { ...withCounts({ lost: 2 }), stories: ["lost: message 4"] };
  const all = [run([], late), run(), run([], lost)].map(resultsOf);
  assertEquals(worstOf(all), all[2]!);
  const text = seriesReportText(all);
  assertStringIncludes(
    text,
    "FAIL  1 of 3 runs passed, 3 faults: 18 messages acknowledged, 2 lost",
  );
  const json = seriesReportJson(all);
  assertEquals([json.version, json.verdict, json.exitCode], [2, "fail", 10]);
  assertEquals(json.failures, ["run 3: acknowledged messages lost: 2"]);
  assertEquals([json.messages.lost, json.messages.gaps, "runs" in json], [2, 1, true]);
});
