/**
 * What `/status.json` tells: a pure function of the vitals, the rates and where a shutdown stands.
 */

import type { Judgement, LoadLevel, Resource } from "../load/judge.ts";
import type { Vitals } from "../metrics/readings.ts";
import type { ClientTally, Phase, PHASES, RateRecord, Receipt } from "../shutdown/receipt.ts";
import type { ShutdownProgress, ShutdownState } from "../shutdown/shutdown.ts";
import type { SlotsView } from "../shutdown/slots.ts";
import type { Rates } from "./sampler.ts";

/** The status of a server. Times in ms, sizes in bytes. */
export interface StatusReport {
  /** The server's version. */
  version: string;
  /** Deno's version. */
  deno: string;
  /** Since the process started. */
  uptimeMs: number;
  /** Where the server stands. */
  state: ShutdownState;
  /** Why it should be sent no new clients; `null` while it should. */
  notReady: string | null;
  /** What there is too much of; `null` while there is not. */
  overload: string | null;
  /** Connections by state. */
  clients: Vitals["clients"] & { total: number; max: number };
  /** Rooms that are open. */
  rooms: number;
  /** The last few seconds. */
  rates: Rates;
  /** Since the start. */
  totals: { accepted: number; delivered: number };
  /** Memory. */
  memory: { rss: number; heapUsed: number };
  /** The message log; `bytes` is `null` when it takes no room on a disk. */
  log: { kind: string; bytes: number | null; trouble: string | null };
  /** Where clients that leave may go. */
  alternates: string[];
  /** Each resource with its limits; `null` is no limit. */
  limits: LimitReport[];
  /** The shutdown, once it has begun. */
  shutdown: ShutdownReport | null;
}

/** One resource. */
export interface LimitReport {
  /** Which. */
  resource: Resource;
  /** Its value, and the limits in the same unit. */
  value: number;
  soft: number | null;
  hard: number | null;
  /** Above which of them it is. */
  level: LoadLevel;
}

/** A phase that is over, under way, or still to come (without times). */
export interface PhaseReport {
  /** Which. */
  name: Phase;
  /** Where it stands. */
  state: "done" | "now" | "ahead";
  /** How long it took, or has taken so far. */
  durationMs: number | null;
  /** How long it may take, once that is known. */
  budgetMs: number | null;
}

/** A shutdown under way, or over. */
export interface ShutdownReport {
  /** What asked for it. */
  reason: string;
  /** Since its start. */
  elapsedMs: number;
  /** The whole time. */
  budgetMs: number;
  /** A second signal skipped the pacing. */
  hurried: boolean;
  /** Each phase. */
  phases: PhaseReport[];
  /** Clients by what became of them. */
  clients: ClientTally;
  /** Planned against actual rate. */
  rate: RateRecord;
  /** The exits of the drain, once it has begun. */
  slots: SlotsView | null;
  /** The receipt, once it is complete. */
  receipt: Receipt | null;
}

/** What the report is made from. */
export interface StatusSources {
  /** Everything counted and measured. */
  vitals: Vitals;
  /** The last few seconds. */
  rates: Rates;
  /** The load. */
  judgement: Judgement;
  /** Its limits. */
  limits: Readonly<Record<Resource, { soft?: number | undefined; hard?: number | undefined }>>;
  /** Where a shutdown stands. */
  progress: ShutdownProgress;
  /** The names of the phases, in order. */
  phaseNames: typeof PHASES;
  /** Why the server is not ready. */
  notReady: string | undefined;
  /** What there is too much of. */
  overload: string | undefined;
  /** The message log. */
  log: { kind: string; trouble: string | undefined };
  /** Now, in ms since the Unix epoch. */
  nowMs: number;
}

/** The report. */
export function statusReport(sources: StatusSources): StatusReport {
  const { vitals, rates, progress, log, notReady, overload, nowMs } = sources;
  const { version, deno, clients, maxClients: max, rooms, memory, stats, startedAtMs } = vitals;
  const total = Object.values(clients).reduce((sum, n) => sum + n, 0);
  return {
    version,
    deno,
    uptimeMs: nowMs - startedAtMs,
    state: progress.state,
    notReady: notReady ?? null,
    overload: overload ?? null,
    clients: { ...clients, total, max },
    rooms,
    rates,
    totals: { accepted: stats.get("accepted"), delivered: stats.get("delivered") },
    memory: { rss: memory.rss, heapUsed: memory.heapUsed },
    log: { kind: log.kind, bytes: vitals.log.bytes ?? null, trouble: log.trouble ?? null },
    alternates: [...vitals.alternates],
    limits: limitReports(sources),
    shutdown: shutdownReport(sources),
  };
}

function limitReports({ judgement, limits, vitals }: StatusSources): LimitReport[] {
  return (Object.keys(limits) as Resource[]).map((resource) => ({
    resource,
    value: judgement[resource].value,
    soft: limits[resource].soft ?? null,
    // Nobody above it is let in, so nobody has to be sent away.
    hard: (resource === "clients" ? vitals.maxClients : limits[resource].hard) ?? null,
    level: judgement[resource].level,
  }));
}

function shutdownReport({ progress, phaseNames }: StatusSources): ShutdownReport | null {
  const { receipt, elapsedMs = 0, slots, state } = progress;
  if (!receipt) return null;
  const { reason, budgetMs, hurried, clients, rate } = receipt;
  return {
    reason,
    elapsedMs: state === "done" ? receipt.durationMs : elapsedMs,
    budgetMs,
    hurried,
    phases: phaseNames.map((name) => phaseReport(name, progress)),
    clients,
    rate,
    slots: slots ?? null,
    receipt: state === "done" ? receipt : null,
  };
}

function phaseReport(
  name: Phase,
  { receipt, phase, elapsedMs = 0 }: ShutdownProgress,
): PhaseReport {
  const done = receipt?.phases.find((record) => record.name === name);
  if (done) return { name, state: "done", durationMs: done.durationMs, budgetMs: done.budgetMs };
  if (phase?.name !== name) return { name, state: "ahead", durationMs: null, budgetMs: null };
  return { name, state: "now", durationMs: elapsedMs - phase.startMs, budgetMs: phase.budgetMs };
}
