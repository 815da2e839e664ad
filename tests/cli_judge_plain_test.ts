import type { FaultRecord } from "../cli/loadtest/run.ts";
import { type Case, testJudge } from "./cli_judge_cases.ts";
import { connection, CUT, ended, FAULT, plainRun, refused, RESTARTED } from "./cli_run_fixture.ts";

const { readyAtMs: _, backAtMs: __, ...GONE }: FaultRecord = FAULT;

/** A server without acknowledgement, whose clients do not come back. */
const CASES: Case[] = [
  { name: "all closed by a Close frame", wanted: ["pass", 0, []] },
  {
    name: "a client was cut",
    seen: { connections: [ended(0), ended(1, CUT)] },
    wanted: ["fail", 10, ["fault 1: 1 of 2 clients were cut: no Close frame came (1006)"]],
  },
  {
    name: "a close code is not allowed",
    seen: { connections: [ended(0), ended(1, { ...RESTARTED, code: 1011 })] },
    wanted: ["fail", 10, [
      "fault 1: 1 of 2 clients did not end by a code that is allowed: 1011 internal_error (1)",
    ]],
  },
  {
    name: "another close code is allowed",
    args: ["--close-codes", "1011,1012"],
    seen: { connections: [ended(0), ended(1, { ...RESTARTED, code: 1011 })] },
    wanted: ["pass", 0, []],
  },
  {
    name: "a Close frame had no code",
    seen: { connections: [ended(0), ended(1, { ...RESTARTED, code: 1005 })] },
    wanted: ["fail", 10, [
      "fault 1: 1 of 2 clients did not end by a code that is allowed: 1005 no_status (1)",
    ]],
  },
  {
    name: "data came after the Close frame",
    seen: { connections: [ended(0), ended(1, RESTARTED, { bytesAfterClose: 4 })] },
    wanted: ["fail", 10, ["1 connections got data after the Close frame"]],
  },
  {
    name: "a client left before the signal",
    seen: { connections: [ended(0), ended(1, CUT, { endedAtMs: 949, goneAtMs: 949 })] },
    wanted: ["fail", 10, ["connections ended without a fault of their server: 1006 (1)"]],
  },
  {
    name: "a client was still connected at the end",
    seen: { connections: [ended(0), connection(1)] },
    wanted: ["fail", 10, ["1 clients still had a connection 10s after their server was gone"]],
  },
  {
    name: "a client was turned away",
    seen: { connections: [ended(0), refused(1)] },
    wanted: ["fail", 10, ["1 of 2 normal clients could not connect: HTTP 503 (1)"]],
  },
  {
    name: "deliveries were damaged",
    seen: { tally: { phases: [], odd: { backToSender: 0, foreign: 5, damaged: 3 } } },
    wanted: ["fail", 10, ["damaged deliveries, or of messages that were never sent: 3"]],
  },
  {
    name: "the exit code is wrong",
    seen: { faults: [{ ...GONE, exit: { atMs: 1_300, code: 143, signal: "SIGTERM" } }] },
    wanted: ["fail", 10, ["fault 1: the process ended with exit code 143 (SIGTERM); allowed: 0"]],
  },
  {
    name: "misbehaving clients made it exit with 3",
    args: ["--mix", "normal=50%,mute=50%"],
    seen: {
      connections: [ended(0)],
      others: [ended(0, CUT, { kind: "mute", bytesAfterClose: 9 })],
      faults: [{ ...GONE, exit: { atMs: 1_300, code: 3 } }],
    },
    wanted: ["pass", 0, []],
  },
  {
    name: "misbehaving clients were not aboard",
    args: ["--mix", "normal=50%,mute=50%"],
    seen: { connections: [ended(0)], others: [refused(0, { kind: "mute" })] },
    wanted: ["unknown", 11, ["1 of 1 mute clients were not aboard: HTTP 503 (1)"]],
  },
  {
    name: "nobody could connect",
    seen: { connections: [refused(0), refused(1)] },
    wanted: ["unknown", 11, ["no normal client could connect: HTTP 503 (2)"]],
  },
  {
    name: "there was no process to signal",
    args: ["--target", "ws://127.0.0.1:9/"],
    seen: { faults: [], connections: [connection(0), connection(1)] },
    wanted: ["unknown", 11, [
      "no fault was seen: with --target alone there is no process to signal",
    ]],
  },
  {
    name: "a client was cut and there was no process to signal",
    args: ["--target", "ws://127.0.0.1:9/"],
    seen: { faults: [], connections: [connection(0), ended(1, CUT)] },
    wanted: ["fail", 10, [
      "connections ended without a fault of their server: 1006 (1)",
      "no fault was seen: with --target alone there is no process to signal",
    ]],
  },
];

testJudge("judge() of a plain server", CASES, plainRun);
