/**
 * Looks up what thresholds are about.
 *
 * @module
 */

import { Histogram } from "../histogram.ts";
import type { Aggregation, MetricName } from "../metrics.ts";
import type { Run } from "../run.ts";
import type { Lookup } from "../thresholds.ts";
import type { FaultFigures } from "./fault_figures.ts";
import { type Figures, nameEnd } from "./figures.ts";
import type { Latencies } from "./latencies.ts";

/** What can be looked at. */
export interface Measured {
  run: Run;
  figures: Figures;
  latencies: Latencies;
}

type Tags = Readonly<Record<string, string>>;
/** The values of a metric that count under some tags. */
type Values = (measured: Measured, tags: Tags) => readonly number[];

/** A lookup for {@linkcode evaluate}. */
export function measure(measured: Measured): Lookup {
  return (metric, tags, aggregation) => {
    const what = metric === "ack_latency"
      ? "acknowledged"
      : metric === "deliver_latency"
      ? "delivered"
      : undefined;
    if (what) return ofHistogram(histogramOf(measured.latencies, what, tags), aggregation);
    if (metric === "generator_lag") {
      const { lagP99Ms, lagMaxMs } = measured.run.generator;
      return aggregation === "max" ? lagMaxMs : lagP99Ms;
    }
    const values = VALUES[metric as Counted](measured, tags);
    if (TIMES.has(metric) && aggregation === "count") return values.length;
    if (aggregation === "count") return values.reduce((sum, value) => sum + value, 0);
    return values.length > 0 ? Math.max(...values) : undefined;
  };
}

type Counted = Exclude<MetricName, "ack_latency" | "deliver_latency" | "generator_lag">;

const message = (name: keyof Run["messages"]): Values => ({ run }) => [run.messages[name]];

/** A figure of each fault that the tags name, where there is one. */
const ofFaults =
  (of: (figures: FaultFigures) => number | undefined): Values => ({ figures: { faults } }, tags) =>
    chosen(faults, tags).map(of).filter((one) => one !== undefined);

const ofReceipts = (name: "closed" | "unanswered" | "forced"): Values => ({ run }, tags) =>
  chosen(run.faults, tags).flatMap(({ receipt }) => receipt ? [receipt.clients[name] ?? 0] : []);

const VALUES: Record<Counted, Values> = {
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
  redelivered: ({ run }) => [run.deliveries.redelivered],
  delivered: ({ run }) => [run.deliveries.total],
  delivered_per_second: ({ run }) => [run.deliveries.peakPerSecond],
  backlog: ({ run }) => run.series.backlog,
  closes,
  stray_closes: ({ figures }) => Object.values(figures.strayEnds),
  talked_after_close: ({ figures }) => [figures.talkedTo],
  refusals: ({ run }) => [run.connections.filter(({ refusal }) => refusal !== undefined).length],
  reconnects: ofFaults(({ reconnects }) => reconnects),
  reconnects_per_second: ofFaults(({ peakReconnects }) => peakReconnects),
  resumed: ofFaults(({ resumed }) => resumed),
  not_resumed: ofFaults(({ connected, missing, resumed }) => connected - missing - resumed),
  not_back: ofFaults(({ missing }) => missing),
  attempt_lateness: ofFaults(({ latestAttemptMs }) => latestAttemptMs),
  return_lateness: ofFaults(({ latestBackMs }) => latestBackMs),
  first_close_time: ofFaults(({ firstCloseMs }) => firstCloseMs),
  last_close_time: ofFaults(({ lastCloseMs }) => lastCloseMs),
  exit_time: ofFaults(({ exitMs }) => exitMs),
  ready_time: ofFaults(({ readyMs }) => readyMs),
  back_time: ofFaults(({ backMs }) => backMs),
  frozen_time: ofFaults(({ frozenMs }) => frozenMs),
  answered: ofReceipts("closed"),
  unanswered: ofReceipts("unanswered"),
  forced: ofReceipts("forced"),
  generator_memory: ({ run }) => [run.generator.peakRssBytes],
};

/** Times of faults: their count is how many faults had one. */
const TIMES: ReadonlySet<MetricName> = new Set([
  ...["attempt_lateness", "return_lateness", "first_close_time", "last_close_time"] as const,
  ...["exit_time", "ready_time", "back_time", "frozen_time"] as const,
]);

/** Tags count faults from 1, as reports do. */
function chosen<T>(all: readonly T[], { fault }: Tags): readonly T[] {
  return fault === undefined ? all : all.slice(Number(fault) - 1, Number(fault));
}

function closes({ run, figures }: Measured, { kind, code, fault }: Tags): readonly number[] {
  if (fault !== undefined) {
    const [figuresOfFault] = chosen(figures.faults, { fault });
    const ends = Object.entries(figuresOfFault?.byCode ?? {});
    // A fault is counted by what it did to normal clients.
    if (kind !== undefined && kind !== "normal") return [0];
    return [0, ...ends.filter(([name]) => code === undefined || name === code).map(([, n]) => n)];
  }
  const all = [...run.connections, ...run.others]
    .filter((one) => one.end && one.end.how !== "left" && (kind === undefined || one.kind === kind))
    .map(({ end }) => nameEnd(end!));
  return [all.filter((name) => code === undefined || name === code).length];
}

function histogramOf(
  latencies: Latencies,
  what: "acknowledged" | "delivered",
  { phase }: Tags,
): Histogram {
  const calm = latencies.histogram(what, "quiet");
  const fault = latencies.histogram(what, "faulty");
  if (phase === undefined) return Histogram.sum(calm, fault);
  return phase === "fault" ? fault : calm;
}

function ofHistogram(histogram: Histogram, aggregation: Aggregation): number | undefined {
  if (aggregation === "count") return histogram.count;
  if (histogram.count === 0) return undefined;
  if (aggregation === "max") return histogram.maxMs;
  return histogram.quantileMs(Number(/[\d.]+/.exec(aggregation)![0]) / 100);
}
