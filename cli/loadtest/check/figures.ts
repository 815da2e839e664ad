/**
 * The figures of a run on `lastcall.v1`, derived from what it saw.
 *
 * @module
 */

import { CUT, GENERATOR_BOUND_MS } from "../figures.ts";
import { peakInWindow } from "../time_buckets.ts";
import type { ConnectionRecord, FaultRecord, SoakRun } from "./soak_run.ts";

/** What one fault did to the normal clients of its server. Times count from the signal. */
export interface FaultFigures {
  /** Normal clients that were connected to the server at the signal. */
  connected: number;
  firstCloseMs?: number;
  lastCloseMs?: number;
  exitMs?: number;
  /** When the server listened again. */
  readyMs?: number;
  /** When every normal client was live. */
  backMs?: number;
  /** Ends by close code; 1006 stands for no Close frame. */
  byCode: Record<string, number>;
  /** Clients that have been welcomed since, and had missed nothing. */
  resumed: number;
  /** Clients that have not been welcomed since. */
  missing: number;
  /** Most attempts to connect by these clients in any stretch of one second. */
  peakReconnects: number;
  /** What the peak may be: 1.5 × clients / window. Absent where that is not judged. */
  allowedReconnects?: number;
  /** How long after the moment that the server had named a client tried to come back: the most. */
  latestAttemptMs?: number;
  /** How long after that moment a client was welcomed again: the most. */
  latestBackMs?: number;
}

/** What a run comes to. */
export interface SoakFigures {
  /** Normal clients that were welcomed at least once. */
  connected: number;
  /** Why others were not, and how often. */
  refusals: Record<string, number>;
  faults: FaultFigures[];
  /** Ends of connections by code, outside of any fault of their server. */
  strayEnds: Record<string, number>;
  /** Connections that got data after the Close frame. */
  talkedTo: number;
  generatorBound: boolean;
}

/** How many times the even rate the busiest second may see. */
const PEAK_FACTOR = 1.5;
/** Below this rate, in clients per second, chance alone makes such peaks. */
const JUDGED_RATE = 50;
/** What a dying process takes along may be noticed a little later. */
const SLACK_MS = 2_000;

/** Works out the figures of a run. */
export function soakFiguresOf(run: SoakRun): SoakFigures {
  const lives = livesOf(run);
  const neverThere = lives.filter((life) => !life.some(({ welcomedAtMs }) => welcomedAtMs));
  const talkedTo = run.connections.filter(({ bytesAfterClose }) => bytesAfterClose > 0);
  return {
    connected: lives.length - neverThere.length,
    refusals: countBy(neverThere.map((life) => life.at(-1)?.refusal ?? "not tried")),
    faults: run.faults.map((fault) => faultFigures(fault, lives, run)),
    strayEnds: countBy(
      run.connections.filter((one) => one.welcomedAtMs && one.end && !isExplained(one, run))
        .map((one) => nameEnd(one)),
    ),
    talkedTo: talkedTo.length,
    generatorBound: run.generator.lagP99Ms > GENERATOR_BOUND_MS,
  };
}

/** The connections of each normal client, in the order in which they were made. */
function livesOf({ connections, plan }: SoakRun): ConnectionRecord[][] {
  const lives = Array.from({ length: plan.kinds.normal }, (): ConnectionRecord[] => []);
  for (const connection of connections) lives[connection.client]?.push(connection);
  return lives;
}

