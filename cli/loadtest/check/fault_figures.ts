/**
 * What one fault did to the normal clients of its server.
 *
 * @module
 */

import type { ConnectionRecord, FaultRecord, MemberHit, Run } from "../run.ts";
import { peakInWindow } from "../time_buckets.ts";
import { concerns, isBehind } from "./concerns.ts";
import { countBy, hasJoined, nameEnd } from "./ends.ts";

/** Times count from the signal, in ms. */
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
  /** For how long the process was seen to stand still. */
  frozenMs?: number;
  /** For how long a NATS server was cut off, until it was whole again. */
  apartMs?: number;
  /** Ends by close code; 1006 stands for no Close frame. */
  byCode: Record<string, number>;
  /** Most closes in any stretch of one second. */
  peakCloses: number;
  /** Clients that have been welcomed since, and had missed nothing. */
  resumed: number;
  /** Clients that have not been welcomed since. */
  missing: number;
  /** Newcomers that were let in by a server that had begun to say goodbye. */
  admitted: number;
  /** Attempts to come back, up to the one that succeeded. */
  reconnects: number;
  /** Most of them in any stretch of one second. */
  peakReconnects: number;
  /**
   * What the peak may be: 1.5 × clients / window, and more by our own lateness. Absent where that is not
   * judged.
   */
  allowedReconnects?: number;
  /** How long after the moment that the server had named a client tried to come back: the most. */
  latestAttemptMs?: number;
  /** How long after that moment a client was welcomed again: the most. */
  latestBackMs?: number;
}

/** How many times the even rate the busiest second may see. */
const PEAK_FACTOR = 1.5;
/** Below this rate, in clients per second, chance alone makes such peaks. */
const JUDGED_RATE = 50;

/** Works out the figures of a fault. `lives`: the connections of each client, in order. */
export function faultFigures(
  fault: FaultRecord,
  lives: readonly (readonly ConnectionRecord[])[],
  run: Run,
): FaultFigures {
  const hits = lives.flatMap((life) => hitOf(life, fault, run));
  const ends = hits.map(({ connection }) => connection)
    .filter(({ end, endedAtMs = 0 }) =>
      end && end.how !== "left" && endedAtMs <= lastMoment(fault)
    );
  const endTimes = ends.map(({ endedAtMs }) => endedAtMs!).toSorted((a, b) => a - b);
  const attempts = hits.flatMap(({ attempts }) => attempts).map(({ askedAtMs }) => askedAtMs);
  const returns = hits.flatMap(returnOf);
  const since = (ms: number | undefined) => ms === undefined ? undefined : ms - fault.signalAtMs;
  const { frozenAtMs, thawedAtMs } = fault;
  return withoutUndefined({
    connected: hits.length,
    firstCloseMs: since(endTimes[0]),
    lastCloseMs: since(endTimes.at(-1)),
    exitMs: since(fault.exit?.atMs ?? latestOf(fault, ({ exit }) => exit?.atMs)),
    readyMs: since(fault.readyAtMs ?? latestOf(fault, ({ readyAtMs }) => readyAtMs)),
    backMs: since(fault.backAtMs),
    frozenMs: frozenAtMs === undefined || thawedAtMs === undefined
      ? undefined
      : thawedAtMs - frozenAtMs,
    apartMs: mostOf((fault.members ?? []).map(apartOf)),
    byCode: countBy(ends.map(({ end }) => nameEnd(end!))),
    peakCloses: peakInWindow(endTimes, 1_000),
    resumed: hits.filter(({ back }) => back?.isRecovered).length,
    missing: hits.filter(({ back }) => !back).length,
    admitted: countAdmitted(fault, run),
    reconnects: attempts.length,
    peakReconnects: peakInWindow(attempts, 1_000),
    allowedReconnects: allowedReconnects(fault, hits.length, run),
    latestAttemptMs: mostOf(returns.map(({ attemptMs }) => attemptMs)),
    latestBackMs: mostOf(returns.map(({ backMs }) => backMs)),
  });
}

/** A client that was connected at the signal. */
interface Hit {
  connection: ConnectionRecord;
  /** The attempts to come back, up to the one that succeeded. */
  attempts: readonly ConnectionRecord[];
  /** The one that succeeded. */
  back: ConnectionRecord | undefined;
}

