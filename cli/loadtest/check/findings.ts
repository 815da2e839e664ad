/**
 * What was wrong in a run, what was not seen in it, and which limits it passed: one sentence each.
 *
 * @module
 */

import { CLOSE_CODES, formatDuration } from "@lastcall/lastcall";
import type { ThresholdRow } from "../thresholds.ts";
import type { FaultRecord, MessageCounts, Run } from "../run.ts";
import type { Anomaly } from "./anomalies.ts";
import type { FaultFigures } from "./fault_figures.ts";
import { CUT, type Figures } from "./figures.ts";

/** How late after the announced moment a client may be back. */
const LATE_MS = 5_000;

const WRONG: Record<Anomaly, string> = {
  lost: "acknowledged messages lost",
  undelivered: "deliveries owed and not made",
  duplicate: "duplicates",
  disorder: "out of order",
  diverged: "places of the log where two were shown different messages",
  phantom: "messages shown that were never sent, refused, or damaged",
};

/** `HTTP 503 (5), ECONNREFUSED (2)`. */
export function nameCounts(counts: Record<string, number>): string {
  return Object.entries(counts).map(([word, count]) => `${word} (${count})`).join(", ");
}

/** Everything that is wrong, whatever else was seen. */
export function failuresOf(run: Run, figures: Figures): string[] {
  const { strayEnds, talkedTo, stillOpen } = figures;
  const { plan, tally } = run;
  const stray = Object.fromEntries(Object.entries(strayEnds).filter(([code]) => code !== "1000"));
  const damaged = tally?.odd.damaged ?? 0;
  return [
    ...messageFailures(run.messages),
    ...run.stories,
    ...damaged > 0 ? [`damaged deliveries, or of messages that were never sent: ${damaged}`] : [],
    ...refusals(figures),
    ...Object.keys(stray).length > 0
      ? [`connections ended without a fault of their server: ${nameCounts(stray)}`]
      : [],
    ...talkedTo > 0 ? [`${talkedTo} connections got data after the Close frame`] : [],
    ...stillOpen > 0
      ? [
        `${stillOpen} clients still had a connection ${
          formatDuration(plan.settleMs)
        } after their ` +
        "server was gone",
      ]
      : [],
    ...earlyExits(run),
    ...run.faults.flatMap((fault, i) =>
      faultFailures(run, fault, figures.faults[i]!).map((text) => `fault ${i + 1}: ${text}`)
    ),
  ];
}

/** Everything that a proof would need and this run did not show. */
export function missingEvidence(run: Run, figures: Figures): string[] {
  const { plan, messages, unread } = run;
  const normal = figures.kinds.find(({ kind }) => kind === "normal");
  if (figures.connected === 0) {
    return [`no normal client could connect: ${nameCounts(normal?.refusals ?? {})}`];
  }
  return [
    ...missingFaults(run),
    ...figures.faults.flatMap((fault, i) =>
      missingOfFault(run, fault, i).map((text) => `fault ${i + 1}: ${text}`)
    ),
    ...absent(figures),
    ...plan.protocol === "v1" && messages.acknowledged === 0 ? ["no message was acknowledged"] : [],
    ...messages.offered >= plan.maxMessages
      ? [`the run took too long: there is room for ${plan.maxMessages} messages only`]
      : [],
    ...plan.protocol === "v1" && unread !== undefined
      ? [`the log was not read to its end: ${unread}`]
      : [],
  ];
}

/** The limits and thresholds that were passed. */
export function exceededLimits(
  { messages }: Run,
  { faults, generatorBound }: Figures,
  thresholds: readonly ThresholdRow[],
): string[] {
  return [
    ...messages.gaps > 0
      ? [`clients were told ${messages.gaps} times that messages are missed, allowed: 0`]
      : [],
    ...faults.flatMap((fault, i) =>
      exceededBy(fault, generatorBound).map((text) => `fault ${i + 1}: ${text}`)
    ),
    ...thresholds.filter(({ isMet }) => !isMet)
      .map(({ text, value }) => `threshold not met: ${text}; got ${value}`),
  ];
}

function messageFailures(messages: MessageCounts): string[] {
  return Object.entries(WRONG).filter(([name]) => messages[name as Anomaly] > 0)
    .map(([name, what]) => `${what}: ${messages[name as Anomaly]}`);
}

/** A server that nobody reached has proved nothing; one that turned some away has failed them. */
function refusals({ kinds, connected }: Figures): string[] {
  const normal = kinds.find(({ kind }) => kind === "normal");
  if (!normal || connected === 0 || connected === normal.asked) return [];
  return [
    `${normal.asked - connected} of ${normal.asked} normal clients could not connect: ` +
    nameCounts(normal.refusals),
  ];
}

/** An exit that no signal explains. */
function earlyExits({ exits }: Run): string[] {
  return exits.map(({ instance, code }) =>
    `server ${instance + 1} ended by itself, with exit code ${code}`
  );
}

