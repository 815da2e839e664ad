/**
 * Decides about a run on `lastcall.v1`. A fail needs one thing seen that is wrong; a pass needs
 * evidence that every fault took place under load and that the whole log was read; all else is unknown.
 *
 * @module
 */

import { CLOSE_CODES, formatDuration } from "@lastcall/lastcall";
import { EXIT } from "../exit_codes.ts";
import { CUT } from "../figures.ts";
import { nameCounts } from "../findings.ts";
import type { Judgement, Verdict } from "../judge.ts";
import type { FaultFigures, SoakFigures } from "./soak_figures.ts";
import type { FaultRecord, SoakRun } from "./soak_run.ts";

/** A verdict on a run, with what is wrong by its rank. */
export interface SoakJudgement extends Judgement {
  /** A limit was passed. */
  exceeded: string[];
}

/** How late after the announced moment a client may be back. */
const LATE_MS = 5_000;

/** Judges a run. Precedence: interrupted, wrong, not started, unknown, a limit passed. */
export function judgeSoak(run: SoakRun, figures: SoakFigures): SoakJudgement {
  const nothing = { failures: [], missing: [], exceeded: [] };
  if (run.interrupted) {
    return { verdict: "interrupted", exitCode: EXIT.interrupted, ...nothing };
  }
  if (run.failure !== undefined) {
    const missing = [run.failure];
    return { verdict: "not started", exitCode: EXIT.notStarted, ...nothing, missing };
  }
  const failures = [...messageFailures(run), ...closeFailures(run, figures)];
  const missing = missingEvidence(run, figures);
  const exceeded = passedLimits(run, figures);
  const [verdict, exitCode]: [Verdict, number] = failures.length > 0
    ? ["fail", EXIT.correctness]
    : missing.length > 0
    ? ["unknown", EXIT.unknown]
    : exceeded.length > 0
    ? ["fail", EXIT.threshold]
    : ["pass", EXIT.pass];
  return { verdict, exitCode, failures, missing, exceeded };
}

/** What is wrong with the messages. */
export function messageFailures({ messages, deliveries, stories }: SoakRun): string[] {
  const { lost, undelivered, duplicate, outOfOrder, phantom } = messages;
  const counts: [number, string][] = [
    [lost, "acknowledged messages lost"],
    [undelivered, "deliveries owed and not made"],
    [duplicate, "duplicates"],
    [outOfOrder, "out of order"],
    [phantom, "in the log although never sent or refused"],
    [deliveries.damaged, "damaged, or never sent"],
  ];
  return [
    ...counts.filter(([count]) => count > 0).map(([count, what]) => `${what}: ${count}`),
    ...stories,
  ];
}

function closeFailures(run: SoakRun, figures: SoakFigures): string[] {
  const { plan } = run;
  const { connected, refusals, strayEnds, talkedTo } = figures;
  const refused = plan.kinds.normal - connected;
  const stray = Object.entries(strayEnds).filter(([code]) => code !== "1000");
  return [
    ...connected > 0 && refused > 0
      ? [
        `${refused} of ${plan.kinds.normal} normal clients could not connect: ${
          nameCounts(refusals)
        }`,
      ]
      : [],
    ...stray.length > 0
      ? [
        `connections ended without a fault of their server: ${
          nameCounts(Object.fromEntries(stray))
        }`,
      ]
      : [],
    ...talkedTo > 0 ? [`${talkedTo} connections got data after the Close frame`] : [],
    ...run.faults.flatMap((fault, i) =>
      faultFailures(run, fault, figures.faults[i]!).map((text) => `fault ${i + 1}: ${text}`)
    ),
  ];
}

