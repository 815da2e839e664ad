import { assertEquals } from "@std/assert";
import { client, cut, restarted, results } from "./cli_run_fixture.ts";
import type { Run } from "../cli/loadtest/run.ts";

const refused = { kind: "normal" as const, refusal: "HTTP 503", bytesAfterClose: 0 };
const left = { how: "left" } as const;

interface Case {
  name: string;
  args?: string[];
  seen?: Partial<Run>;
  /** Verdict, exit code, failures, missing evidence. */
  wanted: [string, number, string[], string[]];
}

const CASES: Case[] = [
  { name: "all closed by a Close frame", wanted: ["pass", 0, [], []] },
  {
    name: "a client was cut",
    seen: { clients: [client(restarted), client(cut)] },
    wanted: ["fail", 10, ["1 of 2 normal clients were cut: no Close frame came (1006)"], []],
  },
  {
    name: "a close code is not allowed",
    seen: { clients: [client(restarted), client({ how: "closed", code: 1011, reason: "" })] },
    wanted: ["fail", 10, [
      "1 of 2 normal clients got a close code that is not allowed: 1011 internal_error (1)",
    ], []],
  },
  {
    name: "another close code is allowed",
    args: ["--close-codes", "1011,1012"],
    seen: { clients: [client(restarted), client({ how: "closed", code: 1011, reason: "" })] },
    wanted: ["pass", 0, [], []],
  },
  {
    name: "a Close frame without a code",
    seen: { clients: [client({ how: "closed", code: 1005, reason: "" })] },
    wanted: ["fail", 10, [
      "1 of 2 normal clients got a close code that is not allowed: 1005 no_status (1)",
    ], []],
  },
  {
    name: "data after the Close frame",
    seen: { clients: [client(restarted, { bytesAfterClose: 4 })] },
    wanted: ["fail", 10, ["1 of 2 normal clients got data after the Close frame"], []],
  },
  {
    name: "a client left before the signal",
    seen: { clients: [client(restarted), client(cut, { endedAtMs: 6_999 })] },
    wanted: ["fail", 10, ["1 of 2 normal clients ended before the signal: 1006 cut (1)"], []],
  },
  {
    name: "a client was still connected at the end",
    seen: { clients: [client(restarted), client(left)] },
    wanted: ["fail", 10, ["1 of 2 normal clients still had a connection 10s after the exit"], []],
  },
  {
    name: "a client was turned away",
    seen: { clients: [client(restarted), refused] },
    wanted: ["fail", 10, ["1 of 2 normal clients could not connect: HTTP 503 (1)"], []],
  },
  {
    name: "deliveries were damaged",
    seen: {
      deliveries: { total: 9, peakPerSecond: 9, backToSender: 0, foreign: 5, damaged: 3 },
    },
    wanted: ["fail", 10, ["damaged deliveries, or of messages that were never sent: 3"], []],
  },
  {
    name: "the exit code is wrong",
    seen: { exit: { atMs: 8_000, code: 143, signal: "SIGTERM", killed: false } },
    wanted: ["fail", 10, ["the process ended with exit code 143 (SIGTERM); allowed: 0"], []],
  },
  {
    name: "exit code 3 with misbehaving clients",
    args: ["--mix", "normal=50%,mute=50%"],
    seen: { exit: { atMs: 8_000, code: 3, killed: false } },
    wanted: ["pass", 0, [], []],
  },
  {
    name: "the process had to be killed",
    seen: { exit: { atMs: 37_000, code: 137, signal: "SIGKILL", killed: true } },
    wanted: ["fail", 10, ["the process was still running 30s after the signal"], []],
  },
  {
    name: "the process ended before the signal",
    seen: { signalsAtMs: [], exit: { atMs: 900, code: 7, killed: false } },
    wanted: ["fail", 10, [
      "the process ended by itself, with exit code 7, before any signal",
    ], ["no fault was seen: the process did not end"]],
  },
  {
    name: "misbehaving clients are not judged",
    args: ["-c", "5", "--mix", "normal=20%,mute=20%,slow=40%,half-open=20%"],
    seen: {
      clients: [
        client(restarted),
        client(cut, { kind: "mute", bytesAfterClose: 9 }),
        client(cut, { kind: "slow" }),
        client({ how: "closed", code: 4002, reason: "" }, { kind: "slow", endedAtMs: 300 }),
        client(left, { kind: "half-open" }),
      ],
    },
    wanted: ["pass", 0, [], []],
  },
  {
    name: "misbehaving clients were not aboard",
    args: ["--mix", "normal=50%,mute=50%"],
    seen: { clients: [client(restarted), { ...refused, kind: "mute" }] },
    wanted: ["unknown", 11, [], ["1 of 1 mute clients were not aboard: HTTP 503 (1)"]],
  },
  {
    name: "nobody could connect",
    seen: { clients: [refused, refused], connectedAtSignal: 0 },
    wanted: ["unknown", 11, [], ["no normal client could connect: HTTP 503 (2)"]],
  },
  {
    name: "nobody was connected any more",
    seen: { connectedAtSignal: 0 },
    wanted: ["unknown", 11, [], ["no normal client was connected at the signal"]],
  },
  {
    name: "nothing was sent around the signal",
    seen: { sentAroundSignal: 0 },
    wanted: ["unknown", 11, [], ["no message was sent within a second of the signal"]],
  },
  {
    name: "there was no process to signal",
    args: ["--target", "ws://127.0.0.1:9/"],
    seen: { signalsAtMs: [], clients: [client(left), client(left)] },
    wanted: ["unknown", 11, [], [
      "no fault was seen: with --target alone there is no process to signal",
    ]],
  },
  {
    name: "a client was cut and there was no process to signal",
    args: ["--target", "ws://127.0.0.1:9/"],
    seen: { signalsAtMs: [], clients: [client(left), client(cut)] },
    wanted: ["fail", 10, ["1 of 2 normal clients were cut: no Close frame came (1006)"], [
      "no fault was seen: with --target alone there is no process to signal",
    ]],
  },
  {
    name: "the target did not start",
    seen: { target: { kind: "spawn", failure: "it did not start", output: [] }, clients: [] },
    wanted: ["not started", 13, [], ["it did not start"]],
  },
  {
    name: "it was interrupted, whatever else happened",
    seen: { interrupted: true, clients: [client(cut)] },
    wanted: ["interrupted", 130, [], []],
  },
];