function faultFigures(
  fault: FaultRecord,
  lives: readonly ConnectionRecord[][],
  run: SoakRun,
): FaultFigures {
  const hit = lives.flatMap((life) => {
    const at = life.findIndex((connection) => isHit(connection, fault));
    return at < 0 ? [] : [{ connection: life[at]!, later: life.slice(at + 1) }];
  });
  const ends = hit.map(({ connection }) => connection).filter(({ end }) => end?.how !== "left");
  const endTimes = ends.map(({ endedAtMs }) => endedAtMs).filter((ms) => ms !== undefined)
    .toSorted((a, b) => a - b);
  const back = hit.map(({ later }) => later.find(({ welcomedAtMs }) => welcomedAtMs));
  const attempts = hit.flatMap(({ later }) => attemptsIn(later)).map(({ askedAtMs }) => askedAtMs);
  const latest = (of: (back: Return) => number | undefined) => {
    const times = hit.flatMap(({ connection, later: [next] }, i) =>
      returnOf(connection, { next, back: back[i] })
    );
    return mostOf(times.map(of));
  };
  const since = (ms: number | undefined) => ms === undefined ? undefined : ms - fault.signalAtMs;
  return withoutUndefined({
    connected: hit.length,
    firstCloseMs: since(endTimes[0]),
    lastCloseMs: since(endTimes.at(-1)),
    exitMs: since(fault.exit?.atMs),
    readyMs: since(fault.readyAtMs),
    backMs: since(fault.backAtMs),
    byCode: countBy(ends.filter(({ end }) => end).map((one) => nameEnd(one))),
    resumed: back.filter((one) => one?.isRecovered).length,
    missing: back.filter((one) => !one).length,
    peakReconnects: peakInWindow(attempts, 1_000),
    allowedReconnects: allowedReconnects(fault, { clients: hit.length, run }),
    latestAttemptMs: latest(({ attemptMs }) => attemptMs),
    latestBackMs: latest(({ backMs }) => backMs),
  });
}

/** Whether a connection stood when the signal was sent to its server. */
function isHit(connection: ConnectionRecord, { instance, signalAtMs }: FaultRecord): boolean {
  const { openedAtMs = Infinity, goneAtMs = Infinity, endedAtMs = Infinity } = connection;
  return connection.instance === instance && openedAtMs <= signalAtMs &&
    Math.min(goneAtMs, endedAtMs) >= signalAtMs;
}

/** The attempts to come back, up to the one that was welcomed. */
function attemptsIn(later: readonly ConnectionRecord[]): ConnectionRecord[] {
  const last = later.findIndex(({ welcomedAtMs }) => welcomedAtMs);
  return later.slice(0, last < 0 ? later.length : last + 1);
}

/** How a client came back, in ms after the moment that the server had named. */
interface Return {
  attemptMs: number | undefined;
  backMs: number | undefined;
}

/** Nothing for who was not told when to come back. */
function returnOf(
  { drain, goneAtMs }: ConnectionRecord,
  { next, back }: { next: ConnectionRecord | undefined; back: ConnectionRecord | undefined },
): Return[] {
  if (!drain || goneAtMs === undefined) return [];
  const since = (ms: number | undefined) =>
    ms === undefined ? undefined : ms - (goneAtMs + drain.reconnectAfterMs);
  return [{ attemptMs: since(next?.askedAtMs), backMs: since(back?.welcomedAtMs) }];
}

function mostOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? Math.max(...known) : undefined;
}

/** A server on its own says itself when its clients come back: all at the rate that it can take. */
function allowedReconnects(
  { receipt }: FaultRecord,
  { clients, run: { plan } }: { clients: number; run: SoakRun },
): number | undefined {
  const windowMs = receipt?.rate?.windowMs ?? 0;
  if (plan.scenario !== "rolling" || plan.instances < 2 || windowMs === 0) return undefined;
  const perSecond = clients / windowMs * 1_000;
  return perSecond < JUDGED_RATE ? undefined : Math.round(perSecond * PEAK_FACTOR);
}

/** Whether a connection ended because we ended it, or because of a fault of its server. */
function isExplained(connection: ConnectionRecord, { faults }: SoakRun): boolean {
  const { instance, end, endedAtMs = Infinity } = connection;
  if (end?.how === "left") return true;
  return faults.some((fault) =>
    fault.instance === instance && endedAtMs >= fault.signalAtMs &&
    endedAtMs <= (fault.exit?.atMs ?? Infinity) + SLACK_MS
  );
}

/** `1012`, `1006`, or `given up: answer_timeout`. */
function nameEnd({ end }: ConnectionRecord): string {
  if (end?.how === "closed") return `${end.code}`;
  return end?.how === "given up" ? `given up: ${end.reason || end.code}` : `${CUT}`;
}

function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

function withoutUndefined<T extends object>(values: T): Defined<T> {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Defined<T>;
}

type Defined<T> =
  & { [K in keyof T as undefined extends T[K] ? never : K]: T[K] }
  & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };
