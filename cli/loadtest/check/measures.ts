/**
 * The value of every metric of a run, for thresholds.
 *
 * @module
 */

import type { Histogram } from "../histogram.ts";
import type { Aggregation, MetricName } from "../metrics.ts";
import type { Receipt, Run } from "../run.ts";
import type { Lookup } from "../thresholds.ts";
import { peakInWindow } from "../time_buckets.ts";
import { faultsOf, ofHistograms, ofTimes, type Tags, totalOf } from "./aggregate.ts";
import { closes, reconnectTimes } from "./connection_measures.ts";

/** What one fault came to. Times count from the signal. */
export interface FaultMeasures {
  /** Clients that were connected at the signal, that came back and had missed nothing, that did not. */
  connected: number;
  resumed: number;
  missing: number;
  firstCloseMs?: number;
  lastCloseMs?: number;
  exitMs?: number;
  readyMs?: number;
  backMs?: number;
  apartMs?: number;
  /** After the moment that the server had announced. */
  latestAttemptMs?: number;
  latestBackMs?: number;
}

/** What is measured. */
export interface Measurable {
  run: Run;
  /** In the order of the run's faults. */
  faults: readonly FaultMeasures[];
  /** Ends of connections by code, outside of any fault of their server. */
  strayEnds: Readonly<Record<string, number>>;
  /** Connections that got data after the Close frame. */
  talkedTo: number;
  histogram(what: "acknowledged" | "delivered", when: "quiet" | "faulty"): Histogram;
}

type Reader = (it: Measurable, tags: Tags, aggregation: Aggregation) => number | undefined;

const message = (name: keyof Run["messages"]): Reader => ({ run }) => run.messages[name];

const latency = (what: "acknowledged" | "delivered"): Reader => (it, { phase }, aggregation) => {
  const when = (["quiet", "faulty"] as const).filter((one) =>
    phase === undefined || (one === "faulty") === (phase === "fault")
  );
  return ofHistograms(when.map((one) => it.histogram(what, one)), aggregation);
};

const faultTime =
  (of: (fault: FaultMeasures) => number | undefined): Reader => ({ faults }, tags, aggregation) =>
    ofTimes(faultsOf(faults, tags).map(of), aggregation);

const faultCount = (of: (fault: FaultMeasures) => number): Reader => ({ faults }, tags) =>
  totalOf(faultsOf(faults, tags).map(of));

const receipt = (of: (clients: Receipt["clients"]) => number): Reader => ({ run }, tags) => {
  const receipts = faultsOf(run.faults, tags).flatMap(({ receipt }) => receipt ?? []);
  return receipts.length === 0 ? undefined : totalOf(receipts.map(({ clients }) => of(clients)));
};

const READERS: Record<MetricName, Reader> = {
  ack_latency: latency("acknowledged"),
  deliver_latency: latency("delivered"),
  offered: message("offered"),
  sent: message("sent"),
  acknowledged: message("acknowledged"),
  refused: message("refused"),
  unknown: message("unknown"),
  recovered: message("recovered"),
  lost: message("lost"),
  undelivered: message("undelivered"),
  duplicate: message("duplicate"),
  disorder: message("disorder"),
  diverged: message("diverged"),
  phantom: message("phantom"),
  gaps: message("gaps"),
  redelivered: ({ run }) => run.deliveries.redelivered,
  delivered: ({ run }) => run.deliveries.total,
  delivered_per_second: ({ run }) => run.deliveries.peakPerSecond,
  backlog: ({ run }) => Math.max(0, ...run.series.backlog),
  closes: ({ run }, tags) => closes(run, tags),
  stray_closes: ({ strayEnds }) => totalOf(Object.values(strayEnds)),
  talked_after_close: ({ talkedTo }) => talkedTo,
  refusals: ({ run }) => run.connections.filter(({ refusal }) => refusal !== undefined).length,
  reconnects: ({ run }, tags) => reconnectTimes(run, tags).length,
  reconnects_per_second: ({ run }, tags) => peakInWindow(reconnectTimes(run, tags), 1_000),
  resumed: faultCount(({ resumed }) => resumed),
  not_resumed: faultCount(({ connected, resumed, missing }) => connected - resumed - missing),
  not_back: faultCount(({ missing }) => missing),
  attempt_lateness: faultTime(({ latestAttemptMs }) => latestAttemptMs),
  return_lateness: faultTime(({ latestBackMs }) => latestBackMs),
  first_close_time: faultTime(({ firstCloseMs }) => firstCloseMs),
  last_close_time: faultTime(({ lastCloseMs }) => lastCloseMs),
  exit_time: faultTime(({ exitMs }) => exitMs),
  ready_time: faultTime(({ readyMs }) => readyMs),
  back_time: faultTime(({ backMs }) => backMs),
  frozen_time: ({ run }, tags, aggregation) =>
    ofTimes(
      faultsOf(run.faults, tags).map(({ frozenAtMs, thawedAtMs }) =>
        frozenAtMs === undefined || thawedAtMs === undefined ? undefined : thawedAtMs - frozenAtMs
      ),
      aggregation,
    ),
  apart_time: faultTime(({ apartMs }) => apartMs),
  answered: receipt(({ closed, crossed = 0 }) => closed + crossed),
  unanswered: receipt(({ unanswered = 0 }) => unanswered),
  forced: receipt(({ forced = 0 }) => forced),
  generator_lag: ({ run: { generator } }, _, aggregation) =>
    aggregation === "max" ? generator.lagMaxMs : generator.lagP99Ms,
  generator_memory: ({ run }) => run.generator.peakRssBytes,
};

/** Looks up what a run came to. */
export function lookupIn(it: Measurable): Lookup {
  return (metric, tags, aggregation) => READERS[metric](it, tags, aggregation);
}
