/**
 * What clients connect to: servers that are started here, or one that is there.
 *
 * @module
 */

import { OptionError } from "@lastcall/lastcall";
import type { Settings } from "./settings.ts";

/** What clients connect to, and whether there is a process to signal. */
export type TargetPlan =
  | { kind: "lastcall"; flags: string[] }
  | { kind: "spawn"; command: string; url: string }
  | { kind: "url"; url: string };

/** What a scenario wants of this project's servers. */
export interface ServerWishes {
  /** Flags to add. */
  serverFlags?: readonly string[];
  /** They keep their own flood and rate limits: somebody is going to run into them. */
  keepsLimits: boolean;
}

/** The most messages of a run on `v1`: each takes some 26 bytes here, and a bit for each reader. */
export const MAX_V1_MESSAGES = 5_000_000;
/** The load is what was asked for, not what a rate limit lets through. */
const UNLIMITED_BURST = 1_000_000;
const UNLIMITED_FLOOD = 10_000_000;
/** Room for connections that are going while others come. */
const SPARE_CLIENTS = 64;
const DEFAULT_SERVER_MAX_BYTES = 512;

/** Decides the target. Throws an `OptionError` when the settings contradict each other. */
export function planTarget(settings: Settings, wishes: ServerWishes): TargetPlan {
  const { spawn, target } = settings;
  checkNear("target", settings);
  checkNear("via", settings);
  if (spawn) {
    checkPlaceholders(settings);
    return { kind: "spawn", command: spawn, url: target ?? "ws://127.0.0.1:{port}/" };
  }
  if (!target) return { kind: "lastcall", flags: serverFlags(settings, wishes) };
  checkNotStarted(settings);
  if (target.includes("{port}")) {
    throw new OptionError(`Cannot start: --target must name a port without --spawn; got ${target}`);
  }
  return { kind: "url", url: target };
}

/** Nobody loads another machine by accident. */
function checkNear(flag: "target" | "via", settings: Settings): void {
  const url = settings[flag];
  if (!url || settings.allowRemote || isLoopback(url.replaceAll("{port}", "1"))) return;
  throw new OptionError(
    `Cannot start: --${flag} must be on this machine without --allow-remote; got ${url}`,
  );
}

/** A server that is already there listens where it does, and clients connect to its URL. */
function checkNotStarted({ via, ports }: Settings): void {
  const flag = via ? "--via" : ports ? "--ports" : undefined;
  if (flag) throw new OptionError(`Cannot start: ${flag} needs servers that are started here`);
}

/** A server that is alone shares nothing, and has no place among others. */
function checkPlaceholders({ spawn = "", protocol }: Settings): void {
  const shared = /\{(dir|index|peers)\}/.exec(spawn)?.[0];
  if (protocol === "v1" || !shared) return;
  throw new OptionError(
    `Cannot start: ${shared} in --spawn needs --protocol v1; got ${protocol}`,
  );
}

/** Servers of others are not known to share a log, and the other protocols have no resume. */
export function countInstances(settings: Settings, target: TargetPlan): number {
  const { protocol, ports, instances = ports?.length } = settings;
  checkPorts(settings, instances);
  const isOurs = protocol === "v1" && target.kind === "lastcall";
  if (isOurs) return instances ?? 2;
  if (instances !== undefined && instances > 1 && (protocol !== "v1" || target.kind === "url")) {
    throw new OptionError(
      `Cannot start: --instances above 1 needs --protocol v1 and servers that are started here; ` +
        `got ${instances}`,
    );
  }
  return instances ?? 1;
}

/** A proxy was told of so many ports before, so they are neither more nor others. */
function checkPorts({ via, ports }: Settings, instances: number | undefined): void {
  if (via?.includes("{port}")) {
    throw new OptionError(`Cannot start: --via must name the proxy's port; got ${via}`);
  }
  if (via && !ports) {
    throw new OptionError("Cannot start: --via needs --ports, for the proxy must know the servers");
  }
  if (!ports || ports.length === instances) return;
  throw new OptionError(
    `Cannot start: --ports must name one port for each of ${instances} servers; got ${ports}`,
  );
}

/** Whether a URL leads to this machine. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" ||
    /^127(\.\d+){3}$/.test(hostname);
}

/** Limits of this project's server that would stand in the way of the load. */
function serverFlags(
  { clients, origin, sizeBytes, protocol }: Settings,
  { keepsLimits, serverFlags = [] }: ServerWishes,
): string[] {
  return [
    // Connections that are closing count, too.
    ...["--max-clients", String((protocol === "v1" ? 2 : 1) * clients + SPARE_CLIENTS)],
    ...keepsLimits ? [] : [
      ...["--rate-limit-burst", String(UNLIMITED_BURST)],
      ...["--flood-limit", String(UNLIMITED_FLOOD)],
    ],
    ...["--allowed-origins", origin],
    ...protocol === "v1" ? ["--retain-messages", String(MAX_V1_MESSAGES)] : ["--log", "memory:"],
    ...sizeBytes > DEFAULT_SERVER_MAX_BYTES ? ["--max-message-size", String(sizeBytes)] : [],
    ...serverFlags,
  ];
}