function hitOf(life: readonly ConnectionRecord[], fault: FaultRecord, { plan }: Run): Hit[] {
  const at = life.findIndex((connection) => stoodAt(connection, fault));
  if (at < 0) return [];
  const connection = life[at]!;
  // Whom a fault did not part from its server is where it was.
  if ((connection.endedAtMs ?? Infinity) > lastMoment(fault)) {
    return [{ connection, attempts: [], back: { ...connection, isRecovered: true } }];
  }
  const later = life.slice(at + 1);
  const last = later.findIndex((one) => hasJoined(one, plan));
  const attempts = last < 0 ? later : later.slice(0, last + 1);
  return [{ connection, attempts, back: later[last] }];
}

/**
 * Whether a connection stood when the signal was sent to its server. Who was not yet welcomed when NATS
 * began to fail is owed no welcome by a server that cannot read its log.
 */
function stoodAt(connection: ConnectionRecord, fault: FaultRecord): boolean {
  const { openedAtMs, welcomedAtMs, goneAtMs = Infinity, endedAtMs = Infinity } = connection;
  const { signalAtMs } = fault;
  const sinceMs = (isBehind(fault) ? welcomedAtMs : openedAtMs) ?? Infinity;
  return concerns(fault, connection.instance) && sinceMs <= signalAtMs &&
    Math.min(goneAtMs, endedAtMs) >= signalAtMs;
}

/** From the first goodbye to anybody on, a server lets nobody in. */
function countAdmitted({ instance, signalAtMs, exit }: FaultRecord, run: Run): number {
  const here = run.connections.filter((one) => one.instance === instance);
  const goodbyes = here.flatMap(({ drain, end, endedAtMs }) => [
    ...drain ? [drain.atMs] : [],
    ...end?.how === "closed" && endedAtMs !== undefined ? [endedAtMs] : [],
  ]).filter((atMs) => atMs >= signalAtMs && atMs <= (exit?.atMs ?? 0));
  const firstMs = Math.min(...goodbyes);
  return here.filter(({ askedAtMs, openedAtMs }) =>
    askedAtMs > firstMs && openedAtMs !== undefined && openedAtMs <= (exit?.atMs ?? 0)
  ).length;
}

/** A server that goes on owes no end to anybody: what ends later is another matter. */
function lastMoment(fault: FaultRecord): number {
  const { signal, backAtMs, thawedAtMs } = fault;
  const goesOn = signal === "SIGSTOP" || isBehind(fault);
  return goesOn ? backAtMs ?? thawedAtMs ?? Infinity : Infinity;
}

/** The last of several NATS servers; `undefined`: it did not come to that for each. */
function latestOf(
  { members = [] }: FaultRecord,
  of: (member: MemberHit) => number | undefined,
): number | undefined {
  const times = members.map(of);
  return times.includes(undefined) ? undefined : mostOf(times);
}

function apartOf({ apartAtMs, readyAtMs }: MemberHit): number | undefined {
  return apartAtMs === undefined || readyAtMs === undefined ? undefined : readyAtMs - apartAtMs;
}

/** How a client came back, in ms after the moment that the server had named, if it had. */
function returnOf({ connection: { drain, goneAtMs }, attempts: [next], back }: Hit) {
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
  clients: number,
  { plan: { judging, instances }, generator: { lagMaxMs } }: Run,
): number | undefined {
  const windowMs = receipt?.rate?.windowMs ?? 0;
  if (!judging.reconnectsLimited || instances < 2 || windowMs === 0) return undefined;
  const perSecond = clients / windowMs * 1_000;
  if (perSecond < JUDGED_RATE) return undefined;
  // As late as our own timers are, so much more of the schedule may fall into one second.
  return Math.round(perSecond * PEAK_FACTOR * (1 + lagMaxMs / 1_000));
}

function withoutUndefined<T extends object>(values: T): Defined<T> {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Defined<T>;
}

type Defined<T> =
  & { [K in keyof T as undefined extends T[K] ? never : K]: T[K] }
  & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };
