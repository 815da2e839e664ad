/**
 * The report of a run on `lastcall.v1`, for a person and for a program.
 *
 * @module
 */

import { formatByteSize, formatDuration } from "@lastcall/lastcall";
import { GENERATOR_BOUND_MS } from "../figures.ts";
import { nameCounts } from "../findings.ts";
import type { Verdict } from "../judge.ts";
import { noPaint, type Paint } from "../paint.ts";
import { describeReceipt } from "../receipt.ts";
import { COLOUR_OF, sectionText } from "../report.ts";
import type { Section } from "../report/model.ts";
import { type Cell, groupDigits } from "../text_table.ts";
import type { FaultFigures, SoakFigures } from "./soak_figures.ts";
import type { SoakJudgement } from "./soak_judge.ts";
import type { FaultRecord, Latency, SoakRun } from "./soak_run.ts";

/** What a report is made from. */
export interface SoakResults {
  run: SoakRun;
  figures: SoakFigures;
  judgement: SoakJudgement;
}

const OUTPUT_LINES = 10;
/** More faults than these have one row for all. */
const MOST_FAULTS = 4;

/** The whole report. */
export function soakReportText(results: SoakResults, paint: Paint = noPaint): string {
  const sections = results.run.failure === undefined ? sectionsOf(results) : [];
  return [
    [soakVerdictLine(results, paint), ...reasonLines(results)].join("\n"),
    ...sections.filter(({ rows }) => rows.length > 0).map((one) => sectionText(one, paint)),
    ...outputSections(results, paint),
  ].join("\n\n") + "\n";
}

/** The verdict in one line. */
export function soakVerdictLine(results: SoakResults, paint: Paint = noPaint): string {
  const { verdict } = results.judgement;
  const word = paint(COLOUR_OF[verdict], paint("bold", verdict.toUpperCase()));
  return `${word}  ${BECAUSE[verdict](results)}`;
}

const BECAUSE: Record<Verdict, (results: SoakResults) => string> = {
  pass: ({ run: { messages, faults }, figures }) =>
    `${groupDigits(messages.acknowledged)} messages acknowledged, 0 lost, 0 undelivered, ` +
    `0 duplicate, 0 out of order; ${groupDigits(figures.connected)} clients through ` +
    `${faults.length} ${faults[0]?.signal === "SIGKILL" ? "kill" : "restart"}` +
    (faults.length === 1 ? "" : "s"),
  fail: ({ judgement: { failures, exceeded } }) => {
    const findings = failures.length + exceeded.length;
    return findings === 1 ? "1 finding" : `${findings} findings`;
  },
  unknown: () => "nothing wrong was seen, and not enough to say that all is well",
  "not started": ({ run }) => run.failure ?? "",
  interrupted: ({ run }) => `stopped after ${formatDuration(run.endedAtMs)}; not judged`,
};

function reasonLines({ run, figures, judgement }: SoakResults): string[] {
  if (judgement.verdict === "not started") return [];
  const late = formatDuration(run.generator.lagP99Ms);
  return [
    ...[...judgement.failures, ...judgement.exceeded].map((text) => `  - ${text}`),
    ...judgement.missing.map((text) => `  ? ${text}`),
    ...figures.generatorBound
      ? [`  ! generator-bound: our own timers were ${late} late (p99), so times may be ours`]
      : [],
  ];
}

function sectionsOf({ run, figures }: SoakResults): Section[] {
  const faults = run.faults.map((record, i) => ({ record, figures: figures.faults[i]! }));
  return [
    { title: "Messages", rows: messageRows(run) },
    ...faults.length > MOST_FAULTS
      ? [{ title: "Faults", rows: allFaultRows(faults) }]
      : faults.map((fault, i) => ({
        title: `Fault ${i + 1}: ${fault.record.signal} to server ${fault.record.instance + 1}`,
        rows: faultRows(fault, run),
      })),
    { title: "From the time a message was due", rows: latencyRows(run) },
    { title: "Generator", rows: generatorRows(run, figures) },
  ];
}

