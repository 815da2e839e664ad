/**
 * The metrics as Prometheus reads them. The values are kept elsewhere, in plain numbers; each scrape puts
 * them into a registry of its own, so the hot path knows nothing of it.
 *
 * @module
 */

import { Counter, Gauge, type Metric, Registry } from "prom-client";
import type { Distribution } from "../distribution.ts";
import type { Stats } from "../stats.ts";
import { readingsOf, type Vitals } from "./readings.ts";
import { type MetricFacts, type MetricName, METRICS } from "./table.ts";

/** The media type of the text format. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The text of one scrape. */
export async function renderMetrics(vitals: Vitals): Promise<string> {
  const registry = new Registry();
  const numbers = new Map<MetricName, Counter | Gauge>();
  const distributions = distributionsOf(vitals.stats);
  for (const [name, facts] of Object.entries(METRICS) as [MetricName, MetricFacts][]) {
    const given = { name, help: facts.help, registers: [registry] };
    const distribution = distributions[name];
    if (distribution) registry.registerMetric(collected(given, distribution));
    else numbers.set(name, newNumber(facts, { ...given, labelNames: [...facts.labels] }));
  }
  for (const { name, labels = {}, value } of readingsOf(vitals)) {
    numbers.get(name)!.inc(labels, value);
  }
  return await registry.metrics();
}

function distributionsOf(stats: Stats): Partial<Record<MetricName, Distribution>> {
  return {
    lastcall_batch_messages: stats.batchMessages,
    lastcall_batch_duration_seconds: stats.batchSeconds,
    lastcall_log_append_duration_seconds: stats.appendSeconds,
  };
}

interface Given {
  name: string;
  help: string;
  registers: Registry[];
}

function newNumber({ type }: MetricFacts, given: Given & { labelNames: string[] }) {
  return type === "counter" ? new Counter(given) : new Gauge(given);
}

/** A histogram whose buckets were filled elsewhere, in the shape in which a registry takes it. */
function collected({ name, help }: Given, distribution: Distribution): Metric {
  const { bounds, sum, count } = distribution;
  const atMost = distribution.cumulative();
  const bucket = (le: number | string, value: number) => ({
    metricName: `${name}_bucket`,
    labels: { le },
    value,
  });
  const values = [
    ...bounds.map((le, i) => bucket(le, atMost[i]!)),
    bucket("+Inf", count),
    { metricName: `${name}_sum`, labels: {}, value: sum },
    { metricName: `${name}_count`, labels: {}, value: count },
  ];
  const told = { name, help, type: "histogram", aggregator: "sum", values };
  return { name, get: () => Promise.resolve(told) } as unknown as Metric;
}
