/**
 * What a run will measure, worked out from the settings before anything is started.
 *
 * @module
 */

import type { ContenderName } from "./contenders.ts";
import type { LoadPlan } from "./load_plan.ts";
import type { Part, Settings } from "./settings.ts";
import type { StoreName } from "./stores.ts";

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
  /** What our server gets on each log. */
  backends: Record<BackendLoad, Load<LoadPlan["ratePerSecond"]>>;
}

/** The parts that load all servers. */
export type LoadPart = Exclude<Part, "log" | "backends">;

/** The loads that our server gets on each log; `most` is as much as it carries. */
export const BACKEND_LOADS = ["idle", "busy", "most"] as const;

/** The name of a load. */
export type BackendLoad = typeof BACKEND_LOADS[number];

/** A load, whichever server gets it. */
export type Load<Rate = number> =
  & Pick<LoadPlan, "clients" | "warmupMs" | "windowMs" | "precise">
  & { ratePerSecond: Rate };

/** One server under one load, once. */
export interface Job {
  part: LoadPart;
  server: ContenderName;
  /** From 0 up. */
  round: number;
}

/** Our server on one log under one load, once. */
export interface BackendJob {
  load: BackendLoad;
  store: StoreName;
  /** From 0 up. */
  round: number;
}

/** The logs that our server is measured on. */
export const BACKENDS: readonly StoreName[] = ["memory:", "sqlite: normal", "nats R1", "nats R3"];

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
  const idle = { ...IDLE, ...time, precise: true };
  const busy = { clients, ratePerSecond: ratePerSecond / 4, ...time, precise: true };
  return {
    parts: only,
    servers,
    rounds: asked.rounds ?? standard.rounds,
    sizeBytes: SIZE_BYTES,
    loads: {
      cpu: { clients, ratePerSecond, ...time, precise: false },
      idle,
      busy,
      memory: {
        clients: asked.connections ?? standard.connections,
        ratePerSecond: 0,
        warmupMs: 0,
        windowMs: quick ? 200 : 5_000,
        precise: false,
      },
    },
    logMs: quick ? 50 : 1_000,
    backends: { idle, busy, most: { clients, ratePerSecond: "as heard", ...time, precise: false } },
  };
}

/**
 * Every job, in order. Within a round all servers follow each other, and every other round goes the
 * other way, so that a machine that grows warmer or busier does not favour one.
 */
export function jobsOf({ parts, servers, rounds }: Plan): Job[] {
  return parts.filter((part) => part !== "log" && part !== "backends").flatMap((part) =>
    inTurns(servers, rounds).map(({ one, round }) => ({ part, server: one, round }))
  );
}

/** The same for our server on each log. */
export function backendJobsOf({ parts, rounds }: Plan): BackendJob[] {
  if (!parts.includes("backends")) return [];
  return BACKEND_LOADS.flatMap((load) =>
    inTurns(BACKENDS, rounds).map(({ one, round }) => ({ load, store: one, round }))
  );
}

function inTurns<T>(all: readonly T[], rounds: number): { one: T; round: number }[] {
  return Array.from({ length: rounds }, (_, round) => {
    const order = round % 2 === 0 ? all : all.toReversed();
    return order.map((one) => ({ one, round }));
  }).flat();
}

/** How many messages a load delivers per second when nothing is in the way. */
export function deliveriesPerSecond({ clients, ratePerSecond }: Load): number {
  return clients * ratePerSecond;
}
