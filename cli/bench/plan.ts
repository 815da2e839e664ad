/**
 * What a run will measure, worked out from the settings before anything is started.
 *
 * @module
 */

import type { ContenderName } from "./contenders.ts";
import type { LoadPlan } from "./load_plan.ts";
import type { Part, Settings } from "./settings.ts";

/** A run, decided. Plain data. */
export interface Plan {
  parts: Part[];
  servers: ContenderName[];
  rounds: number;
  /** Of each message, in bytes. */
  sizeBytes: number;
  loads: Record<LoadPart, Load>;
  /** How long to append to each log. */
  logMs: number;
}

/** The parts that load servers. */
export type LoadPart = Exclude<Part, "log">;

/** A load, whichever server gets it. */
export type Load = Pick<
  LoadPlan,
  "clients" | "ratePerSecond" | "warmupMs" | "windowMs" | "precise"
>;

/** One server under one load, once. */
export interface Job {
  part: LoadPart;
  server: ContenderName;
  /** From 0 up. */
  round: number;
}

const SIZE_BYTES = 128;
const IDLE = { clients: 10, ratePerSecond: 20 } as const;
const FULL = { clients: 500, rate: 400, connections: 10_000, seconds: 10, rounds: 3 } as const;
const QUICK = { clients: 20, rate: 40, connections: 50, seconds: 0.5, rounds: 1 } as const;

/** Decides a run. */
export function makePlan({ quick, only, servers, ...asked }: Settings): Plan {
  const standard = quick ? QUICK : FULL;
  const clients = asked.clients ?? standard.clients;
  const ratePerSecond = asked.ratePerSecond ?? standard.rate;
  const windowMs = (asked.seconds ?? standard.seconds) * 1_000;
  const time = { warmupMs: quick ? 200 : 3_000, windowMs };
  return {
    parts: only,
    servers,
    rounds: asked.rounds ?? standard.rounds,
    sizeBytes: SIZE_BYTES,
    loads: {
      cpu: { clients, ratePerSecond, ...time, precise: false },
      idle: { ...IDLE, ...time, precise: true },
      busy: { clients, ratePerSecond: ratePerSecond / 4, ...time, precise: true },
      memory: {
        clients: asked.connections ?? standard.connections,
        ratePerSecond: 0,
        warmupMs: 0,
        windowMs: quick ? 200 : 5_000,
        precise: false,
      },
    },
    logMs: quick ? 50 : 1_000,
  };
}

/**
 * Every job, in order. Within a round all servers follow each other, and every other round goes the
 * other way, so that a machine that grows warmer or busier does not favour one.
 */
export function jobsOf({ parts, servers, rounds }: Plan): Job[] {
  return parts.filter((part) => part !== "log").flatMap((part) =>
    Array.from({ length: rounds }, (_, round) => {
      const order = round % 2 === 0 ? servers : servers.toReversed();
      return order.map((server) => ({ part, server, round }));
    }).flat()
  );
}

/** How many messages a load delivers per second when nothing is in the way. */
export function deliveriesPerSecond({ clients, ratePerSecond }: Load): number {
  return clients * ratePerSecond;
}
