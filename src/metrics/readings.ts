/**
 * What the metrics read right now: a pure function of what is known of the server.
 *
 * @module
 */

import { LOAD_LEVELS, type LoadLevel, type Resource } from "../load/judge.ts";
import type { Stats } from "../stats.ts";
import type { MetricName } from "./table.ts";

/** What is known of a server at one moment. */
export interface Vitals {
  /** The server's version. */
  version: string;
  /** Deno's version. */
  deno: string;
  /** When the process started, in ms since the Unix epoch. */
  startedAtMs: number;
  /** Connections by state; those that lag are open, too, and count here only as lagging. */
  clients: Record<ClientState, number>;
  /** Connections at most. */
  maxClients: number;
  /** Rooms that are open. */
  rooms: number;
  /** What was counted. */
  stats: Stats;
  /** How late the event loop is, in ms. */
  lagMs: number;
  /** How loaded each resource is. */
  levels: Record<Resource, LoadLevel>;
  /** Memory in bytes. */
  memory: { rss: number; heapUsed: number };
  /** CPU time in seconds. */
  cpuSeconds: number;
  /** The message log. */
  log: { isAvailable: boolean; bytes: number | undefined };
  /** Where clients that leave may go. */
  alternates: readonly string[];
  /** The phases of a shutdown so far. */
  phases: readonly { name: string; durationMs: number }[];
}

/** Where a client stands, as the metrics have it. */
export type ClientState = "joining" | "open" | "lagging" | "leaving" | "closing";

/** One value of a counter or gauge. */
export interface Reading {
  /** The metric. */
  name: MetricName;
  /** Its labels. */
  labels?: Record<string, string>;
  /** Its value. */
  value: number;
}

/** All counters and gauges. */
export function readingsOf(vitals: Vitals): Reading[] {
  return [...counters(vitals.stats), ...states(vitals), ...processReadings(vitals)];
}

function counters(stats: Stats): Reading[] {
  return [
    { name: "lastcall_clients_joined_total", value: stats.get("joined") },
    { name: "lastcall_clients_shed_total", value: stats.get("shed") },
    { name: "lastcall_messages_accepted_total", value: stats.get("accepted") },
    { name: "lastcall_messages_duplicate_total", value: stats.get("duplicate") },
    { name: "lastcall_deliveries_total", value: stats.get("delivered") },
    session("new", stats.get("welcomed")),
    session("resumed", stats.get("resumed")),
    ...Object.entries(stats.toJSON()).flatMap(([name, value]) => labelled(name, value)),
  ];
}

function session(kind: string, value: number): Reading {
  return { name: "lastcall_sessions_total", labels: { kind }, value };
}

/** Counts whose names carry labels: `closes.1012.closed_by_us`. */
function labelled(count: string, value: number): Reading[] {
  const [family, first = "", second = ""] = count.split(".");
  switch (family) {
    case "closes":
      return [{
        name: "lastcall_closes_total",
        labels: { code: first, category: second },
        value,
      }];
    case "refused":
      return [{ name: "lastcall_upgrades_refused_total", labels: { reason: first }, value }];
    case "rejected":
      return [{ name: "lastcall_messages_rejected_total", labels: { code: first }, value }];
    case "discarded":
      return [{ name: "lastcall_messages_discarded_total", labels: { category: first }, value }];
    default:
      return [];
  }
}

function states(vitals: Vitals): Reading[] {
  const { clients, levels, phases, log } = vitals;
  return [
    ...family("lastcall_clients", "state", clients),
    { name: "lastcall_clients_max", value: vitals.maxClients },
    { name: "lastcall_rooms", value: vitals.rooms },
    { name: "lastcall_log_available", value: log.isAvailable ? 1 : 0 },
    ...log.bytes === undefined
      ? []
      : [{ name: "lastcall_log_size_bytes" as const, value: log.bytes }],
    { name: "lastcall_alternates", value: vitals.alternates.length },
    { name: "lastcall_event_loop_lag_seconds", value: vitals.lagMs / 1_000 },
    ...Object.entries(levels).map(([resource, level]) => ({
      name: "lastcall_overload_level" as const,
      labels: { resource },
      value: LOAD_LEVELS.indexOf(level),
    })),
    ...phases.map(({ name: phase, durationMs }) => ({
      name: "lastcall_shutdown_phase_duration_seconds" as const,
      labels: { phase },
      value: durationMs / 1_000,
    })),
  ];
}

function processReadings({ version, deno, startedAtMs, memory, cpuSeconds }: Vitals): Reading[] {
  return [
    { name: "lastcall_build_info", labels: { version, deno }, value: 1 },
    { name: "lastcall_heap_used_bytes", value: memory.heapUsed },
    { name: "process_resident_memory_bytes", value: memory.rss },
    { name: "process_cpu_seconds_total", value: cpuSeconds },
    { name: "process_start_time_seconds", value: startedAtMs / 1_000 },
  ];
}

function family(name: MetricName, label: string, values: Record<string, number>): Reading[] {
  return Object.entries(values).map(([key, value]) => ({ name, labels: { [label]: key }, value }));
}
