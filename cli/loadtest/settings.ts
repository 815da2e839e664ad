/**
 * The options of `deno task loadtest`.
 *
 * @module
 */

import {
  byteSize,
  choice,
  duration,
  integer,
  type Kind,
  onOff,
  type OptionTable,
  text,
} from "@lastcall/lastcall";
import { type Mix, mix } from "./mix.ts";
import { MIN_SIZE_BYTES, type Protocol } from "./payload.ts";

/** Everything a load test can be told. Durations are in milliseconds. */
export interface Settings {
  spawn?: string;
  target?: string;
  protocol: Protocol;
  instances?: number;
  origin: string;
  allowRemote: boolean;
  clients: number;
  mix: Mix;
  rampPerSecond: number;
  ratePerSecond: number;
  sizeBytes: number;
  seed?: number;
  warmupMs: number;
  durationMs: number;
  faultAtMs: number;
  signals: number;
  repeat: number;
  graceMs: number;
  settleMs: number;
  exitCodes?: number[];
  closeCodes: number[];
  selftest: boolean;
  json?: string;
  progress: "auto" | "tty" | "plain" | "none";
  quiet: boolean;
}

const url: Kind<string> = {
  placeholder: "URL",
  allowed: "a ws: or wss: URL, such as ws://127.0.0.1:9000/ws ({port} stands for a free port)",
  parse(value) {
    const parsed = URL.parse(value.trim().replaceAll("{port}", "1"));
    return parsed?.protocol === "ws:" || parsed?.protocol === "wss:" ? value.trim() : undefined;
  },
};

function codes(max: number): Kind<number[]> {
  return {
    placeholder: "CODE,...",
    allowed: `whole numbers from 0 to ${max}, separated by commas`,
    parse(value) {
      const numbers = value.split(",").map((part) => /^\s*\d+\s*$/.test(part) ? Number(part) : NaN);
      return numbers.every((number) => number <= max) ? numbers : undefined;
    },
  };
}

