/**
 * The figures of a run, derived from what it saw.
 *
 * @module
 */

import { CLIENT_KINDS, type ClientKind } from "./mix.ts";
import type { ClientEnd, ClientRecord, Run } from "./run.ts";
import { peakInWindow } from "./time_buckets.ts";

/** Clients of one kind. */
export interface KindFigures {
  kind: ClientKind;
  asked: number;
  connected: number;
  refused: number;
  /** How often each reason for a refusal occurred. */
  refusals: Record<string, number>;
}

/** How many clients of one kind ended in one way. */
export interface CloseFigures {
  kind: ClientKind;
  /** 1006 stands for cut; absent: still open at the end of the run. */
  code?: number;
  clients: number;
}

/** What a run comes to. Times count from the first signal. */
export interface Figures {
  kinds: KindFigures[];
  closes: CloseFigures[];
  /** Of normal clients. */
  firstCloseMs?: number;
  /** Of normal clients. */
  lastCloseMs?: number;
  exitMs?: number;
  /** Most closes of normal clients in any stretch of one second. */
  peakClosesPerSecond: number;
  generatorBound: boolean;
}

/** The code that libraries report for a connection without a Close frame. */
export const CUT = 1006;
/** A timer later than this (99 % of the time less) means that the generator measured itself. */
export const GENERATOR_BOUND_MS = 20;

/** Works out the figures of a run. */
export function figuresOf(run: Run): Figures {
  const signalAtMs = run.signalsAtMs[0];
  const since = (atMs: number | undefined) =>
    atMs === undefined || signalAtMs === undefined ? {} : { ms: atMs - signalAtMs };
  const closeTimes = run.clients
    .filter(({ kind, end }) => kind === "normal" && end && end.how !== "left")
    .map(({ endedAtMs }) => endedAtMs!)
    .filter((atMs) => signalAtMs === undefined || atMs >= signalAtMs)
    .toSorted((a, b) => a - b);
  return {
    kinds: CLIENT_KINDS.map((kind) => kindFigures(run, kind)).filter(({ asked }) => asked > 0),
    closes: closeFigures(run.clients),
    ...named("firstCloseMs", since(closeTimes[0]).ms),
    ...named("lastCloseMs", since(closeTimes.at(-1)).ms),
    ...named("exitMs", since(run.exit?.atMs).ms),
    peakClosesPerSecond: peakInWindow(closeTimes, 1_000),
    generatorBound: run.generator.lagP99Ms > GENERATOR_BOUND_MS,
  };
}

/** The close code that stands for an end: 1006 when cut, `undefined` when we ended it. */
export function codeOf(end: ClientEnd): number | undefined {
  return end.how === "closed" ? end.code : end.how === "cut" ? CUT : undefined;
}

/** How often each word occurs, the most frequent first. */
export function countBy(words: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return Object.fromEntries([...counts].toSorted(([, a], [, b]) => b - a));
}

function kindFigures({ clients, plan }: Run, kind: ClientKind): KindFigures {
  const ofKind = clients.filter((client) => client.kind === kind);
  const refused = ofKind.filter(({ refusal }) => refusal !== undefined);
  return {
    kind,
    asked: plan.kinds[kind],
    connected: ofKind.filter(({ openedAtMs }) => openedAtMs !== undefined).length,
    refused: refused.length,
    refusals: countBy(refused.map(({ refusal }) => refusal!)),
  };
}

function closeFigures(clients: readonly ClientRecord[]): CloseFigures[] {
  const rows = new Map<string, CloseFigures>();
  for (const { kind, end } of clients) {
    if (!end) continue;
    const code = codeOf(end);
    const row = rows.get(`${kind} ${code}`) ?? { kind, ...named("code", code), clients: 0 };
    row.clients++;
    rows.set(`${kind} ${code}`, row);
  }
  const order = ({ kind, code = 9_999 }: CloseFigures) => CLIENT_KINDS.indexOf(kind) * 1e5 + code;
  return [...rows.values()].toSorted((a, b) => order(a) - order(b));
}

function named<K extends string>(name: K, value: number | undefined): { [key in K]?: number } {
  return value === undefined ? {} : { [name]: value } as { [key in K]: number };
}
