/**
 * The tables of a report.
 *
 * @module
 */

import { CLOSE_CODES, formatByteSize, formatDuration } from "@lastcall/lastcall";
import { faultTitle, isBehind } from "../check/concerns.ts";
import type { FaultFigures } from "../check/fault_figures.ts";
import { CUT } from "../check/ends.ts";
import { type Figures, GENERATOR_BOUND_MS } from "../check/figures.ts";
import { nameCounts } from "../check/findings.ts";
import { contradictions } from "../check/receipt.ts";
import type { Results } from "../results.ts";
import type { FaultRecord, Latency, Receipt, Run } from "../run.ts";
import { type Cell, groupDigits } from "../text_table.ts";
import type { Section } from "./model.ts";

/** More faults than these have one table for all. */
const MOST_FAULTS = 4;

/** All tables, in order. */
export function sectionsOf({ run, figures }: Results): Section[] {
  const faults = run.faults.map((record, i) => ({ record, figures: figures.faults[i]! }));
  const all: Section[] = [
    { title: "Clients", rows: clientRows(figures), hasHead: true },
    run.tally
      ? { title: "Messages, and who saw them", rows: phaseRows(run.tally.phases), hasHead: true }
      : { title: "Messages", rows: messageRows(run) },
    ...faults.length > MOST_FAULTS
      ? [{ title: "Faults", rows: allFaultRows(faults) }]
      : faults.map((fault, i) => ({
        title: `Fault ${i + 1}: ${faultTitle(fault.record)}`,
        rows: faultRows(fault, run),
      })),
    { title: "Closes", rows: closeRows(figures), hasHead: true },
    { title: "From the time a message was due", rows: latencyRows(run), hasHead: true },
    { title: "Generator", rows: generatorRows(run, figures) },
  ];
  return all.filter(({ rows }) => rows.length > 0);
}

/** `service_restart`, `cut: no Close frame`. */
export function describeClose(code: string): string {
  if (code === String(CUT)) return "cut: no Close frame";
  return CLOSE_CODES[Number(code)]?.name ?? (code === "left" ? "by us, at the end" : "");
}

function clientRows({ kinds }: Figures): Cell[][] {
  const isPlain = kinds.length === 1 && kinds[0]!.connected === kinds[0]!.asked;
  if (isPlain) return [];
  const rows = kinds.map(({ kind, asked, connected, refusals }): Cell[] => [
    ...[kind, asked, connected, nameCounts(refusals)],
  ]);
  return [["", "asked", "connected", ""], ...rows];
}

function messageRows({ messages, deliveries }: Run): Cell[][] {
  const unknown = messages.unknown === 0
    ? "0"
    : `${groupDigits(messages.unknown)}, ${groupDigits(messages.recovered)} of them in the log`;
  return [
    ["offered", groupDigits(messages.offered)],
    ["sent", groupDigits(messages.sent)],
    ["acknowledged", groupDigits(messages.acknowledged)],
    ["refused", groupDigits(messages.refused)],
    ["unknown", unknown],
    ["lost", groupDigits(messages.lost)],
    ["undelivered", groupDigits(messages.undelivered)],
    ["duplicate", groupDigits(messages.duplicate)],
    ["out of order", groupDigits(messages.disorder)],
    ["diverged", groupDigits(messages.diverged)],
    ["phantom", groupDigits(messages.phantom)],
    ["gaps", groupDigits(messages.gaps)],
    ["redelivered", `${groupDigits(deliveries.redelivered)}, left out by the clients`],
  ];
}

function phaseRows(phases: NonNullable<Run["tally"]>["phases"]): Cell[][] {
  const rows = phases.filter(({ offered }) => offered > 0).map((row): Cell[] => [
    ...[row.phase, row.offered, row.sent, row.notConnected + row.blocked],
    ...[row.seenByAll + row.withoutReader, row.seenBySome, row.seenByNone, row.missedDeliveries],
  ]);
  if (rows.length === 0) return [];
  return [
    ["", "offered", "sent", "not sent", "by all", "by some", "by none", "missed"],
    ...rows,
  ];
}

