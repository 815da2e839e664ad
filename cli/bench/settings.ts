/**
 * The options of `deno task bench`.
 *
 * @module
 */

import { decimal, integer, type Kind, onOff, type OptionTable, text } from "@lastcall/lastcall";
import { type ContenderName, CONTENDERS } from "./contenders.ts";

/** What can be measured. */
export const PARTS = ["cpu", "idle", "busy", "memory", "log", "backends"] as const;

/** One thing to measure. */
export type Part = typeof PARTS[number];

/** Everything that can be said on the command line. What is not said depends on `quick`. */
export interface Settings {
  clients?: number;
  ratePerSecond?: number;
  connections?: number;
  seconds?: number;
  rounds?: number;
  only: Part[];
  servers: ContenderName[];
  quick: boolean;
  json?: string;
  markdown?: string;
}

/** A list of some of these words. */
function some<T extends string>(placeholder: string, words: readonly T[]): Kind<T[]> {
  return {
    placeholder,
    allowed: `one or more of ${words.join(", ")}, separated by commas`,
    parse(value) {
      const asked = value.split(",").map((word) => word.trim());
      const known = words.filter((word) => asked.includes(word));
      return known.length > 0 && known.length === asked.length ? known : undefined;
    },
  };
}

/** The options by the setting that each fills. */
export const SETTINGS: OptionTable<Settings> = {
  clients: {
    flag: "clients",
    short: "c",
    kind: integer({ min: 1, max: 10_000 }),
    help: "Connections for CPU and busy latency. Default 500.",
    group: "Load",
  },
  ratePerSecond: {
    flag: "rate",
    kind: integer({ min: 4, max: 10_000 }),
    help: "Messages per second by all together for CPU; a quarter for busy latency. Default 400.",
    group: "Load",
  },
  connections: {
    flag: "connections",
    kind: integer({ min: 1, max: 100_000 }),
    help:
      "Idle connections for memory; each needs a descriptor here and at the server. Default 10000.",
    group: "Load",
  },
  seconds: {
    flag: "seconds",
    short: "s",
    kind: decimal({ min: 0.1, max: 600 }),
    help: "What is measured of each load, after a warm-up of 3 s. Default 10.",
    group: "Time",
  },
  rounds: {
    flag: "rounds",
    kind: integer({ min: 1, max: 100 }),
    help: "How often each server is measured; reported is the median. Default 3.",
    group: "Time",
  },
  quick: {
    flag: "quick",
    kind: onOff,
    default: "false",
    help: "Small loads and half a second each: shows that it works, and measures nothing.",
    group: "Time",
  },
  only: {
    flag: "only",
    kind: some("PART,...", PARTS),
    default: PARTS.join(),
    help:
      "What to measure: CPU, latency when idle and when busy, memory, commits of the log, and our server on each log.",
    group: "Choice",
  },
  servers: {
    flag: "servers",
    kind: some("NAME,...", CONTENDERS),
    default: CONTENDERS.join(),
    help: "Which servers to measure.",
    group: "Choice",
  },
  json: {
    flag: "json",
    kind: text("FILE", "a file name"),
    help: "Also write everything as JSON.",
    group: "Output",
  },
  markdown: {
    flag: "markdown",
    kind: text("FILE", "a file name"),
    help: "Also write a page of documentation.",
    group: "Output",
  },
};