function faultFailures({ plan }: SoakRun, fault: FaultRecord, figures: FaultFigures): string[] {
  const { exit, isKilled, signal, readyAtMs } = fault;
  const { byCode, missing, resumed, connected } = figures;
  const allowed = [...plan.closeCodes.map(String), ...signal === "SIGKILL" ? [String(CUT)] : []];
  const wrong = Object.entries(byCode).filter(([code]) => !allowed.includes(code))
    .map(([code, count]) => [nameCode(code), count]);
  const freshStarts = connected - missing - resumed;
  const isWrongExit = signal === "SIGTERM" && exit && !isKilled &&
    !plan.exitCodes.includes(exit.code);
  return [
    ...isKilled
      ? [`the process was still running ${formatDuration(plan.graceMs)} after the signal`]
      : [],
    ...isWrongExit
      ? [`the process ended with exit code ${exit.code}; allowed: ${plan.exitCodes.join(", ")}`]
      : [],
    ...exit && readyAtMs === undefined ? ["the server could not be started again"] : [],
    ...wrong.length > 0
      ? [`closes with a code that is not allowed: ${nameCounts(Object.fromEntries(wrong))}`]
      : [],
    ...missing > 0 ? [`${missing} of ${connected} clients did not come back`] : [],
    ...freshStarts > 0 ? [`${freshStarts} of ${connected} clients could not resume`] : [],
  ];
}

function nameCode(code: string): string {
  if (code === String(CUT)) return "1006 cut";
  return `${code} ${CLOSE_CODES[Number(code)]?.name ?? ""}`.trim();
}

function missingEvidence(run: SoakRun, { connected, refusals, faults }: SoakFigures): string[] {
  const { plan, messages, unread } = run;
  if (connected === 0) return [`no normal client could connect: ${nameCounts(refusals)}`];
  const absent = run.others.filter(({ openedAtMs }) => openedAtMs === undefined).length;
  return [
    ...missingFaults(run),
    ...faults.flatMap((fault, i) => missingOfFault(run.faults[i]!, fault, i)),
    ...absent > 0 ? [`${absent} misbehaving clients were not aboard`] : [],
    ...messages.acknowledged === 0 ? ["no message was acknowledged"] : [],
    ...messages.offered >= plan.maxMessages
      ? [`the run took too long: there is room for ${plan.maxMessages} messages only`]
      : [],
    ...unread !== undefined ? [`the log was not read to its end: ${unread}`] : [],
  ];
}

function missingFaults({ plan, faults }: SoakRun): string[] {
  if (plan.target.kind === "url") {
    return ["no fault was seen: with --target alone there is no process to signal"];
  }
  if (plan.faults === 0) return ["no fault was seen: --signals is 0"];
  const done = faults.filter(({ exit, backAtMs }) => exit && backAtMs !== undefined).length;
  return done < plan.faults ? [`${done} of ${plan.faults} faults were seen to their end`] : [];
}

function missingOfFault(record: FaultRecord, { connected, resumed }: FaultFigures, i: number) {
  return [
    ...connected === 0 ? ["no normal client was connected at the signal"] : [],
    ...record.sentAround === 0 ? ["no message was sent within a second of the signal"] : [],
    ...connected > 0 && resumed === 0 ? ["no client resumed"] : [],
  ].map((text) => `fault ${i + 1}: ${text}`);
}

/** A generator that is late itself cannot say that somebody else is. */
function passedLimits(
  { messages }: SoakRun,
  { faults, generatorBound }: SoakFigures,
): string[] {
  return [
    ...messages.gaps > 0
      ? [`clients were told ${messages.gaps} times that messages are missed, allowed: 0`]
      : [],
    ...faults.flatMap(({ peakReconnects, allowedReconnects = Infinity, latestBackMs = 0 }, i) => [
      ...peakReconnects > allowedReconnects
        ? [
          `fault ${i + 1}: ${peakReconnects} reconnects in a second, allowed: ${allowedReconnects}`,
        ]
        : [],
      ...latestBackMs > LATE_MS && !generatorBound
        ? [
          `fault ${i + 1}: a client was back ${formatDuration(latestBackMs)} after its announced ` +
          `time, allowed: ${formatDuration(LATE_MS)}`,
        ]
        : [],
    ]),
  ];
}
