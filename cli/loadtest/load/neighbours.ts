/**
 * What each server of a run is told of the others: the log that all have, and where clients may go.
 *
 * @module
 */

import { formatLog } from "../log_choice.ts";
import { streamOf } from "../log_plan.ts";
import type { Plan, TargetPlan } from "../plan.ts";

/** Where a server is among the others. */
export interface Neighbours {
  index: number;
  /** The URLs of all, this one included. */
  urls: readonly string[];
  /** It is there for all of them. */
  folder: string;
  /** Where the NATS servers of this run are. */
  nats?: string | undefined;
}

/** The target as one server is started: a foreign one is told by its command. */
export function withNeighbours(plan: Plan, neighbours: Neighbours): TargetPlan {
  const { target, protocol } = plan;
  const { index, folder } = neighbours;
  if (target.kind === "url" || protocol !== "v1") return target;
  if (target.kind === "spawn") {
    const peers = alternatesOf(plan, neighbours).join(",");
    const command = target.command.replaceAll("{dir}", folder).replaceAll("{index}", String(index))
      .replaceAll("{peers}", peers);
    return { ...target, command };
  }
  const flags = [...target.flags, ...logFlags(plan, neighbours), ...peerFlags(plan, neighbours)];
  return { ...target, flags };
}

/** The folder that a log needs, outside of that of the run: next to its file SQLite makes others. */
export function foldersOf({ log }: Plan): string[] {
  return log?.kind === "sqlite" ? [log.file.replace(/[^/\\]*$/, "") || "."] : [];
}

function logFlags({ log, ...plan }: Plan, { folder, nats }: Neighbours): string[] {
  if (!log) return ["--log", `sqlite:${folder}/log.db`];
  if (log.kind === "memory" || log.kind === "sqlite") return ["--log", formatLog(log)];
  const place = log.kind === "nats" ? formatLog(log) : `${nats}/${streamOf(plan)}`;
  return ["--log", place, "--nats-replicas", String(log.replicas)];
}

/** On NATS servers announce themselves, and find each other. */
function peerFlags(plan: Plan, neighbours: Neighbours): string[] {
  const { log, via } = plan;
  const isInNats = log?.kind === "cluster" || log?.kind === "nats";
  if (isInNats && !via) {
    return ["--announce", neighbours.urls[neighbours.index]!];
  }
  const alternates = alternatesOf(plan, neighbours);
  return alternates.length > 0 ? ["--alternates", alternates.join(",")] : [];
}

/**
 * Where the clients of a server may go at once. Behind a proxy that is the proxy: it knows who else is
 * there, and its URL is the only one that clients may know.
 */
function alternatesOf({ via, instances }: Plan, { urls, index }: Neighbours): string[] {
  if (via) return instances > 1 ? [via] : [];
  return urls.filter((_, other) => other !== index);
}
