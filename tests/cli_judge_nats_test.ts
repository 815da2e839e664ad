import { assertEquals, assertStringIncludes } from "@std/assert";
import { Analysis } from "../cli/loadtest/check/analysis.ts";
import { JOURNAL_VERSION, type JournalEvent } from "../cli/loadtest/journal/events.ts";
import { modelOf } from "../cli/loadtest/report/model_of.ts";
import { seriesReportText } from "../cli/loadtest/report/series.ts";
import type { ConnectionRecord, FaultRecord, Run } from "../cli/loadtest/run.ts";
import { noPaint } from "../cli/loadtest/paint.ts";
import { type Case, testJudge } from "./cli_judge_cases.ts";
import { connection, CUT, ended, resultsOf, run } from "./cli_run_fixture.ts";

const MEMBERS: NonNullable<Run["members"]> = ["n1", "n2", "n3"].map((name) => ({
  ...{ name, url: `nats://127.0.0.1:1/${name}`, exits: [], output: [`${name} is here`] },
}));

const KILLED: FaultRecord = {
  ...{ signal: "SIGKILL", signalAtMs: 950, signalsAtMs: [950], sentAround: 20, inFlight: 1 },
  ...{ isKilled: false, backAtMs: 1_900 },
  members: [{ name: "n2", exit: { atMs: 960, code: 137, signal: "SIGKILL" }, readyAtMs: 1_700 }],
};
const APART: FaultRecord = {
  ...KILLED,
  ...{ signal: "partition", backAtMs: 7_200 },
  members: [{ name: "n1", apartAtMs: 1_000, readyAtMs: 7_050 }],
};
const { backAtMs: _, ...UNFINISHED } = KILLED;

/** Two clients that stay through the kill of a NATS server. */
function natsRun(args: string[] = [], seen: Partial<Run> = {}): Run {
  const log = ["nats-restart", "--log", "nats:", "--restarts", "1", "--instances", "2"];
  return run([...log, ...args], {
    ...{ connections: [connection(0), connection(1, { instance: 1 })], faults: [KILLED] },
    ...{ members: MEMBERS, reconnectsAtMs: [], ...seen },
  });
}

/** A client whose connection ended at 1 000 ms, and who came back. */
function lostOne(end: ConnectionRecord["end"]): Partial<Run> {
  const back = { askedAtMs: 1_100, openedAtMs: 1_101, welcomedAtMs: 1_102, isRecovered: true };
  return {
    connections: [ended(0, end), connection(0, back), connection(1, { instance: 1 })],
  };
}

const TRY_LATER = { how: "closed", code: 1013, reason: "" } as const;

