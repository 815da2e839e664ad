/**
 * What is tested.
 *
 * @module
 */

import { choice, integer, onOff, type OptionTable, text } from "@lastcall/lastcall";
import { type LogChoice, logChoice } from "../log_choice.ts";
import type { Protocol } from "../payload.ts";
import { choiceOf, ports, url } from "./kinds.ts";

/** What is tested. */
export interface TargetSettings {
  spawn?: string;
  target?: string;
  via?: string;
  ports?: number[];
  protocol: Protocol;
  instances?: number;
  log?: LogChoice;
  natsServers?: number;
  natsReplicas?: number;
  origin: string;
  allowRemote: boolean;
}

/** The options for it. */
export const TARGET_SETTINGS: OptionTable<TargetSettings> = {
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
  via: {
    flag: "via",
    env: "LOADTEST_VIA",
    kind: url,
    help: "A proxy in front of the servers started here: where clients connect, and come back.",
    group: "Target",
  },
  ports: {
    flag: "ports",
    env: "LOADTEST_PORTS",
    kind: ports,
    help: "Where the servers started here listen, one port for each. Default: free ones.",
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
  log: {
    flag: "log",
    env: "LOADTEST_LOG",
    kind: logChoice,
    help:
      "Where the servers started here keep messages, see Logs. Default: sqlite:, in a new file.",
    group: "Target",
  },
  natsServers: {
    flag: "nats-servers",
    env: "LOADTEST_NATS_SERVERS",
    kind: choiceOf(1, 3),
    help: "NATS servers to start for --log nats:, 1 or 3. Default: 3.",
    group: "Target",
  },
  natsReplicas: {
    flag: "nats-replicas",
    env: "LOADTEST_NATS_REPLICAS",
    kind: choiceOf(1, 3),
    help:
      "NATS servers that each message is kept on, 1 or 3. Default: all that are started, else 1.",
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
    help: "Allow a --target, --via or --log that is not on this machine. Load only what is yours.",
    group: "Target",
  },
};
