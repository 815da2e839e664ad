/**
 * What was wrong in a run, what was not seen in it, and which limits it passed: one sentence each.
 *
 * @module
 */

import { CLOSE_CODES, formatDuration } from "@lastcall/lastcall";
import type { ThresholdRow } from "../thresholds.ts";
import type { FaultRecord, Run } from "../run.ts";
import { ANOMALIES, type Anomaly } from "./anomalies.ts";
import { isBehind } from "./concerns.ts";
import type { FaultFigures } from "./fault_figures.ts";
import { CUT } from "./ends.ts";
import type { Figures } from "./figures.ts";

/** What can be found, by name. `docs/loadtest.md` defines each. */
export const FINDINGS = [
  ...ANOMALIES,
  ...["gap", "close", "upgrade", "exit", "return", "refusal"] as const,
  ...["unseen", "evidence", "limit"] as const,
];

/** The name of a finding. */
export type Finding = typeof FINDINGS[number];

/** Something that was found, in a sentence. */
export interface Found {
  finding: Finding;
  text: string;
}

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
export function failuresOf(run: Run, figures: Figures): Found[] {
  return [
    ...messageFailures(run),
    ...refusals(figures),
    ...connectionFailures(run, figures),
    ...run.exits.map(({ instance, code }) =>
      found("exit", `server ${instance + 1} ended by itself, with exit code ${code}`)
    ),
    ...run.faults.flatMap((fault, i) =>
      ofFault(i, [
        ...exitFailures(run, fault),
        // What ends while NATS fails, ends without a fault of its server.
        ...isBehind(fault) ? flowFailures(fault) : closeFailures(run, figures.faults[i]!),
        ...returnFailures(run, fault, figures.faults[i]!),
        ...upgradeFailures(figures.faults[i]!),
      ])
    ),
  ];
}

/** Everything that a proof would need and this run did not show. */
export function missingEvidence(run: Run, figures: Figures): Found[] {
  const { plan, messages, unread } = run;
  const normal = figures.kinds.find(({ kind }) => kind === "normal");
  if (figures.connected === 0) {
    const why = nameCounts(normal?.refusals ?? {});
    return [found("evidence", `no normal client could connect: ${why}`)];
  }
  const isLogged = plan.protocol === "v1";
  return [
    ...missingFaults(run),
    ...(run.members ?? []).flatMap(({ name, exits }) =>
      exits.map(({ code }) =>
        found("evidence", `NATS server ${name} ended by itself, with exit code ${code}`)
      )
    ),
    ...figures.faults.flatMap((fault, i) => ofFault(i, missingOfFault(run, fault, i))),
    ...absent(figures),
    ...unplaced(run),
    ...isLogged && messages.acknowledged === 0
      ? [found("evidence", "no message was acknowledged")]
      : [],
    ...messages.offered >= plan.maxMessages
      ? [
        found(
          "evidence",
          `the run took too long: there is room for ${plan.maxMessages} messages only`,
        ),
      ]
      : [],
    ...isLogged && unread !== undefined
      ? [found("unseen", `the log was not read to its end: ${unread}`)]
      : [],
  ];
}

/** The limits and thresholds that were passed. */
export function exceededLimits(
  { messages }: Run,
  { faults, generatorBound }: Figures,
  thresholds: readonly ThresholdRow[],
): Found[] {
  return [
    ...messages.gaps > 0
      ? [
        found(
          "gap",
          `clients were told ${messages.gaps} times that messages are missed, allowed: 0`,
        ),
      ]
      : [],
    ...faults.flatMap((fault, i) => ofFault(i, exceededBy(fault, generatorBound))),
    ...thresholds.filter(({ isMet }) => !isMet)
      .map(({ text, value }) => found("limit", `threshold not met: ${text}; got ${value}`)),
  ];
}

function found(finding: Finding, text: string): Found {
  return { finding, text };
}

function ofFault(i: number, all: readonly Found[]): Found[] {
  return all.map(({ finding, text }) => found(finding, `fault ${i + 1}: ${text}`));
}

