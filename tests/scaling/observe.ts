/**
 * Plays one load against nodes on a NATS cluster, and sees what they use.
 */

import type { Supervision } from "../../cli/bench/children.ts";
import { ownProgram } from "../../cli/bench/contenders.ts";
import { GeneratorProcess } from "../../cli/bench/generator_process.ts";
import { cpuMs, rssKib, sumOf } from "../../cli/bench/process_usage.ts";
import { type Server, startServer } from "../../cli/bench/server.ts";
import { openStore } from "../../cli/bench/stores.ts";
import { type Scenario, seats, speakerCount } from "./scenarios.ts";

/** What was used, and seen. */
export interface Observation {
  /** CPU of each node, in µs per second. */
  nodesUs: number[];
  /** CPU of all NATS servers together, in µs per second. */
  natsUs: number;
  deliveriesPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** How late the generator's own timer was, 99 % of the time at most. */
  lagP99Ms: number;
}

/** How long, and of what size. */
export interface ObserveOptions extends Supervision {
  warmupMs: number;
  windowMs: number;
  sizeBytes: number;
}

/** Plays a load to its end. */
export async function observe(
  scenario: Scenario,
  { warmupMs, windowMs, sizeBytes, ...supervision }: ObserveOptions,
): Promise<Observation> {
  const name = scenario.replicas === 3 ? "nats R3" : "nats R1";
  await using store = await openStore(name, supervision.children);
  await using stack = new AsyncDisposableStack();
  const nodes: Server[] = [];
  for (const clients of scenario.clients) {
    const program = ownProgram({ ...store, clients, sizeBytes });
    nodes.push(stack.use(await startServer(program, supervision)));
  }
  const load = {
    urls: seats(scenario, nodes.map(({ url }) => url)),
    wire: "v1" as const,
    clients: scenario.clients.reduce((sum, count) => sum + count, 0),
    speakers: speakerCount(scenario),
    ratePerSecond: scenario.ratePerSecond,
    ...{ sizeBytes, warmupMs, windowMs, precise: false },
  };
  await using generator = new GeneratorProcess(load, supervision);
  await generator.begun();
  const usedMs = async () => ({
    nodes: await Promise.all(nodes.map(({ pid }) => cpuMs(pid))),
    nats: await sumOf(store.natsPids, cpuMs),
    atMs: performance.now(),
  });
  const before = await usedMs();
  const seen = await generator.ended();
  const after = await usedMs();
  const perSecond = (ms: number) => ms * 1e6 / (after.atMs - before.atMs);
  return {
    nodesUs: after.nodes.map((ms, i) => perSecond(ms - before.nodes[i]!)),
    natsUs: perSecond(after.nats - before.nats),
    deliveriesPerSecond: seen.delivered * 1_000 / seen.windowMs,
    p50Ms: seen.latency.p50Ms,
    p99Ms: seen.latency.p99Ms,
    lagP99Ms: seen.lagP99Ms,
  };
}

/** What connections cost that say nothing. */
export interface IdleObservation {
  nodeBytes: number;
  clientBytes: number;
  /** CPU of a ping and its answer, in µs. */
  pingUs: number;
}

const SETTLE_MS = 1_000;
/** A client is pinged after half of it. */
const IDLE_TIMEOUT_MS = 4_000;

/** Connects many clients to one node, and lets them be pinged. */
export async function observeIdle(
  clients: number,
  { windowMs, sizeBytes, ...supervision }: Omit<ObserveOptions, "warmupMs">,
): Promise<IdleObservation> {
  await using store = await openStore("nats R1", supervision.children);
  const flags = [...store.flags, "--idle-timeout", `${IDLE_TIMEOUT_MS}ms`];
  const program = ownProgram({ ...store, flags, clients, sizeBytes });
  await using node = await startServer(program, supervision);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const emptyKib = await rssKib(node.pid);
  const load = {
    ...{ urls: [node.url], wire: "v1" as const, clients, ratePerSecond: 0 },
    ...{ sizeBytes, warmupMs: IDLE_TIMEOUT_MS, windowMs, precise: false },
  };
  await using generator = new GeneratorProcess(load, supervision);
  await generator.begun();
  const before = { ms: await cpuMs(node.pid), atMs: performance.now() };
  await generator.ended();
  const usedMs = await cpuMs(node.pid) - before.ms;
  const pings = clients * (performance.now() - before.atMs) / (IDLE_TIMEOUT_MS / 2);
  return {
    nodeBytes: emptyKib * 1_024,
    clientBytes: (await rssKib(node.pid) - emptyKib) * 1_024 / clients,
    pingUs: usedMs * 1_000 / pings,
  };
}
