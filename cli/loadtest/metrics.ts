/**
 * Everything that a threshold can be about.
 *
 * @module
 */

import { CLIENT_KINDS } from "./mix.ts";
import type { Unit } from "./units.ts";

/** What is taken of the values of a metric: the most, how many there are, or a percentile. */
export type Aggregation = "max" | "count" | `p(${number})`;

/** One metric. */
export interface Metric {
  unit: Unit;
  /** `percentiles`: any `p(N)`. */
  aggregations: readonly ("percentiles" | Aggregation)[];
  /** The values that each tag may have. `N`: any whole number. Without a tag, all of them count. */
  tags: Readonly<Record<string, readonly string[] | "N">>;
  /** One line. */
  meaning: string;
}

const PHASE = { phase: ["calm", "fault"] } as const;
const FAULT = { fault: "N" } as const;

const latency = (meaning: string): Metric => ({
  unit: "time",
  aggregations: ["percentiles", "max", "count"],
  tags: PHASE,
  meaning,
});

const count = (meaning: string, tags: Metric["tags"] = {}): Metric => ({
  ...{ unit: "count", aggregations: ["count"], tags, meaning },
});

const rate = (meaning: string, tags: Metric["tags"] = {}): Metric => ({
  ...{ unit: "rate", aggregations: ["max"], tags, meaning },
});

/** A time of each fault. */
const faultTime = (meaning: string): Metric => ({
  ...{ unit: "time", aggregations: ["max", "count"], tags: FAULT, meaning },
});

/** The metrics by name. */
export const METRICS = {
  ack_latency: latency("From the time a message was due to its acknowledgement."),
  deliver_latency: latency("From the time a message was due to its delivery, for each reader."),
  offered: count("Messages that fell due."),
  sent: count("Messages that a client took and that were not refused."),
  acknowledged: count("Messages whose publisher was told that they are in the log."),
  refused: count("Messages whose publisher was told that they are not."),
  unknown: count("Messages neither acknowledged nor refused."),
  recovered: count("Messages unknown to their publisher that are in the log."),
  lost: count("Acknowledged messages that are not in the log."),
  undelivered: count("Deliveries that were owed and did not take place."),
  duplicate: count("Messages twice in the log, or given twice to one application."),
  disorder: count("Deliveries and messages against the order of the log."),
  diverged: count("Places in the log where two readers saw different messages."),
  phantom: count("Messages seen that were refused, never sent, or damaged."),
  gaps: count("Times that a client was told that messages are missed."),
  redelivered: count("Messages that came again and were left out by the client library."),
  delivered: count("Messages given to applications."),
  delivered_per_second: rate("Messages given to applications in a second."),
  backlog: {
    ...{ unit: "count", aggregations: ["max"], tags: {} },
    meaning: "Messages sent and not yet seen, on average over the readers.",
  },
  closes: count("Ends of connections; code 1006 stands for no Close frame.", {
    ...{ kind: CLIENT_KINDS, code: "N", fault: "N" },
  }),
  stray_closes: count("Ends of normal clients' connections without a fault of their server."),
  talked_after_close: count("Connections that got data after the Close frame."),
  refusals: count("Attempts of normal clients to connect that came to nothing."),
  reconnects: count("Attempts to come back after a connection had ended.", FAULT),
  reconnects_per_second: rate("Attempts to come back in any stretch of a second.", FAULT),
  resumed: count("Clients that came back and had missed nothing.", FAULT),
  not_resumed: count("Clients that came back and had to begin anew.", FAULT),
  not_back: count("Clients that did not come back.", FAULT),
  attempt_lateness: faultTime("How late a client tried to come back, after its announced time."),
  return_lateness: faultTime("How late a client was back, after its announced time."),
  first_close_time: faultTime("From the signal to the first end of a connection."),
  last_close_time: faultTime("From the signal to the last one."),
  exit_time: faultTime("From the signal to the end of the process."),
  ready_time: faultTime("From the signal until the server listened again, or NATS was whole."),
  back_time: faultTime("From the signal until every normal client was back."),
  frozen_time: faultTime("From the moment a process was seen stopped to the one it went on."),
  apart_time: faultTime("From the moment a NATS server was seen cut off until it was whole again."),
  answered: count("Clients that answered the Close frame, by the server's receipt.", FAULT),
  unanswered: count("Clients that did not, by the server's receipt.", FAULT),
  forced: count("Clients whose connection the server cut, by its receipt.", FAULT),
  generator_lag: {
    ...{ unit: "time", aggregations: ["p(99)", "max"], tags: {} },
    meaning: "How late the load test's own timers were.",
  },
  generator_memory: {
    ...{ unit: "size", aggregations: ["max"], tags: {} },
    meaning: "Memory of the load test itself.",
  },
} as const satisfies Record<string, Metric>;

/** The name of a metric. */
export type MetricName = keyof typeof METRICS;

/** The unit of a value: how many there are is never a time. */
export function unitOf({ unit }: Metric, aggregation: Aggregation): Unit {
  return aggregation === "count" ? "count" : unit;
}

/** `p(N), max, count`. */
export function aggregationNames({ aggregations }: Metric): string {
  return aggregations.map((name) => name === "percentiles" ? "p(N)" : name).join(", ");
}