interface Fault {
  record: FaultRecord;
  figures: FaultFigures;
}

function faultRows({ record, figures }: Fault, run: Run): Cell[][] {
  const { plan } = run;
  const { connected, peakReconnects, allowedReconnects } = figures;
  const limit = allowedReconnects === undefined ? "" : `, allowed ${allowedReconnects}`;
  const isReturning = plan.protocol === "v1";
  return [
    ["clients", `${groupDigits(connected)} of ${groupDigits(plan.kinds.normal)}`],
    ...isReturning ? [["sends under way", groupDigits(record.inFlight)]] : [],
    ...took("stood still", figures.frozenMs),
    ...took("first close", figures.firstCloseMs),
    ...took("last close", figures.lastCloseMs),
    ...took("cut off", figures.apartMs),
    ...took("process exit", figures.exitMs),
    ...took(isBehind(record) ? "NATS whole again" : "listening again", figures.readyMs),
    ...readinessRows(record, plan.instances),
    ...took(isBehind(record) ? "messages flow again" : "everybody back", figures.backMs),
    ...record.exit ? [["exit code", describeExit(record)]] : [],
    ["closes by code", nameCounts(figures.byCode) || "none"],
    ["peak closes in 1s", groupDigits(figures.peakCloses)],
    ...isReturning && record.exit
      ? [
        ["resumed", describeResumed(figures)],
        ["peak reconnects in 1s", `${groupDigits(peakReconnects)}${limit}`],
      ]
      : [],
    ...took("latest attempt", figures.latestAttemptMs, " after its announced time"),
    ...took("latest welcome", figures.latestBackMs, " after its announced time"),
    ...receiptRows(record, run),
  ];
}

/** What servers said of themselves while NATS failed. */
function readinessRows({ unready = [], signalAtMs }: FaultRecord, instances: number): Cell[][] {
  if (unready.length === 0) return [];
  const servers = new Set(unready.map(({ instance }) => instance)).size;
  const first = formatDuration(Math.min(...unready.map(({ atMs }) => atMs)) - signalAtMs);
  const last = Math.max(...unready.map(({ readyAtMs = Infinity }) => readyAtMs)) - signalAtMs;
  const until = last === Infinity ? "not all again" : `all again after ${formatDuration(last)}`;
  return [["not ready", `${servers} of ${instances} servers, after ${first}; ${until}`]];
}

function took(name: string, ms: number | undefined, what = ""): Cell[][] {
  return ms === undefined ? [] : [[name, formatDuration(ms) + what]];
}

function describeExit({ exit, isKilled }: FaultRecord): string {
  return `${exit!.code}${exit!.signal ? ` (${exit!.signal})` : ""}` +
    `${isKilled ? ", killed by us" : ""}`;
}

function describeResumed({ resumed, missing }: FaultFigures): string {
  return `${groupDigits(resumed)}${missing > 0 ? `, ${groupDigits(missing)} not back` : ""}`;
}

function receiptRows(record: FaultRecord, run: Run): Cell[][] {
  const { receipt } = record;
  if (!receipt) return [];
  const doubts = contradictions(record, run);
  return [
    ["receipt", describeReceipt(receipt)],
    ...doubts.length === 0
      ? [["receipt agrees", "yes, with what the clients saw"]]
      : doubts.map((doubt) => ["receipt DISAGREES", doubt]),
  ];
}

const OUTCOMES = ["closed", "crossed", "gone", "unanswered", "forced"] as const;

/** `1 900 closed, 100 unanswered; took 20.04s, window 20s`. */
function describeReceipt({ clients, durationMs, rate }: Receipt): string {
  const parts = OUTCOMES.filter((outcome) => clients[outcome])
    .map((outcome) => `${groupDigits(clients[outcome]!)} ${outcome}`);
  const window = rate ? `, window ${formatDuration(rate.windowMs)}` : "";
  return `${parts.join(", ") || "no clients"}; took ${formatDuration(durationMs)}${window}`;
}