for (const { name, args, seen, wanted } of CASES) {
  Deno.test(`judge() says ${wanted[0]} when ${name}`, () => {
    const { judgement } = results(args, seen);
    const { verdict, exitCode, failures, missing } = judgement;
    assertEquals([verdict, exitCode, failures, missing], wanted);
  });
}

Deno.test("figuresOf() counts times from the signal, of normal clients only", () => {
  const { figures } = results(["-c", "4", "--mix", "normal=75%,mute=25%"], {
    clients: [
      client(restarted, { endedAtMs: 7_250 }),
      client(restarted, { endedAtMs: 8_200 }),
      client(cut, { endedAtMs: 8_260 }),
      client(restarted, { kind: "mute", endedAtMs: 7_001 }),
    ],
    exit: { atMs: 9_000, code: 3, killed: false },
  });
  const { firstCloseMs, lastCloseMs, exitMs, peakClosesPerSecond } = figures;
  assertEquals([firstCloseMs, lastCloseMs, exitMs, peakClosesPerSecond], [250, 1_260, 2_000, 2]);
  assertEquals(figures.closes, [
    { kind: "normal", code: 1006, clients: 1 },
    { kind: "normal", code: 1012, clients: 2 },
    { kind: "mute", code: 1012, clients: 1 },
  ]);
});

Deno.test("figuresOf() marks a run whose generator was late", () => {
  const late = { lagP99Ms: 21, lagMaxMs: 50, peakRssBytes: 1 };
  assertEquals(results([], { generator: late }).figures.generatorBound, true);
  assertEquals(results([], { generator: { ...late, lagP99Ms: 20 } }).figures.generatorBound, false);
});