function faultFailures(run: Run, fault: FaultRecord, figures: FaultFigures): string[] {
  return [
    ...exitFailures(run, fault),
    ...closeFailures(run, figures),
    ...run.plan.protocol === "v1" ? returnFailures(fault, figures) : [],
    ...fault.probe === "accepted" ? ["a new client was let in after the signal"] : [],
  ];
}

function exitFailures({ plan }: Run, { exit, isKilled, signal, readyAtMs }: FaultRecord): string[] {
  if (isKilled) {
    return [`the process was still running ${formatDuration(plan.graceMs)} after the signal`];
  }
  const isWrong = signal === "SIGTERM" && exit && !plan.exitCodes.includes(exit.code);
  return [
    ...isWrong
      ? [
        `the process ended with exit code ${exit.code}${exit.signal ? ` (${exit.signal})` : ""}; ` +
        `allowed: ${plan.exitCodes.join(", ")}`,
      ]
      : [],
    ...exit && readyAtMs === undefined && plan.protocol === "v1"
      ? ["the server could not be started again"]
      : [],
  ];
}

function closeFailures({ plan }: Run, { byCode, connected }: FaultFigures): string[] {
  const allowed = plan.closeCodes.map(String);
  const wrong = Object.entries(byCode)
    .filter(([code]) => !allowed.includes(code) && code !== String(CUT))
    .map(([code, count]): [string, number] => [nameCode(code), count]);
  const count = wrong.reduce((sum, [, count]) => sum + count, 0);
  const cut = byCode[CUT] ?? 0;
  return [
    ...cut > 0 && !plan.judging.cutsExpected
      ? [`${cut} of ${connected} clients were cut: no Close frame came (1006)`]
      : [],
    ...count > 0
      ? [
        `${count} of ${connected} clients did not end by a code that is allowed: ` +
        nameCounts(Object.fromEntries(wrong)),
      ]
      : [],
  ];
}

function returnFailures({ exit, signal }: FaultRecord, figures: FaultFigures): string[] {
  const { missing, resumed, connected } = figures;
  const freshStarts = connected - missing - resumed;
  if (!exit && signal !== "SIGSTOP") return [];
  return [
    ...missing > 0 ? [`${missing} of ${connected} clients did not come back`] : [],
    ...freshStarts > 0 ? [`${freshStarts} of ${connected} clients could not resume`] : [],
  ];
}

function nameCode(code: string): string {
  return `${code} ${CLOSE_CODES[Number(code)]?.name ?? ""}`.trim();
}

function missingFaults(run: Run): string[] {
  const { plan, faults } = run;
  if (plan.fault === "none") return [];
  if (plan.target.kind === "url") {
    return ["no fault was seen: with --target alone there is no process to signal"];
  }
  if (plan.faults === 0) return ["no fault was seen: none was asked for"];
  const done = faults.filter((fault) => isSeenToItsEnd(fault, run)).length;
  return done < plan.faults ? [`${done} of ${plan.faults} faults were seen to their end`] : [];
}

function isSeenToItsEnd({ exit, backAtMs, thawedAtMs }: FaultRecord, { plan }: Run): boolean {
  if (plan.fault === "freeze") return thawedAtMs !== undefined && backAtMs !== undefined;
  return exit !== undefined && (plan.protocol !== "v1" || backAtMs !== undefined);
}

function missingOfFault(run: Run, { connected, resumed }: FaultFigures, i: number): string[] {
  const { plan: { judging, protocol }, faults } = run;
  const { sentAround } = faults[i]!;
  const isResumeMissing = protocol === "v1" && judging.resumeNeeded && connected > 0;
  return [
    ...connected === 0 ? ["no normal client was connected at the signal"] : [],
    ...sentAround === 0 ? ["no message was sent within a second of the signal"] : [],
    ...isResumeMissing && resumed === 0 ? ["no client resumed"] : [],
  ];
}

function absent({ kinds }: Figures): string[] {
  return kinds.filter(({ kind, asked, connected }) => kind !== "normal" && connected < asked)
    .map(({ kind, asked, connected, refusals }) =>
      `${asked - connected} of ${asked} ${kind} clients were not aboard: ${nameCounts(refusals)}`
    );
}

/** A generator that is late itself cannot say that somebody else is. */
function exceededBy(
  { peakReconnects, allowedReconnects = Infinity, latestBackMs = 0 }: FaultFigures,
  isGeneratorBound: boolean,
): string[] {
  return [
    ...peakReconnects > allowedReconnects
      ? [`${peakReconnects} reconnects in a second, allowed: ${allowedReconnects}`]
      : [],
    ...latestBackMs > LATE_MS && !isGeneratorBound
      ? [
        `a client was back ${formatDuration(latestBackMs)} after its announced time, ` +
        `allowed: ${formatDuration(LATE_MS)}`,
      ]
      : [],
  ];
}
