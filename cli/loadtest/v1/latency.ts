/**
 * How long messages took from the moment at which they were due, apart for those that fell due during a
 * fault.
 *
 * @module
 */

import { Histogram } from "../histogram.ts";
import type { MessageRecords } from "./message_records.ts";
import type { Latency, LatencyRecord } from "./soak_run.ts";

/** Measures acknowledgements and deliveries. */
export class LatencyMeter {
  readonly #messages: MessageRecords;
  readonly #acknowledged = { quiet: new Histogram(), faulty: new Histogram() };
  readonly #delivered = { quiet: new Histogram(), faulty: new Histogram() };

  constructor(messages: MessageRecords) {
    this.#messages = messages;
  }

  /** The publisher of `n` was told that it is in the log. */
  acknowledged(n: number, nowMs: number): void {
    const { quiet, faulty } = this.#acknowledged;
    (this.#messages.isFaulty(n) ? faulty : quiet).record(nowMs - this.#messages.dueMs(n));
  }

  /** A reader got `n`. */
  delivered(n: number, nowMs: number): void {
    const { quiet, faulty } = this.#delivered;
    (this.#messages.isFaulty(n) ? faulty : quiet).record(nowMs - this.#messages.dueMs(n));
  }

  /** What was measured. */
  record(): LatencyRecord {
    const of = (when: "quiet" | "faulty") => ({
      acknowledged: summary(this.#acknowledged[when]),
      delivered: summary(this.#delivered[when]),
    });
    return { quiet: of("quiet"), faulty: of("faulty") };
  }
}

function summary(histogram: Histogram): Latency {
  return {
    samples: histogram.count,
    p50Ms: histogram.quantileMs(0.5),
    p99Ms: histogram.quantileMs(0.99),
    maxMs: histogram.maxMs,
  };
}