const CASES: Case[] = [
  { name: "a NATS server was killed, and nobody noticed", wanted: ["pass", 0, []] },
  {
    name: "a client was cut while NATS failed",
    seen: lostOne(CUT),
    wanted: ["fail", 10, ["connections ended without a fault of their server: 1006 (1)"]],
  },
  {
    name: "a client was sent away while NATS failed, though by a code that is allowed",
    seen: lostOne({ how: "closed", code: 1012, reason: "" }),
    wanted: ["fail", 10, ["connections ended without a fault of their server: 1012 (1)"]],
  },
  {
    name: "somebody who had been welcomed got 1013",
    seen: lostOne(TRY_LATER),
    wanted: ["fail", 10, ["connections ended without a fault of their server: 1013 (1)"]],
  },
  {
    name: "somebody who had only said hello got 1013, and came back",
    seen: {
      connections: [
        { ...ended(0, TRY_LATER), openedAtMs: 940, welcomedAtMs: undefined! },
        connection(0, { askedAtMs: 1_100, openedAtMs: 1_101, welcomedAtMs: 1_902 }),
        connection(1, { instance: 1 }),
      ].map(({ welcomedAtMs, ...one }) =>
        welcomedAtMs === undefined ? one : { ...one, welcomedAtMs }
      ),
    },
    wanted: ["pass", 0, []],
  },
  {
    name: "messages did not flow again",
    seen: { faults: [UNFINISHED] },
    wanted: ["fail", 10, [
      "fault 1: NATS was whole again, and messages did not flow as before",
      "0 of 1 faults were seen to their end",
    ]],
  },
  {
    name: "NATS could not be started again",
    seen: {
      faults: [{
        ...UNFINISHED,
        members: [{ name: "n2", exit: { atMs: 960, code: 137 } }],
      }],
    },
    wanted: ["unknown", 11, ["0 of 1 faults were seen to their end"]],
  },
  {
    name: "a NATS server ended by itself",
    seen: {
      members: MEMBERS.map((one) =>
        one.name === "n3" ? { ...one, exits: [{ atMs: 3_000, code: 2 }] } : one
      ),
    },
    wanted: ["unknown", 11, ["NATS server n3 ended by itself, with exit code 2"]],
  },
  {
    name: "a lame duck outlived its time",
    args: ["--grace", "5s"],
    seen: { faults: [{ ...KILLED, signal: "SIGUSR2", isKilled: true }] },
    wanted: ["unknown", 11, ["0 of 1 faults were seen to their end"]],
  },
  {
    name: "a server ended because NATS did",
    seen: { exits: [{ instance: 1, atMs: 990, code: 4 }] },
    wanted: ["fail", 10, ["server 2 ended by itself, with exit code 4"]],
  },
  { name: "a NATS server was cut off", seen: { faults: [APART] }, wanted: ["pass", 0, []] },
  {
    name: "a NATS server was not seen to be cut off",
    seen: { faults: [{ ...UNFINISHED, signal: "partition", members: [{ name: "n1" }] }] },
    wanted: ["unknown", 11, ["0 of 1 faults were seen to their end"]],
  },
  {
    name: "nothing was sent while NATS failed",
    seen: { faults: [{ ...KILLED, sentAround: 0 }] },
    wanted: ["unknown", 11, ["fault 1: no message was sent within a second of the signal"]],
  },
];

testJudge("judge() of faults of NATS", CASES, natsRun);

Deno.test("the report of a fault of NATS names who was hit, and counts all clients", () => {
  const fault = {
    ...KILLED,
    unready: [{ instance: 0, atMs: 1_450, readyAtMs: 1_750 }, { instance: 1, atMs: 1_350 }],
  };
  const results = resultsOf(natsRun([], { faults: [fault] }));
  const text = seriesReportText([results], { paint: noPaint });
  for (
    const line of [
      "2 clients through 1 kill of NATS servers",
      "Fault 1: SIGKILL to NATS server n2",
      "clients                2 of 2",
      "process exit           10ms",
      "NATS whole again       750ms",
      "not ready              2 of 2 servers, after 400ms; not all again",
      "messages flow again    950ms",
      "closes by code         none",
    ]
  ) assertStringIncludes(text.replace(/ +/g, " "), line.replace(/ +/g, " "));
  const [span] = modelOf(results).faults;
  assertEquals(span, { label: "SIGKILL to NATS server n2", fromMs: 950, toMs: 1_900 });
});

Deno.test("the report of a partition says for how long, and that of a loss names all", () => {
  const apart = resultsOf(natsRun([], { faults: [APART] }));
  const text = seriesReportText([apart], { paint: noPaint });
  assertStringIncludes(text, "Fault 1: partition of NATS server n1");
  assertEquals(apart.figures.faults[0]!.apartMs, 6_050);
  const members = MEMBERS.map(({ name }, i) => ({
    ...{ name, exit: { atMs: 960 + i, code: 137 }, readyAtMs: 11_700 + i },
  }));
  const lost = resultsOf(natsRun([], { faults: [{ ...KILLED, members, backAtMs: 12_000 }] }));
  assertStringIncludes(modelOf(lost).faults[0]!.label, "SIGKILL to all NATS servers");
  assertEquals([lost.figures.faults[0]!.exitMs, lost.figures.faults[0]!.readyMs], [12, 10_752]);
});

