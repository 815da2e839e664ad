/**
 * Every metric of the server, in one table: the registry, `docs/metrics.md` and the dashboard are held
 * to it.
 *
 * Names as Prometheus has them: the application first, base units (seconds, bytes), `_total` on counters.
 *
 * @module
 */

/** What kind of value a metric has. */
export type MetricType = "counter" | "gauge" | "histogram";

/** One metric. */
export interface MetricFacts {
  /** Its kind. */
  type: MetricType;
  /** One sentence. */
  help: string;
  /** The names of its labels. */
  labels: readonly string[];
}

/** The metrics by name. */
export const METRICS = {
  lastcall_build_info: gauge("Always 1; the labels say what runs.", "version", "deno"),
  lastcall_clients: gauge("Connections by state; lagging ones are behind the live edge.", "state"),
  lastcall_clients_max: gauge("Connections at most (--max-clients)."),
  lastcall_clients_joined_total: counter("Connections that opened."),
  lastcall_clients_shed_total: counter("Clients sent away because the server was overloaded."),
  lastcall_sessions_total: counter(
    "Sessions on lastcall.v1, by whether they were resumed.",
    "kind",
  ),
  lastcall_closes_total: counter("Connections that ended, by code and cause.", "code", "category"),
  lastcall_upgrades_refused_total: counter("Upgrades that were refused, by reason.", "reason"),
  lastcall_rooms: gauge("Rooms that are open."),
  lastcall_messages_accepted_total: counter("Messages appended to the log."),
  lastcall_messages_duplicate_total: counter("Publishes that were in the log already."),
  lastcall_messages_rejected_total: counter("Publishes rejected on lastcall.v1, by code.", "code"),
  lastcall_messages_discarded_total: counter("Messages discarded, by category.", "category"),
  lastcall_deliveries_total: counter("Messages sent to readers."),
  lastcall_batch_messages: histogram("Messages in each batch that a room was told."),
  lastcall_batch_duration_seconds: histogram("Time to send a batch to a room's readers."),
  lastcall_log_append_duration_seconds: histogram("Time to append a batch to the message log."),
  lastcall_log_available: gauge("1 while the message log can be written, else 0."),
  lastcall_log_size_bytes: gauge("Size of the file of the message log; absent in memory."),
  lastcall_alternates: gauge("Other servers where clients that leave may go."),
  lastcall_event_loop_lag_seconds: gauge("How late the event loop is, over about two seconds."),
  lastcall_overload_level: gauge("0 normal, 1 above the soft limit, 2 above the hard.", "resource"),
  lastcall_shutdown_phase_duration_seconds: gauge("Time spent in a shutdown's phase.", "phase"),
  lastcall_heap_used_bytes: gauge("JavaScript heap in use."),
  process_resident_memory_bytes: gauge("Resident memory size in bytes."),
  process_cpu_seconds_total: counter("Total user and system CPU time spent in seconds."),
  process_start_time_seconds: gauge("Start time of the process since unix epoch in seconds."),
} as const satisfies Record<string, MetricFacts>;

/** The name of a metric. */
export type MetricName = keyof typeof METRICS;

function counter(help: string, ...labels: string[]): MetricFacts & { type: "counter" } {
  return { type: "counter", help, labels };
}

function gauge(help: string, ...labels: string[]): MetricFacts & { type: "gauge" } {
  return { type: "gauge", help, labels };
}

function histogram(help: string): MetricFacts & { type: "histogram" } {
  return { type: "histogram", help, labels: [] };
}
