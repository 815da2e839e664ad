import { seededRandom } from "../cli/loadtest/random.ts";
import type { FaultSpan, RunSeries } from "../cli/loadtest/report/model.ts";

const STEP_MS = 500;
const STEPS = 124;
const RATE = 100;
const AWAY_MS = 900;

/** What a made-up run is made from. */
export interface Story {
  seed: number;
  clients: number;
  faults: FaultSpan[];
  /** Over how long the clients of a server leave. */
  windowMs: number;
  /** Messages that are never seen. */
  unseen?: number;
}

/** When clients tried to come back, sorted. */
export function arrivalsOf({ seed, clients, faults, windowMs }: Story): number[] {
  const random = seededRandom(seed);
  return faults.flatMap(({ fromMs }) =>
    Array.from({ length: clients / 2 }, () => fromMs + AWAY_MS + random() * windowMs)
  ).map(Math.round).sort((a, b) => a - b);
}

/** The run over time: half of the clients leave at each fault, evenly, and come back. */
export function seriesOf(story: Story): RunSeries {
  const { clients, seed, unseen = 0 } = story;
  const random = seededRandom(seed + 1);
  const backAtMs = arrivalsOf(story);
  const steps = Array.from({ length: STEPS }, (_, i) => (i + 1) * STEP_MS);
  const within = (atMs: number, spanMs: number) =>
    backAtMs.filter((at) => at > atMs - spanMs && at <= atMs).length;
  const away = steps.map((atMs) => within(atMs + AWAY_MS, AWAY_MS));
  const isSending = (atMs: number) => atMs > 2_000 && atMs <= 52_000;
  const offered = steps.map((atMs) => isSending(atMs) ? RATE * STEP_MS / 1_000 : 0);
  const acknowledged = steps.map((_, i) =>
    Math.round(offered[i]! * (1 - away[i]! / clients * 0.9) + (away[i - 2] ?? 0) / clients * 40)
  );
  const latency = (base: number, growth: number) =>
    steps.map((atMs, i) => isSending(atMs) ? base * (1 + random()) + away[i]! * growth : null);
  return {
    stepMs: STEP_MS,
    open: steps.map((atMs, i) => Math.min(clients, Math.round(atMs / 5)) - away[i]!),
    reconnecting: away,
    offered,
    acknowledged,
    delivered: acknowledged.map((count) => count * clients),
    p50Ms: latency(1.4, 0.2),
    p99Ms: latency(6, 24),
    maxMs: latency(14, 31),
    backlog: steps.map((atMs, i) =>
      (isSending(atMs) ? random() * 2 : 0) + away[i]! * 1.8 + (atMs > 33_000 ? unseen : 0)
    ),
    reconnects: steps.map((atMs) => within(atMs, STEP_MS)),
  };
}
