/**
 * What was wrong in a run, and what was not seen in it: one sentence each.
 *
 * @module
 */

import { CLOSE_CODES, formatDuration } from "@lastcall/lastcall";
import { codeOf, countBy, CUT, type Figures, type KindFigures } from "./figures.ts";
import type { ClientRecord, ExitRecord, Run } from "./run.ts";

/** Everything that is wrong, whatever else was seen. */
export function failuresOf(run: Run, { kinds }: Figures): string[] {
  const { damaged } = run.deliveries;
  return [
    ...kinds.filter(({ kind }) => kind === "normal").flatMap(refusals),
    ...earlyEnds(run),
    ...wrongEnds(run),
    ...damaged > 0 ? [`damaged deliveries, or of messages that were never sent: ${damaged}`] : [],
    ...run.exit ? exitFailures(run.exit, run) : [],
  ];
}

/** Everything that a proof would need and this run did not show. */
export function missingEvidence(run: Run, { kinds }: Figures): string[] {
  if (run.target.failure) return [run.target.failure];
  const absent = kinds.filter(({ kind, refused }) => kind !== "normal" && refused > 0)
    .map(({ kind, asked, refused, refusals }) =>
      `${refused} of ${asked} ${kind} clients were not aboard: ${nameCounts(refusals)}`
    );
  return [...missingFault(run), ...missingLoad(run, kinds), ...absent];
}

/** `HTTP 503 (5), ECONNREFUSED (2)`. */
export function nameCounts(counts: Record<string, number>): string {
  return Object.entries(counts).map(([word, count]) => `${word} (${count})`).join(", ");
}

function nameCode(code: number | undefined): string {
  return code === CUT ? "1006 cut" : `${code} ${CLOSE_CODES[code!]?.name ?? ""}`.trim();
}

/** A server that nobody reached has proved nothing; one that turned some away has failed them. */
function refusals({ asked, connected, refused, refusals }: KindFigures): string[] {
  if (connected === 0 || refused === 0) return [];
  return [`${refused} of ${asked} normal clients could not connect: ${nameCounts(refusals)}`];
}

function isEarly({ endedAtMs = Infinity }: ClientRecord, { signalsAtMs }: Run): boolean {
  return endedAtMs < (signalsAtMs[0] ?? 0);
}

function earlyEnds(run: Run): string[] {
  const codes = normalClients(run).filter((client) => client.end && isEarly(client, run))
    .map(({ end }) => nameCode(codeOf(end!)));
  return share(codes, run, `ended before the signal: ${nameCounts(countBy(codes))}`);
}

function wrongEnds(run: Run): string[] {
  const { closeCodes, settleMs } = run.plan;
  const ended = normalClients(run).filter((client) => client.end && !isEarly(client, run));
  const codes = ended.map(({ end }) => codeOf(end!));
  const cut = codes.filter((code) => code === CUT);
  const open = run.exit ? codes.filter((code) => code === undefined) : [];
  const talkedTo = ended.filter(({ bytesAfterClose }) => bytesAfterClose > 0);
  const wrong = codes.filter((code) => code !== undefined && code !== CUT)
    .filter((code) => !closeCodes.includes(code!)).map(nameCode);
  return [
    ...share(cut, run, "were cut: no Close frame came (1006)"),
    ...share(wrong, run, `got a close code that is not allowed: ${nameCounts(countBy(wrong))}`),
    ...share(talkedTo, run, "got data after the Close frame"),
    ...share(open, run, `still had a connection ${formatDuration(settleMs)} after the exit`),
  ];
}

/** `3 of 200 normal clients did this`; nothing when none did. */
function share(who: readonly unknown[], { plan }: Run, what: string): string[] {
  return who.length === 0 ? [] : [`${who.length} of ${plan.kinds.normal} normal clients ${what}`];
}

function normalClients({ clients }: Run): ClientRecord[] {
  return clients.filter(({ kind }) => kind === "normal");
}

function exitFailures({ code, signal, killed }: ExitRecord, { plan, signalsAtMs }: Run): string[] {
  const name = signal ? `${code} (${signal})` : `${code}`;
  if (killed) {
    return [`the process was still running ${formatDuration(plan.graceMs)} after the signal`];
  }
  if (signalsAtMs.length === 0) {
    return [`the process ended by itself, with exit code ${name}, before any signal`];
  }
  if (plan.exitCodes.includes(code)) return [];
  return [`the process ended with exit code ${name}; allowed: ${plan.exitCodes.join(", ")}`];
}

function missingFault({ plan, signalsAtMs, exit }: Run): string[] {
  if (plan.target.kind === "url") {
    return ["no fault was seen: with --target alone there is no process to signal"];
  }
  if (plan.signals === 0) return ["no fault was seen: --signals is 0"];
  return signalsAtMs.length > 0 && exit ? [] : ["no fault was seen: the process did not end"];
}

function missingLoad(run: Run, kinds: Figures["kinds"]): string[] {
  const normal = kinds.find(({ kind }) => kind === "normal");
  if (normal?.connected === 0) {
    return [`no normal client could connect: ${nameCounts(normal.refusals)}`];
  }
  if (run.signalsAtMs.length === 0) return [];
  return [
    ...run.connectedAtSignal === 0 ? ["no normal client was connected at the signal"] : [],
    ...run.sentAroundSignal === 0 ? ["no message was sent within a second of the signal"] : [],
  ];
}