/** The options by the setting that each fills. */
export const SETTINGS: OptionTable<Settings> = {
  spawn: {
    flag: "spawn",
    env: "LOADTEST_SPAWN",
    kind: text("CMD", "a shell command"),
    help:
      "Server to start, by sh -c, with {port}, {dir}, {index}, {peers}. Default: this project's.",
    group: "Target",
  },
  target: {
    flag: "target",
    env: "LOADTEST_TARGET",
    kind: url,
    help: "Where clients connect. With --spawn default ws://127.0.0.1:{port}/; alone: no signals.",
    group: "Target",
  },
  protocol: {
    flag: "protocol",
    env: "LOADTEST_PROTOCOL",
    kind: choice("v1", "plain", "echo"),
    default: "v1",
    help: 'v1: lastcall.v1; plain: {"content": ...} goes to all others; echo: text comes back.',
    group: "Target",
  },
  instances: {
    flag: "instances",
    env: "LOADTEST_INSTANCES",
    kind: integer({ min: 1, max: 16 }),
    help: "Servers to start, with v1 on one message log. Default: 2 with v1, else 1.",
    group: "Target",
  },
  origin: {
    flag: "origin",
    env: "LOADTEST_ORIGIN",
    kind: text("ORIGIN", "an origin"),
    default: "http://localhost:8080",
    help: "Origin header of every client.",
    group: "Target",
  },
  allowRemote: {
    flag: "allow-remote",
    kind: onOff,
    default: "false",
    help: "Allow a --target that is not on this machine. Load only what is yours.",
    group: "Target",
  },
  clients: {
    flag: "clients",
    short: "c",
    env: "LOADTEST_CLIENTS",
    kind: integer({ min: 1, max: 50_000 }),
    default: "200",
    help: "Connections. Each needs a file descriptor here and one at the server (ulimit -n).",
    group: "Load",
  },
  mix: {
    flag: "mix",
    env: "LOADTEST_MIX",
    kind: mix,
    default: "normal=100%",
    help: "Kinds of client: normal, mute (never answers Close), slow (stops reading), half-open.",
    group: "Load",
  },
  rampPerSecond: {
    flag: "ramp",
    env: "LOADTEST_RAMP",
    kind: integer({ min: 1, max: 100_000 }),
    default: "500",
    help: "Connects per second.",
    group: "Load",
  },
  ratePerSecond: {
    flag: "rate",
    env: "LOADTEST_RATE",
    kind: integer({ max: 1_000_000 }),
    default: "100",
    help: "Messages per second by all clients together, sent on schedule whatever happens.",
    group: "Load",
  },
  sizeBytes: {
    flag: "size",
    env: "LOADTEST_SIZE",
    kind: byteSize({ min: MIN_SIZE_BYTES, max: 1_048_576 }),
    default: "128B",
    help: "Payload of each frame sent. Many servers refuse more than a few hundred bytes.",
    group: "Load",
  },
  seed: {
    flag: "seed",
    env: "LOADTEST_SEED",
    kind: integer({ max: 0xffff_ffff }),
    help: "Fixes the order of kinds and the mark in the messages. Default: a new one each time.",
    group: "Load",
  },
  warmupMs: {
    flag: "warmup",
    env: "LOADTEST_WARMUP",
    kind: duration({ max: 3_600_000 }),
    default: "2s",
    help: "Publishing before the clock of --fault-at and --duration starts.",
    group: "Time",
  },
  durationMs: {
    flag: "duration",
    short: "d",
    env: "LOADTEST_DURATION",
    kind: duration({ min: 100 }),
    default: "15s",
    help: "Publishing after the warm-up: with v1 at least, else until all are gone at most.",
    group: "Time",
  },
  faultAtMs: {
    flag: "fault-at",
    env: "LOADTEST_FAULT_AT",
    kind: duration(),
    default: "5s",
    help: "First signal so long after the warm-up. Must be less than --duration.",
    group: "Time",
  },
  signals: {
    flag: "signals",
    env: "LOADTEST_SIGNALS",
    kind: integer({ max: 10 }),
    default: "1",
    help: "SIGTERMs to send, one second apart; 0: none.",
    group: "Time",
  },
  repeat: {
    flag: "repeat",
    env: "LOADTEST_REPEAT",
    kind: integer({ min: 1, max: 1_000 }),
    default: "1",
    help: "Runs of v1, each with new servers, clients and log; one verdict over all.",
    group: "Time",
  },
  graceMs: {
    flag: "grace",
    env: "LOADTEST_GRACE",
    kind: duration({ min: 100, max: 3_600_000 }),
    default: "30s",
    help: "The process must be gone so long after the signal. Then: SIGKILL, and the test fails.",
    group: "Time",
  },
  settleMs: {
    flag: "settle",
    env: "LOADTEST_SETTLE",
    kind: duration({ max: 3_600_000 }),
    default: "10s",
    help: "The most time to wait for stragglers, and for what is not yet delivered.",
    group: "Time",
  },
  exitCodes: {
    flag: "exit-codes",
    env: "LOADTEST_EXIT_CODES",
    kind: codes(255),
    help: "Allowed exit codes of the server. Default: 0; also 3 when the mix is not all normal.",
    group: "Verdict",
  },
  closeCodes: {
    flag: "close-codes",
    env: "LOADTEST_CLOSE_CODES",
    kind: codes(4_999),
    default: "1001,1012",
    help: "Allowed close codes for normal clients.",
    group: "Verdict",
  },
  selftest: {
    flag: "selftest",
    kind: onOff,
    default: "false",
    help: "Play against faulty servers, all or those named, and tell which are found out.",
    group: "Verdict",
  },
  json: {
    flag: "json",
    env: "LOADTEST_JSON",
    kind: text("FILE", "a file name or -"),
    help: "Also write the report as JSON; - is stdout, and the text goes to stderr.",
    group: "Output",
  },
  progress: {
    flag: "progress",
    env: "LOADTEST_PROGRESS",
    kind: choice("auto", "tty", "plain", "none"),
    default: "auto",
    help: "On stderr: tty redraws one line, plain writes one each 5 s, auto asks the terminal.",
    group: "Output",
  },
  quiet: {
    flag: "quiet",
    env: "LOADTEST_QUIET",
    kind: onOff,
    default: "false",
    help: "No plan, no progress, and only the verdict of the report.",
    group: "Output",
  },
};