Deno.test("a report that failed has the last output of the NATS servers", () => {
  const failed = natsRun([], { ...lostOne(CUT) });
  const titles = modelOf(resultsOf(failed)).outputs.map(({ title }) => title);
  assertEquals(titles.slice(1), ["n1", "n2", "n3"].map((m) => `Last output of NATS server ${m}`));
});

/** The run that a journal tells of. */
function runOf(events: readonly Record<string, unknown>[]): Run {
  const { plan, startedAt } = natsRun();
  const version = JOURNAL_VERSION;
  const analysis = new Analysis({ e: "run", journal: "lastcall", version, startedAt, plan });
  for (const event of events) analysis.take(event as unknown as JournalEvent);
  return analysis.finish();
}

const END = { e: "end", t: 9_000, interrupted: false, lagP99Ms: 1, lagMaxMs: 2 };

Deno.test("the checker reads from a journal what became of NATS servers", () => {
  const { faults, members, exits } = runOf([
    { e: "member", t: 1, m: "n1", url: "nats://h:1", pid: 7 },
    { e: "member", t: 1, m: "n2", url: "nats://h:2", pid: 8 },
    { e: "server", t: 2, s: 0, url: "ws://h/ws", pid: 9 },
    { e: "signal", t: 100, f: 0, m: "n1", signal: "SIGKILL" },
    { e: "signal", t: 100.1, f: 0, m: "n2", signal: "SIGKILL" },
    { e: "exit", t: 101, m: "n2", code: 137, signal: "SIGKILL" },
    { e: "exit", t: 102, m: "n1", code: 137, signal: "SIGKILL" },
    { e: "ready", t: 150, s: 0, ready: false },
    { e: "member", t: 200, m: "n1", url: "nats://h:1", pid: 17 },
    { e: "member", t: 201, m: "n2", url: "nats://h:2", pid: 18 },
    { e: "ready", t: 210, s: 0, ready: true },
    { e: "back", t: 300, f: 0 },
    { e: "signal", t: 400, f: 1, m: "n1", signal: "partition" },
    { e: "apart", t: 410, f: 1, m: "n1" },
    { e: "joined", t: 510, f: 1, m: "n1" },
    { e: "back", t: 600, f: 1 },
    { e: "exit", t: 700, m: "n2", code: 1 },
    { e: "output", m: "n2", lines: ["bye"] },
    END,
  ]);
  const exit = (atMs: number) => ({ atMs, code: 137, signal: "SIGKILL" });
  const common = { sentAround: 0, inFlight: 0, isKilled: false };
  assertEquals(faults, [
    {
      ...{ ...common, signal: "SIGKILL", signalAtMs: 100, signalsAtMs: [100, 100.1] },
      members: [
        { name: "n1", exit: exit(102), readyAtMs: 200 },
        { name: "n2", exit: exit(101), readyAtMs: 201 },
      ],
      unready: [{ instance: 0, atMs: 150, readyAtMs: 210 }],
      backAtMs: 300,
    },
    {
      ...{ ...common, signal: "partition", signalAtMs: 400, signalsAtMs: [400] },
      members: [{ name: "n1", apartAtMs: 410, readyAtMs: 510 }],
      backAtMs: 600,
    },
  ]);
  assertEquals(members, [
    { name: "n1", url: "nats://h:1", pid: 17, output: [], exits: [] },
    { name: "n2", url: "nats://h:2", pid: 18, output: ["bye"], exits: [{ atMs: 700, code: 1 }] },
  ]);
  assertEquals(exits, []);
});

Deno.test("the checker holds against a server that it ended while NATS failed", () => {
  const { exits, faults } = runOf([
    { e: "server", t: 2, s: 0, url: "ws://h/ws" },
    { e: "signal", t: 100, f: 0, m: "n1", signal: "SIGKILL" },
    { e: "exit", t: 120, s: 0, code: 4 },
    END,
  ]);
  assertEquals(exits, [{ instance: 0, atMs: 120, code: 4 }]);
  assertEquals(faults[0]!.members, [{ name: "n1" }]);
});
