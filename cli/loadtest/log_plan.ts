/**
 * Where this project's servers keep their messages: in a file, in memory, or in NATS.
 *
 * @module
 */

import { OptionError } from "@lastcall/lastcall";
import { formatLog, serversOf } from "./log_choice.ts";
import { isOfNats, type Scenario, type ScenarioName } from "./scenarios.ts";
import type { Settings } from "./settings.ts";
import { isLoopback, type TargetPlan } from "./target_plan.ts";

/** Where messages are kept, decided. Plain data. */
export type LogPlan =
  | { kind: "sqlite"; file: string }
  | { kind: "memory" }
  | { kind: "cluster"; servers: number; replicas: number }
  | { kind: "nats"; url: string; stream: string; replicas: number };

/** What decides about the log. */
export interface LogNeeds {
  name: ScenarioName;
  scenario: Scenario;
  target: TargetPlan;
  instances: number;
}

/**
 * Decides where the servers keep their messages; `undefined`: in SQLite, in the folder of the run, or
 * where that is not ours to say. Throws an `OptionError` when the settings contradict each other.
 */
export function planLog(settings: Settings, needs: LogNeeds): LogPlan | undefined {
  const { log } = settings;
  checkFaults(settings, needs);
  checkNats(settings);
  if (!log) return undefined;
  checkServers(settings, needs);
  switch (log.kind) {
    case "memory":
      return log;
    case "sqlite":
      return log.file === undefined ? undefined : { kind: "sqlite", file: log.file };
    case "nats":
      return { ...log, replicas: settings.natsReplicas ?? 1 };
    case "cluster":
      return clusterOf(settings);
  }
}

/** Only what we started can be made to fail. */
function checkFaults(
  { log, natsServers = DEFAULT_SERVERS }: Settings,
  { name, scenario: { fault, natsServers: least = 1 } }: LogNeeds,
): void {
  if (!isOfNats(fault)) return;
  if (log?.kind !== "cluster") {
    throw new OptionError(
      `Cannot start: ${name} needs --log nats:, for only NATS servers that are started here can ` +
        `be made to fail; got ${log ? formatLog(log) : "none"}`,
    );
  }
  if (natsServers >= least) return;
  throw new OptionError(
    `Cannot start: ${name} needs --nats-servers ${least}, of which one may be missing; ` +
      `got ${natsServers}`,
  );
}

function checkNats({ log, natsServers, natsReplicas, allowRemote }: Settings): void {
  const isOfCluster = log?.kind === "cluster";
  if (natsServers !== undefined && !isOfCluster) {
    throw new OptionError("Cannot start: --nats-servers needs --log nats:, which starts them");
  }
  if (natsReplicas !== undefined && !isOfCluster && log?.kind !== "nats") {
    throw new OptionError("Cannot start: --nats-replicas needs --log nats: or nats://...");
  }
  if (log?.kind !== "nats" || allowRemote) return;
  if (serversOf(log.url)!.every(({ href }) => isLoopback(href))) return;
  throw new OptionError(
    `Cannot start: --log must be on this machine without --allow-remote; got ${log.url}`,
  );
}

/** Servers of others have a log of their own, and without `v1` nobody needs one. */
function checkServers({ log, protocol }: Settings, { target, instances }: LogNeeds): void {
  if (target.kind !== "lastcall") {
    const flag = target.kind === "spawn" ? "--spawn" : "--target";
    throw new OptionError(`Cannot start: --log needs this project's servers; got ${flag}`);
  }
  if (protocol !== "v1") {
    throw new OptionError(`Cannot start: --log needs --protocol v1; got ${protocol}`);
  }
  if (log?.kind !== "memory" || instances === 1) return;
  throw new OptionError(
    `Cannot start: --log memory: needs --instances 1, for nobody else can read it; ` +
      `got ${instances}`,
  );
}

const DEFAULT_SERVERS = 3;

function clusterOf({ natsServers: servers = DEFAULT_SERVERS, natsReplicas }: Settings): LogPlan {
  const replicas = natsReplicas ?? servers;
  if (replicas <= servers) return { kind: "cluster", servers, replicas };
  throw new OptionError(
    `Cannot start: --nats-replicas must be at most --nats-servers (${servers}); got ${replicas}`,
  );
}

/** In words, for a person. */
export function describeLog(log: LogPlan): string {
  const text = formatLog(log);
  if (log.kind === "cluster") {
    const servers = `${log.servers} NATS server${log.servers === 1 ? "" : "s"} started here`;
    return `${servers}, ${describeReplicas(log.replicas)}`;
  }
  return log.kind === "nats" ? `${text}, ${describeReplicas(log.replicas)}` : text;
}

function describeReplicas(replicas: number): string {
  return replicas === 1 ? "1 replica" : `${replicas} replicas`;
}

/** The stream of a run on NATS servers of its own. */
export function streamOf({ seed }: { seed: number }): string {
  return `LOADTEST_${seed}`;
}
