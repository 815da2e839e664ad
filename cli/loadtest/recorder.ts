/**
 * Collects what a run sees and writes it down as plain data.
 *
 * @module
 */

import { Inbox } from "./inbox.ts";
import { MessageCodec } from "./payload.ts";
import type { Plan } from "./plan.ts";
import type { Publisher } from "./publisher.ts";
import type { Run, TargetRecord } from "./run.ts";
import type { Swarm } from "./swarm.ts";
import { MessageTally } from "./tally.ts";
import type { Target } from "./target.ts";
import type { Ticker } from "./ticker.ts";
import { TimeBuckets } from "./time_buckets.ts";

/** Those who took part, when a run is over. */
export interface Participants {
  target: Target;
  swarm: Swarm;
  publisher: Publisher;
  ticker: Ticker;
}

/** What is measured of the generator itself, this often. */
const RSS_PERIOD_MS = 500;
const AROUND_SIGNAL_MS = 1_000;

/** The memory of one run. */
export class Recorder {
  readonly codec: MessageCodec;
  readonly tally: MessageTally;
  readonly inbox: Inbox;
  readonly signalsAtMs: number[] = [];
  connectedAtSignal = 0;
  /** The process outlived the grace period. */
  killed = false;
  readonly #plan: Plan;
  readonly #now: () => number;
  readonly #startedAt = new Date().toISOString();
  readonly #arrivals = new TimeBuckets(1_000);
  #arrived = 0;
  #peakRssBytes = 0;
  #rssDueMs = 0;

  constructor(plan: Plan, now: () => number) {
    const { protocol, sizeBytes, seed, kinds, maxMessages } = plan;
    this.#plan = plan;
    this.#now = now;
    const codec = this.codec = new MessageCodec({ run: seed, protocol, sizeBytes });
    const tally = this.tally = new MessageTally(maxMessages);
    this.inbox = new Inbox({ codec, tally, protocol, publishers: kinds.normal });
  }

  /** Looks at what only shows over time. */
  tick(nowMs: number): void {
    this.#arrivals.add(nowMs, this.inbox.total - this.#arrived);
    this.#arrived = this.inbox.total;
    if (nowMs < this.#rssDueMs) return;
    this.#rssDueMs = nowMs + RSS_PERIOD_MS;
    this.#peakRssBytes = Math.max(this.#peakRssBytes, Deno.memoryUsage().rss);
  }

  /** The run whose target did not start. */
  failed(failure: string, output: string[], interrupted: boolean): Run {
    const { kind } = this.#plan.target;
    return this.#run({ target: { kind, failure, output }, interrupted });
  }

  /** The run, when all is over. */
  finished(participants: Participants, interrupted: boolean): Run {
    const { target, swarm, publisher, ticker } = participants;
    const { child } = target;
    const receipt = target.receipt();
    const signalMs = this.signalsAtMs[0] ?? -Infinity;
    return {
      ...this.#run({ target: targetRecord(this.#plan, target), interrupted }),
      clients: swarm.clients.map(({ record }) => record),
      sentAroundSignal: publisher.sends
        .between(signalMs - AROUND_SIGNAL_MS, signalMs + AROUND_SIGNAL_MS),
      ...child?.exit ? { exit: { ...child.exit, killed: this.killed } } : {},
      generator: {
        lagP99Ms: ticker.lag.quantileMs(0.99),
        lagMaxMs: ticker.lag.maxMs,
        peakRssBytes: this.#peakRssBytes,
      },
      ...receipt ? { receipt } : {},
    };
  }

  #run({ target, interrupted }: Pick<Run, "target" | "interrupted">): Run {
    const { total, backToSender, foreign, damaged } = this.inbox;
    const peakPerSecond = this.#arrivals.peak();
    return {
      plan: this.#plan,
      startedAt: this.#startedAt,
      target,
      clients: [],
      phases: this.tally.byPhase(),
      deliveries: { total, peakPerSecond, backToSender, foreign, damaged },
      signalsAtMs: this.signalsAtMs,
      connectedAtSignal: this.connectedAtSignal,
      sentAroundSignal: 0,
      generator: { lagP99Ms: 0, lagMaxMs: 0, peakRssBytes: 0 },
      interrupted,
      endedAtMs: this.#now(),
    };
  }
}

function targetRecord({ target: { kind } }: Plan, { url, child }: Target): TargetRecord {
  return { kind, url, ...child ? { pid: child.pid } : {}, output: child?.tail ?? [] };
}
