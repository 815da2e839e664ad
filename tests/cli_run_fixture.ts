import { resolveOptions } from "@lastcall/lastcall";
import { figuresOf } from "../cli/loadtest/figures.ts";
import { judge } from "../cli/loadtest/judge.ts";
import { makePlan } from "../cli/loadtest/plan.ts";
import type { ClientEnd, ClientRecord, Run } from "../cli/loadtest/run.ts";
import { SETTINGS } from "../cli/loadtest/settings.ts";
import { PHASES, type PhaseTally } from "../cli/loadtest/tally.ts";

/** A client that connected at 100 ms and ended at `endedAtMs`. */
export function client(end: ClientEnd, more: Partial<ClientRecord> = {}): ClientRecord {
  return { kind: "normal", openedAtMs: 100, endedAtMs: 7_300, end, bytesAfterClose: 0, ...more };
}

export const restarted: ClientEnd = { how: "closed", code: 1012, reason: "restart" };
export const cut: ClientEnd = { how: "cut" };

export function phase(name: PhaseTally["phase"], more: Partial<PhaseTally> = {}): PhaseTally {
  return {
    phase: name,
    offered: 0,
    sent: 0,
    notConnected: 0,
    blocked: 0,
    seenByAll: 0,
    seenBySome: 0,
    seenByNone: 0,
    withoutReader: 0,
    missedDeliveries: 0,
    ...more,
  };
}

/** Two clients through a proper restart; `args` are flags, `more` is what was different. */
export function run(args: string[] = [], more: Partial<Run> = {}): Run {
  const seen: Run = {
    plan: makePlan(
      resolveOptions(SETTINGS, ["--protocol", "plain", "-c", "2", "--seed", "7", ...args]).settings,
    ),
    startedAt: "2026-01-01T00:00:00.000Z",
    target: { kind: "lastcall", url: "ws://127.0.0.1:9/ws", pid: 4, output: ["INFO  bye"] },
    clients: [client(restarted), client(restarted, { endedAtMs: 7_900 })],
    phases: PHASES.map((name) => phase(name)),
    deliveries: { total: 0, peakPerSecond: 0, backToSender: 0, foreign: 0, damaged: 0 },
    signalsAtMs: [7_000],
    connectedAtSignal: 2,
    sentAroundSignal: 200,
    exit: { atMs: 8_100, code: 0, killed: false },
    generator: { lagP99Ms: 3, lagMaxMs: 12, peakRssBytes: 80 * 2 ** 20 },
    interrupted: false,
    endedAtMs: 8_200,
    ...more,
  };
  // Without a signal the process had no reason to end.
  if (seen.signalsAtMs.length === 0 && !more.exit) delete seen.exit;
  return seen;
}

/** The run with all that follows from it. */
export function results(args: string[] = [], more: Partial<Run> = {}) {
  const seen = run(args, more);
  const figures = figuresOf(seen);
  return { run: seen, figures, judgement: judge(seen, figures) };
}
