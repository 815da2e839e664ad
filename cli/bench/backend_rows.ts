/**
 * Our server on each log, as a table: each figure beside the one on SQLite in the same run.
 *
 * @module
 */

import { GENERATOR_BOUND_MS } from "./figures.ts";
import { numberText } from "./number_text.ts";
import { type BackendLoad, BACKENDS } from "./plan.ts";
import { type BackendValue, median, type Results } from "./samples.ts";
import type { StoreName } from "./stores.ts";

interface Row {
  load: BackendLoad;
  value: BackendValue;
  title: string;
  unit: string;
}

const ROWS: readonly Row[] = [
  { load: "idle", value: "p50Ms", title: "latency, idle, p50", unit: "ms" },
  { load: "idle", value: "p99Ms", title: "latency, idle, p99", unit: "ms" },
  { load: "busy", value: "p50Ms", title: "latency, busy, p50", unit: "ms" },
  { load: "busy", value: "p99Ms", title: "latency, busy, p99", unit: "ms" },
  { load: "busy", value: "deliveredPercent", title: "delivered of what was due, busy", unit: "%" },
  { load: "busy", value: "cpuUs", title: "server CPU per delivery, busy", unit: "µs" },
  { load: "busy", value: "natsUs", title: "NATS CPU per message, busy", unit: "µs" },
  { load: "most", value: "messagesPerSecond", title: "messages carried at most", unit: "/s" },
  { load: "most", value: "p50Ms", title: "latency then, p50", unit: "ms" },
  { load: "most", value: "p99Ms", title: "latency then, p99", unit: "ms" },
];
const PEER: StoreName = "sqlite: normal";
/** The rows, the heading first; empty when none were measured. */
export function backendRows(results: Results): string[][] {
  if (!results.plan.parts.includes("backends")) return [];
  const columns = BACKENDS.flatMap((store) => store === PEER ? [store] : [store, "/ sqlite"]);
  return [
    ["our server on", "unit", ...columns, "note"],
    ...ROWS.map((row) => [
      row.title,
      row.unit,
      ...BACKENDS.flatMap((store) => cells(row, store, results)),
      noteOf(row, results),
    ]),
  ];
}

function cells(row: Row, store: StoreName, results: Results): string[] {
  const value = valueOf(row, store, results);
  const peer = valueOf(row, PEER, results);
  const text = results.absentStores[store] ?? numberText(value);
  if (store === PEER) return [text];
  return [text, numberText(value === undefined || !peer ? undefined : value / peer)];
}

function valueOf({ load, value }: Row, store: StoreName, { backends }: Results) {
  return median(
    backends.filter((sample) => sample.load === load && sample.store === store)
      .flatMap(({ values }) => values[value] ?? []),
  );
}

function noteOf({ load }: Row, { backends }: Results): string {
  return BACKENDS.filter((store) => {
    const lags = backends.filter((sample) => sample.load === load && sample.store === store)
      .map(({ lagP99Ms }) => lagP99Ms);
    return (median(lags) ?? 0) > GENERATOR_BOUND_MS;
  }).map((store) => `${store}: generator-bound`).join("; ");
}
