/**
 * How long messages took from the moment at which they were due, apart for those that fell due during a
 * fault.
 *
 * @module
 */

import { Histogram } from "../histogram.ts";
import type { Latency, LatencyRecord } from "../run.ts";

/** What a latency is measured of. */
export interface Measured {
  /** Whether a fault was under way when it was sent. */
  isFaulty: boolean;
  ms: number;
  /** How many had the same. */
  samples?: number;
}

/** Acknowledgements and deliveries. */
export class Latencies {
  readonly #acknowledged = { quiet: new Histogram(), faulty: new Histogram() };
  readonly #delivered = { quiet: new Histogram(), faulty: new Histogram() };

  /** A publisher was told. */
  acknowledged({ isFaulty, ms }: Measured): void {
    this.#acknowledged[isFaulty ? "faulty" : "quiet"].record(ms);
  }

  /** Readers were given a message. */
  delivered({ isFaulty, ms, samples }: Measured): void {
    this.#delivered[isFaulty ? "faulty" : "quiet"].record(ms, samples);
  }

  /** The distributions, for whoever asks for other quantiles than the report's. */
  histogram(what: "acknowledged" | "delivered", when: "quiet" | "faulty"): Histogram {
    return (what === "acknowledged" ? this.#acknowledged : this.#delivered)[when];
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
