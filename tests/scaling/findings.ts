/**
 * From what was observed to coefficients, and from those to predictions beside the observations. Pure.
 */

import { median } from "../../cli/bench/samples.ts";
import { fit } from "./fit.ts";
import { type NatsCosts, natsCpuUs, type NodeCosts, nodeCpuUs, type NodeWork } from "./model.ts";
import type { IdleObservation, Observation } from "./observe.ts";
import { natsWork, nodeWorks, type Scenario } from "./scenarios.ts";

/** A load, and the median of what was seen of it. */
export interface Observed {
  scenario: Scenario;
  seen: Observation;
}

/** The coefficients of CPU. */
export interface Costs {
  node: NodeCosts;
  nats: NatsCosts;
}

/** A prediction beside what was measured, in cores. */
export interface Comparison {
  scenario: Scenario;
  /** All nodes together. */
  nodes: { predicted: number; measured: number };
  /** All NATS servers together. */
  nats: { predicted: number; measured: number };
  p99Ms: number;
  /** Less arrived than was due, or the load came too late. */
  isStrained: boolean;
}

const KEEPS_UP_SHARE = 0.95;
const LATE_MS = 20;

/** How often a client is pinged by default: at half of `--idle-timeout`. */
const PING_SECONDS = 30;
/** The kernel counts CPU in steps of 10 ms: in a window of some seconds, two of them. */
const FLOOR_US = 5_000;

/** The value in the middle of each figure. */
export function medianOf(observations: readonly Observation[]): Observation {
  const middle = (of: (seen: Observation) => number) => median(observations.map(of))!;
  return {
    nodesUs: observations[0]!.nodesUs.map((_, i) => middle(({ nodesUs }) => nodesUs[i]!)),
    natsUs: middle(({ natsUs }) => natsUs),
    deliveriesPerSecond: middle((seen) => seen.deliveriesPerSecond),
    p50Ms: middle(({ p50Ms }) => p50Ms),
    p99Ms: middle(({ p99Ms }) => p99Ms),
    lagP99Ms: middle(({ lagP99Ms }) => lagP99Ms),
  };
}

/** The coefficients that come nearest to what was observed. */
export function costsOf(all: readonly Observed[], { pingUs }: IdleObservation): Costs {
  // What did not arrive cost nothing.
  const observed = all.filter(hasArrived);
  const client = pingUs / PING_SECONDS;
  const nodes = observed.flatMap(({ scenario, seen }) =>
    nodeWorks(scenario).map((work, i) => ({
      work: namedNodeWork(work),
      cost: Math.max(1, seen.nodesUs[i]! - work.clients * client),
    }))
  );
  const names = [
    ...["base", "publish", "batch", "heard", "turn", "followed", "frame", "delivery"] as const,
  ];
  const nats = observed.map(({ scenario, seen }) => {
    const { replicas, nodes, publishes, batches } = natsWork(scenario);
    return {
      work: {
        server: replicas,
        [`publish${replicas}`]: publishes,
        [`batch${replicas}`]: batches,
        heard: publishes * nodes,
      },
      cost: Math.max(1, seen.natsUs),
    };
  });
  return {
    node: { ...fit(names, nodes, FLOOR_US), client },
    nats: fit(["server", "publish1", "publish3", "batch1", "batch3", "heard"], nats, FLOOR_US),
  };
}

function namedNodeWork(work: NodeWork) {
  const { publishes, batches, heard, turns, followed, frames, deliveries } = work;
  return {
    ...{ base: 1, publish: publishes, batch: batches, heard, turn: turns, followed },
    ...{ frame: frames, delivery: deliveries },
  };
}

/** What the coefficients say of a load, beside what was seen. */
export function compare(observed: Observed, { node, nats }: Costs): Comparison {
  const { scenario, seen } = observed;
  const works = nodeWorks(scenario);
  return {
    scenario,
    nodes: {
      predicted: sum(works.map((work) => nodeCpuUs(work, node))) / 1e6,
      measured: sum(seen.nodesUs) / 1e6,
    },
    nats: {
      predicted: natsCpuUs(natsWork(scenario), nats) / 1e6,
      measured: seen.natsUs / 1e6,
    },
    p99Ms: seen.p99Ms,
    isStrained: !hasArrived(observed) || seen.lagP99Ms > LATE_MS,
  };
}

function hasArrived({ scenario, seen }: Observed): boolean {
  const due = sum(nodeWorks(scenario).map(({ deliveries }) => deliveries));
  return seen.deliveriesPerSecond >= due * KEEPS_UP_SHARE;
}

/** By how much a prediction was off: 0.1 is a tenth too much. */
export function errorOf({ predicted, measured }: { predicted: number; measured: number }): number {
  return measured === 0 ? 0 : predicted / measured - 1;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
