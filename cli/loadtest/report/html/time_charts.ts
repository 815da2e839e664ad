/**
 * The charts over the time of a run.
 *
 * @module
 */

import { formatDuration } from "@lastcall/lastcall";
import type { RunSeries } from "../model.ts";
import type { Chart } from "./chart.ts";
import { lastNonZero, peakOf, stepTime, sumOf } from "./series_facts.ts";
import { numberText } from "./tables.ts";

/** A latency below this has no place on a log scale. */
const LEAST_MS = 0.1;

/** Those of them that have anything to show. */
export function timeCharts(series: RunSeries): Chart[] {
  return [clients, rates, delivered, latency, backlog, arrivals]
    .map((make) => make(series))
    .filter(({ lines }) => lines.some(({ values }) => values.some((value) => value !== null)));
}

function clients(series: RunSeries): Chart {
  const most = peakOf(series.reconnecting);
  return {
    id: "clients",
    title: "Clients",
    about: "Normal clients at the end of each step.",
    summary: `${numberText(series.open.at(-1) ?? 0)} open at the end, ` +
      `${numberText(peakOf(series.open).value)} at most; ` +
      (most.value === 0
        ? "none had to reconnect."
        : `${numberText(most.value)} reconnecting at most, ${at(series, most.step)}.`),
    unit: "count",
    lines: [
      { name: "open", ink: "blue", shape: "line", values: series.open },
      { name: "reconnecting", ink: "orange", shape: "area", values: series.reconnecting },
    ],
  };
}

function rates(series: RunSeries): Chart {
  const { offered, acknowledged } = series;
  return {
    id: "rates",
    title: "Messages",
    about: "Offered and acknowledged, per second.",
    summary: `${numberText(sumOf(offered))} offered, ${numberText(sumOf(acknowledged))} ` +
      `acknowledged; at most ${rateText(series, peakOf(offered).value)} and ` +
      `${rateText(series, peakOf(acknowledged).value)}.`,
    unit: "perSecond",
    lines: [
      { name: "offered", ink: "grey", shape: "area", values: perSecond(series, offered) },
      { name: "acknowledged", ink: "blue", shape: "line", values: perSecond(series, acknowledged) },
    ],
  };
}

function delivered(series: RunSeries): Chart {
  const most = peakOf(series.delivered);
  return {
    id: "delivered",
    title: "Deliveries",
    about:
      "To readers, per second. A message counts once for each reader, so the scale is another.",
    summary: `${numberText(sumOf(series.delivered))} in all; at most ` +
      `${rateText(series, most.value)}, ${at(series, most.step)}.`,
    unit: "perSecond",
    lines: [
      {
        name: "delivered",
        ink: "teal",
        shape: "area",
        values: perSecond(series, series.delivered),
      },
    ],
  };
}

function latency({ p50Ms, p99Ms, maxMs, ...series }: RunSeries): Chart {
  const drawable = (values: readonly (number | null)[]) =>
    values.map((value) => value === null ? null : Math.max(LEAST_MS, value));
  const told = (name: string, values: readonly (number | null)[]) => {
    const most = peakOf(values);
    return `${name} up to ${formatDuration(most.value)} (${at(series, most.step)})`;
  };
  return {
    id: "latency",
    title: "Latency",
    about: "From the time a message was due to its delivery, by the step of delivery. Log scale.",
    summary: `${told("p50", p50Ms)}; ${told("p99", p99Ms)}; ${told("max", maxMs)}.`,
    unit: "ms",
    isLog: true,
    lines: [
      { name: "max", ink: "grey", shape: "line", isDashed: true, values: drawable(maxMs) },
      { name: "p99", ink: "orange", shape: "line", values: drawable(p99Ms) },
      { name: "p50", ink: "blue", shape: "line", values: drawable(p50Ms) },
    ],
  };
}

function backlog(series: RunSeries): Chart {
  const most = peakOf(series.backlog);
  const left = series.backlog.at(-1) ?? 0;
  return {
    id: "backlog",
    title: "Backlog",
    about: "Sent and not yet seen, on average over the readers. It must return to 0.",
    summary: left > 0
      ? `It did not return to 0: ${numberText(Math.ceil(left))} left at the end; ` +
        `${numberText(most.value)} at most, ${at(series, most.step)}.`
      : most.value === 0
      ? "Always 0."
      : `At most ${numberText(most.value)}, ${at(series, most.step)}; ` +
        `0 again from ${stepTime(series, lastNonZero(series.backlog) + 1)} on.`,
    unit: "count",
    lines: [{ name: "not yet seen", ink: "violet", shape: "area", values: series.backlog }],
  };
}

function arrivals(series: RunSeries): Chart {
  const most = peakOf(series.reconnects);
  const step = formatDuration(series.stepMs);
  return {
    id: "arrivals",
    title: "Reconnect attempts",
    about: `In each step of ${step}.`,
    summary: most.value === 0
      ? "No client had to come back."
      : `${numberText(sumOf(series.reconnects))} in all; at most ${numberText(most.value)} ` +
        `in ${step}, ${at(series, most.step)}.`,
    unit: "count",
    lines: [{ name: "attempts", ink: "orange", shape: "bars", values: series.reconnects }],
  };
}

function perSecond({ stepMs }: { stepMs: number }, values: readonly number[]): number[] {
  return values.map((value) => value * 1_000 / stepMs);
}

function rateText({ stepMs }: { stepMs: number }, value: number): string {
  return `${numberText(value * 1_000 / stepMs)}/s`;
}

function at(series: { stepMs: number }, step: number): string {
  return `at ${stepTime(series, step)}`;
}