function allFaultRows(faults: readonly Fault[]): Cell[][] {
  const sum = (of: (fault: Fault) => number) =>
    groupDigits(faults.reduce((total, fault) => total + of(fault), 0));
  const most = (of: (fault: Fault) => number | undefined) =>
    Math.max(...faults.map((fault) => of(fault) ?? 0));
  const byCode: Record<string, number> = {};
  for (const { figures } of faults) {
    for (const [code, count] of Object.entries(figures.byCode)) {
      byCode[code] = (byCode[code] ?? 0) + count;
    }
  }
  return [
    ["signals", `${faults.length} × ${faults[0]!.record.signal}`],
    ["sends under way", `${sum(({ record }) => record.inFlight)} in all`],
    ["closes by code", nameCounts(byCode) || "none"],
    ["resumed", sum(({ figures }) => figures.resumed)],
    ["not back", sum(({ figures }) => figures.missing)],
    ["signal to exit", `${formatDuration(most(({ figures }) => figures.exitMs))} at most`],
    ["listening again", `${formatDuration(most(({ figures }) => figures.readyMs))} at most`],
    ["everybody back", `${formatDuration(most(({ figures }) => figures.backMs))} at most`],
    ["peak reconnects in 1s", groupDigits(most(({ figures }) => figures.peakReconnects))],
  ];
}

function closeRows({ closes, kinds }: Figures): Cell[][] {
  const isTold = closes.some(({ code }) => code !== "left");
  if (!isTold || (kinds.length === 1 && closes.every(({ code }) => code === "1012"))) return [];
  const rows = closes.map(({ kind, code, count }): Cell[] => [
    ...[kind, code, describeClose(code), count],
  ]);
  return [["", "code", "", "connections"], ...rows];
}

function latencyRows({ latency: { quiet, faulty } }: Run): Cell[][] {
  const row = (name: string, { samples, p50Ms, p99Ms, maxMs }: Latency): Cell[][] =>
    samples === 0 ? [] : [[name, ...[p50Ms, p99Ms, maxMs].map(formatDuration)]];
  const rows = [
    ...row("acknowledged", quiet.acknowledged),
    ...row("acknowledged, sent in a fault", faulty.acknowledged),
    ...row("delivered", quiet.delivered),
    ...row("delivered, sent in a fault", faulty.delivered),
  ];
  return rows.length === 0 ? [] : [["", "p50", "p99", "max"], ...rows];
}

function connectionsAtOnce({ peakConnections, fdLimit }: Run["generator"]): string {
  const limit = fdLimit === undefined ? "" : `, of ${groupDigits(fdLimit)} file descriptors`;
  return `at most ${groupDigits(peakConnections)} at once${limit}`;
}

function generatorRows({ generator, deliveries, tally }: Run, figures: Figures): Cell[][] {
  const { total, peakPerSecond, batches, distinct } = deliveries;
  const bound = figures.generatorBound ? `, above ${GENERATOR_BOUND_MS}ms` : "";
  const { backToSender = 0, foreign = 0, damaged = 0 } = tally?.odd ?? {};
  const odd: [string, number][] = [
    ["back to the sender", backToSender],
    ["not ours", foreign],
    ["damaged", damaged],
  ];
  return [
    ["delivered", `${groupDigits(total)}, at most ${groupDigits(peakPerSecond)} in a second`],
    ["batches", `${groupDigits(batches)}, ${groupDigits(distinct)} different ones`],
    ["timer lag", `${formatDuration(generator.lagP99Ms)} (p99)${bound}`],
    ["memory", formatByteSize(generator.peakRssBytes)],
    ["connections", connectionsAtOnce(generator)],
    ...odd.filter(([, count]) => count > 0).map(([name, count]) => [name, groupDigits(count)]),
  ];
}