function messageFailures({ messages, tally }: Run): Found[] {
  const damaged = tally?.odd.damaged ?? 0;
  return [
    ...ANOMALIES.filter((name) => messages[name] > 0)
      .map((name) => found(name, `${WRONG[name]}: ${messages[name]}`)),
    ...damaged > 0
      ? [found("phantom", `damaged deliveries, or of messages that were never sent: ${damaged}`)]
      : [],
  ];
}

/** A server that nobody reached has proved nothing; one that turned some away has failed them. */
function refusals({ kinds, connected }: Figures): Found[] {
  const normal = kinds.find(({ kind }) => kind === "normal");
  if (!normal || connected === 0 || connected === normal.asked) return [];
  const share = `${normal.asked - connected} of ${normal.asked} normal clients`;
  return [found("refusal", `${share} could not connect: ${nameCounts(normal.refusals)}`)];
}

function connectionFailures({ plan }: Run, { strayEnds, talkedTo, stillOpen }: Figures): Found[] {
  const stray = Object.fromEntries(Object.entries(strayEnds).filter(([code]) => code !== "1000"));
  const settled = formatDuration(plan.settleMs);
  const texts = [
    Object.keys(stray).length > 0 &&
    `connections ended without a fault of their server: ${nameCounts(stray)}`,
    talkedTo > 0 && `${talkedTo} connections got data after the Close frame`,
    stillOpen > 0 &&
    `${stillOpen} clients still had a connection ${settled} after their server was gone`,
  ];
  return texts.filter((text) => text !== false).map((text) => found("close", text));
}

function exitFailures({ plan }: Run, fault: FaultRecord): Found[] {
  const { exit, isKilled, signal, readyAtMs } = fault;
  if (isKilled) {
    // What NATS does is not what is tested.
    if (isBehind(fault)) return [];
    const grace = formatDuration(plan.graceMs);
    return [found("exit", `the process was still running ${grace} after the signal`)];
  }
  const isWrong = signal === "SIGTERM" && exit && !plan.exitCodes.includes(exit.code);
  const isAway = exit && readyAtMs === undefined && plan.protocol === "v1";
  const code = exit && `${exit.code}${exit.signal ? ` (${exit.signal})` : ""}`;
  const allowed = plan.exitCodes.join(", ");
  return [
    ...isWrong
      ? [found("exit", `the process ended with exit code ${code}; allowed: ${allowed}`)]
      : [],
    ...isAway ? [found("exit", "the server could not be started again")] : [],
  ];
}

function closeFailures({ plan }: Run, { byCode, connected }: FaultFigures): Found[] {
  const allowed = plan.closeCodes.map(String);
  const wrong = Object.entries(byCode)
    .filter(([code]) => !allowed.includes(code) && code !== String(CUT))
    .map(([code, count]): [string, number] => [nameCode(code), count]);
  const count = wrong.reduce((sum, [, count]) => sum + count, 0);
  const cut = byCode[CUT] ?? 0;
  const codes = nameCounts(Object.fromEntries(wrong));
  return [
    ...cut > 0 && !plan.judging.cutsExpected
      ? [found("close", `${cut} of ${connected} clients were cut: no Close frame came (1006)`)]
      : [],
    ...count > 0
      ? [
        found(
          "close",
          `${count} of ${connected} clients did not end by a code that is allowed: ${codes}`,
        ),
      ]
      : [],
  ];
}

/** NATS is whole again, and so must be all that is behind it. */
function flowFailures({ members = [], backAtMs }: FaultRecord): Found[] {
  const isWhole = members.every(({ readyAtMs }) => readyAtMs !== undefined);
  if (backAtMs !== undefined || !isWhole) return [];
  return [found("return", "NATS was whole again, and messages did not flow as before")];
}

/** Who had to begin anew was told of a gap, which is a limit of its own. */
function returnFailures(
  { plan }: Run,
  { exit, signal, readyAtMs }: FaultRecord,
  { missing, connected }: FaultFigures,
): Found[] {
  const hasPlace = signal === "SIGSTOP" || (exit && readyAtMs !== undefined);
  if (plan.protocol !== "v1" || !hasPlace || missing === 0) return [];
  return [found("return", `${missing} of ${connected} clients did not come back`)];
}

