/**
 * Who takes part, and what is said.
 *
 * @module
 */

import { byteSize, integer, onOff, type OptionTable } from "@lastcall/lastcall";
import { type Mix, mix } from "../mix.ts";
import { MIN_SIZE_BYTES } from "../payload.ts";

/** Who takes part, and what is said. */
export interface LoadSettings {
  clients: number;
  rooms: number;
  mix: Mix;
  rampPerSecond: number;
  ratePerSecond: number;
  sizeBytes: number;
  deflate: boolean;
  seed?: number;
}

/** The options for it. */
export const LOAD_SETTINGS: OptionTable<LoadSettings> = {
  clients: {
    flag: "clients",
    short: "c",
    env: "LOADTEST_CLIENTS",
    kind: integer({ min: 1, max: 50_000 }),
    default: "200",
    help: "Connections. Each needs a file descriptor here and one at the server (ulimit -n).",
    group: "Load",
  },
  rooms: {
    flag: "rooms",
    env: "LOADTEST_ROOMS",
    kind: integer({ min: 1, max: 1_000 }),
    default: "1",
    help: "Rooms that clients are spread over, with v1; each message goes to its room only.",
    group: "Load",
  },
  mix: {
    flag: "mix",
    env: "LOADTEST_MIX",
    kind: mix,
    default: "normal=100%",
    help: "Kinds of client, see above: normal, mute, slow, half-open, flood.",
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
  deflate: {
    flag: "deflate",
    kind: onOff,
    default: "true",
    help: "With v1, clients take deflated frames if the server has them. --no-deflate: text only.",
    group: "Load",
  },
  seed: {
    flag: "seed",
    env: "LOADTEST_SEED",
    kind: integer({ max: 0xffff_ffff }),
    help: "Fixes who connects where and when faults come. Default: a new one each time.",
    group: "Load",
  },
};