function messageRows({ messages, deliveries }: SoakRun): Cell[][] {
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

interface Fault {
  record: FaultRecord;
  figures: FaultFigures;
}

function faultRows({ record, figures }: Fault, { plan }: SoakRun): Cell[][] {
  const { connected, resumed, missing, peakReconnects, allowedReconnects } = figures;
  const { exit, isKilled, receipt } = record;
  const took = (name: string, ms: number | undefined, what = ""): Cell[][] =>
    ms === undefined ? [] : [[name, formatDuration(ms) + what]];
  const exitCode = exit && `${exit.code}${exit.signal ? ` (${exit.signal})` : ""}` +
      `${isKilled ? ", killed by us" : ""}`;
  const limit = allowedReconnects === undefined ? "" : `, allowed ${allowedReconnects}`;
  return [
    ["clients", `${groupDigits(connected)} of ${groupDigits(plan.kinds.normal)}`],
    ["sends under way", groupDigits(record.inFlight)],
    ...took("first close", figures.firstCloseMs),
    ...took("last close", figures.lastCloseMs),
    ...took("process exit", figures.exitMs),
    ...took("listening again", figures.readyMs),
    ...took("everybody back", figures.backMs),
    ["exit code", exitCode ?? "-"],
    ["closes by code", nameCounts(figures.byCode) || "-"],
    ["resumed", `${groupDigits(resumed)}${missing > 0 ? `, ${missing} not back` : ""}`],
    ["peak reconnects in 1s", `${groupDigits(peakReconnects)}${limit}`],
    ...took("latest attempt", figures.latestAttemptMs, " after its announced time"),
    ...took("latest welcome", figures.latestBackMs, " after its announced time"),
    ...receipt ? [["receipt", `${describeReceipt(receipt)}; ${describeRate(receipt)}`]] : [],
  ];
}

function describeRate({ durationMs, rate }: NonNullable<FaultRecord["receipt"]>): string {
  const window = rate ? `, window ${formatDuration(rate.windowMs)}` : "";
  return `took ${formatDuration(durationMs)}${window}`;
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
  const [first] = faults;
  return [
    ["signals", `${faults.length} × ${first!.record.signal}`],
    ["sends under way", `${sum(({ record }) => record.inFlight)} in all`],
    ["closes by code", nameCounts(byCode) || "-"],
    ["resumed", sum(({ figures }) => figures.resumed)],
    ["not back", sum(({ figures }) => figures.missing)],
    ["signal to exit", `${formatDuration(most(({ figures }) => figures.exitMs))} at most`],
    ["listening again", `${formatDuration(most(({ figures }) => figures.readyMs))} at most`],
    ["everybody back", `${formatDuration(most(({ figures }) => figures.backMs))} at most`],
    ["peak reconnects in 1s", groupDigits(most(({ figures }) => figures.peakReconnects))],
  ];
}

function latencyRows({ latency: { quiet, faulty } }: SoakRun): Cell[][] {
  const row = (name: string, { samples, p50Ms, p99Ms, maxMs }: Latency): Cell[][] =>
    samples === 0 ? [] : [[name, ...[p50Ms, p99Ms, maxMs].map(formatDuration)]];
  const rows = [
    ...row("acknowledged", quiet.acknowledged),
    ...row("acknowledged, due in a fault", faulty.acknowledged),
    ...row("delivered", quiet.delivered),
    ...row("delivered, due in a fault", faulty.delivered),
  ];
  return rows.length === 0 ? [] : [["", "p50", "p99", "max"], ...rows];
}

function generatorRows({ generator, deliveries }: SoakRun, figures: SoakFigures): Cell[][] {
  const { total, peakPerSecond, batches, distinct } = deliveries;
  const bound = figures.generatorBound ? `, above ${GENERATOR_BOUND_MS}ms` : "";
  return [
    ["delivered", `${groupDigits(total)}, at most ${groupDigits(peakPerSecond)} in a second`],
    ["batches", `${groupDigits(batches)}, ${groupDigits(distinct)} different ones`],
    ["timer lag", `${formatDuration(generator.lagP99Ms)} (p99)${bound}`],
    ["memory", formatByteSize(generator.peakRssBytes)],
  ];
}

/** What the servers said last, when that may explain something. */
function outputSections({ run: { instances }, judgement }: SoakResults, paint: Paint): string[] {
  const isTelling = judgement.verdict === "not started" || judgement.verdict === "fail";
  if (!isTelling) return [];
  return instances.flatMap(({ output }, i) => {
    const lines = output.slice(-OUTPUT_LINES).map((line) => `  ${line}`);
    if (lines.length === 0) return [];
    return [[paint("bold", `Last output of server ${i + 1}`), ...lines].join("\n")];
  });
}

/** The report as a plain value: units are in the names; fields are added, never changed. */
export function soakReportJson({ run, figures, judgement }: SoakResults) {
  const { plan, startedAt, endedAtMs, instances, deliveries, latency, generator } = run;
  return {
    version: 1,
    verdict: judgement.verdict,
    exitCode: judgement.exitCode,
    failures: judgement.failures,
    exceeded: judgement.exceeded,
    missing: judgement.missing,
    startedAt,
    tookMs: Math.round(endedAtMs),
    plan,
    instances,
    clients: { normal: { asked: plan.kinds.normal, connected: figures.connected } },
    messages: run.messages,
    deliveries,
    faults: run.faults.map((fault, i) => ({ ...fault, ...figures.faults[i] })),
    strayEnds: figures.strayEnds,
    latency,
    generator: { ...generator, bound: figures.generatorBound },
  };
}