function upgradeFailures({ admitted }: FaultFigures): Found[] {
  return admitted > 0
    ? [found("upgrade", `${admitted} newcomers were let in after it had begun to leave`)]
    : [];
}

function nameCode(code: string): string {
  return `${code} ${CLOSE_CODES[Number(code)]?.name ?? ""}`.trim();
}

function missingFaults(run: Run): Found[] {
  const { plan, faults } = run;
  if (plan.fault === "none") return [];
  if (plan.target.kind === "url") {
    return [
      found(
        "evidence",
        "no fault was seen: with --target alone there is no process to signal",
      ),
    ];
  }
  if (plan.faults === 0) return [found("evidence", "no fault was seen: none was asked for")];
  const done = faults.filter((fault) => isSeenToItsEnd(fault, run)).length;
  if (done === plan.faults) return [];
  return [found("evidence", `${done} of ${plan.faults} faults were seen to their end`)];
}

function isSeenToItsEnd(fault: FaultRecord, { plan }: Run): boolean {
  const { exit, backAtMs, thawedAtMs, members, isKilled } = fault;
  if (members) {
    const isSeen = members.every(({ exit, apartAtMs, readyAtMs }) =>
      (exit ?? apartAtMs) !== undefined && readyAtMs !== undefined
    );
    return isSeen && !isKilled && members.length > 0 && backAtMs !== undefined;
  }
  if (plan.fault === "freeze") return thawedAtMs !== undefined && backAtMs !== undefined;
  return exit !== undefined && (plan.protocol !== "v1" || backAtMs !== undefined);
}

function missingOfFault(run: Run, { connected, resumed, missing }: FaultFigures, i: number) {
  const { plan: { judging, protocol, ratePerSecond }, faults } = run;
  const { sentAround } = faults[i]!;
  // Who was told of a gap came back, too.
  const cameBack = connected - missing;
  const isResumeMissing = protocol === "v1" && judging.resumeNeeded && connected > 0 &&
    resumed === 0 && cameBack === 0;
  return [
    ...connected === 0 ? ["no normal client was connected at the signal"] : [],
    ...sentAround === 0 && ratePerSecond > 0
      ? ["no message was sent within a second of the signal"]
      : [],
    ...isResumeMissing ? ["no client resumed"] : [],
  ].map((text) => found("evidence", text));
}

function absent({ kinds }: Figures): Found[] {
  return kinds.filter(({ kind, asked, connected }) => kind !== "normal" && connected < asked)
    .map(({ kind, asked, connected, refusals }) =>
      found(
        "evidence",
        `${asked - connected} of ${asked} ${kind} clients were not aboard: ${nameCounts(refusals)}`,
      )
    );
}

/** Behind a proxy that does not say where it led whom, no fault can be held to its clients. */
function unplaced({ connections, plan: { via } }: Run): Found[] {
  const count =
    connections.filter(({ openedAtMs, instance }) =>
      openedAtMs !== undefined && instance === undefined
    ).length;
  if (!via || count === 0) return [];
  const must = "the proxy must name it in X-Served-By when it answers an upgrade, as HOST:PORT";
  return [found("evidence", `${count} connections were to an unknown server: ${must}`)];
}

/** A generator that is late itself cannot say that somebody else is. */
function exceededBy(
  { peakReconnects, allowedReconnects = Infinity, latestBackMs = 0 }: FaultFigures,
  isGeneratorBound: boolean,
): Found[] {
  const [late, allowed] = [latestBackMs, LATE_MS].map(formatDuration);
  return [
    ...peakReconnects > allowedReconnects
      ? [found("limit", `${peakReconnects} reconnects in a second, allowed: ${allowedReconnects}`)]
      : [],
    ...latestBackMs > LATE_MS && !isGeneratorBound
      ? [found("limit", `a client was back ${late} after its announced time, allowed: ${allowed}`)]
      : [],
  ];
}
