/**
 * Makes what reports show of a run that was judged.
 *
 * @module
 */

import { formatByteSize, formatDuration } from "@lastcall/lastcall";
import { faultTitle } from "../check/concerns.ts";
import type { Figures } from "../check/figures.ts";
import type { Verdict } from "../check/judge.ts";
import { isCloseToLimit } from "../descriptors.ts";
import { describeLog } from "../log_plan.ts";
import { CLIENT_KINDS } from "../mix.ts";
import type { Plan } from "../plan.ts";
import type { Results } from "../results.ts";
import type { Fault } from "../scenarios.ts";
import type { FaultRecord, Run } from "../run.ts";
import { groupDigits } from "../text_table.ts";
import type { FaultSpan, ReportModel } from "./model.ts";
import { describeClose, sectionsOf } from "./sections.ts";

const OUTPUT_LINES = 10;
const MOST_RECONNECTS = 1_000;

/** The model of a run; `again`: the command that judges it again. */
export function modelOf(results: Results, again?: string): ReportModel {
  const { run, figures, thresholds, judgement } = results;
  const isRun = run.failure === undefined;
  return {
    ...{ verdict: judgement.verdict, exitCode: judgement.exitCode },
    headline: HEADLINE[judgement.verdict](results),
    failures: judgement.failures,
    exceeded: judgement.exceeded,
    missing: judgement.verdict === "not started" ? [] : judgement.missing,
    notes: notesOf(run, figures),
    plan: planOf(run.plan),
    ...{ startedAt: run.startedAt, tookMs: run.endedAtMs },
    sections: isRun ? sectionsOf(results) : [],
    stories: run.stories,
    thresholds,
    faults: run.faults.map((fault) => spanOf(fault, run)),
    closes: figures.closes.filter(({ code }) => code !== "left")
      .map(({ kind, code, count }) => ({ kind, code, name: describeClose(code), count })),
    series: run.series,
    reconnectsAtMs: thinOut(run.reconnectsAtMs),
    outputs: outputsOf(results),
    ...again === undefined ? {} : { again },
  };
}

const HEADLINE: Record<Verdict, (results: Results) => string> = {
  pass: (results) => results.run.plan.protocol === "v1" ? passOfLog(results) : passOfClose(results),
  fail({ judgement: { failures, exceeded } }) {
    const findings = failures.length + exceeded.length;
    return findings === 1 ? "1 finding" : `${findings} findings`;
  },
  unknown: () => "nothing wrong was seen, and not enough to say that all is well",
  "not started": ({ run }) => run.failure ?? "",
  interrupted: ({ run }) => `stopped after ${formatDuration(run.endedAtMs)}; not judged`,
};

function passOfLog({ run, figures }: Results): string {
  return `${groupDigits(run.messages.acknowledged)} messages acknowledged, 0 lost, ` +
    `0 undelivered, 0 duplicate, 0 out of order; ${groupDigits(figures.connected)} clients ` +
    whatHappened(run);
}

function whatHappened({ faults, plan }: Run): string {
  if (faults.length === 0) return "without a fault";
  const [what, ofWhat = ""] = WHAT_HAPPENED[plan.fault];
  return `through ${faults.length} ${what}${faults.length === 1 ? "" : "s"}${ofWhat}`;
}

const WHAT_HAPPENED: Record<Fault, [string, string?]> = {
  "none": [""],
  "restart": ["restart"],
  "kill": ["kill"],
  "freeze": ["freeze"],
  "nats-kill": ["kill", " of NATS servers"],
  "nats-lame-duck": ["lame duck", " among the NATS servers"],
  "nats-loss": ["loss", " of all NATS servers"],
  "nats-partition": ["partition", " of NATS servers"],
};

function passOfClose({ run, figures }: Results): string {
  const [fault] = figures.faults;
  if (!fault) return `${groupDigits(figures.connected)} clients, none cut`;
  const codes = Object.keys(fault.byCode).join(" and ");
  return `${groupDigits(fault.connected)} normal clients closed with ${codes}, none cut; ` +
    `exit code ${run.faults[0]!.exit?.code} after ${formatDuration(fault.exitMs ?? 0)}`;
}

function notesOf({ generator }: Run, { generatorBound }: Figures): string[] {
  const late = formatDuration(generator.lagP99Ms);
  return [
    ...generatorBound
      ? [`generator-bound: our own timers were ${late} late (p99), so times may be ours`]
      : [],
    ...isCloseToLimit(generator.peakConnections, generator.fdLimit)
      ? [
        `file descriptors: ${groupDigits(generator.peakConnections)} connections at once, limit ` +
        `${groupDigits(generator.fdLimit!)}, so refusals may be ours`,
      ]
      : [],
  ];
}

function planOf(plan: Plan): [string, string][] {
  const kinds = CLIENT_KINDS.filter((kind) => plan.kinds[kind] > 0)
    .map((kind) => `${groupDigits(plan.kinds[kind])} ${kind}`).join(", ");
  const target = plan.target.kind === "lastcall"
    ? "this project's server"
    : plan.target.kind === "spawn"
    ? plan.target.command
    : plan.target.url;
  return [
    ["scenario", plan.scenario],
    ["servers", `${plan.instances}: ${target}`],
    ...plan.log ? [["log", describeLog(plan.log)] satisfies [string, string]] : [],
    ["protocol", plan.protocol],
    ["clients", kinds + (plan.rooms > 1 ? ` in ${plan.rooms} rooms` : "")],
    ["load", `${groupDigits(plan.ratePerSecond)}/s of ${formatByteSize(plan.sizeBytes)}`],
    ["seed", String(plan.seed)],
  ];
}

function spanOf(fault: FaultRecord, { endedAtMs, plan }: Run): FaultSpan {
  const { signalAtMs, backAtMs, exit } = fault;
  const toMs = backAtMs ?? (plan.protocol === "v1" ? endedAtMs : exit?.atMs ?? endedAtMs);
  return { label: faultTitle(fault), fromMs: signalAtMs, toMs };
}

/** Evenly, so that their distribution stays the same. */
function thinOut(times: readonly number[]): number[] {
  const sorted = times.toSorted((a, b) => a - b);
  if (sorted.length <= MOST_RECONNECTS) return sorted;
  return Array.from(
    { length: MOST_RECONNECTS },
    (_, i) => sorted[Math.round(i * (sorted.length - 1) / (MOST_RECONNECTS - 1))]!,
  );
}

/** What the servers said last, when that may explain something. */
function outputsOf({ run: { instances, members = [] }, judgement: { verdict } }: Results) {
  if (verdict !== "not started" && verdict !== "fail") return [];
  const all = [
    ...instances.map(({ output }, i) => ({
      title: instances.length > 1 ? `Last output of server ${i + 1}` : "Last output of the server",
      output,
    })),
    ...members.map(({ name, output }) => ({ title: `Last output of NATS server ${name}`, output })),
  ];
  return all.map(({ title, output }) => ({ title, lines: output.slice(-OUTPUT_LINES) }))
    .filter(({ lines }) => lines.length > 0);
}
