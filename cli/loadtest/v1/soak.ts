/**
 * Drives one run on `lastcall.v1`: start, connect, publish, faults, settle, read the log. It decides
 * nothing about what it sees.
 *
 * @module
 */

import { MessageCodec } from "../payload.ts";
import type { Plan } from "../plan.ts";
import { dueAtMs, dueBy } from "../schedule.ts";
import type { Snapshot, Stage } from "../snapshot.ts";
import { TargetError } from "../target.ts";
import { Ticker } from "../ticker.ts";
import { TimeBuckets } from "../time_buckets.ts";
import { sleep } from "../wait.ts";
import { check, type LogCopy } from "./checker.ts";
import { Crowd } from "./crowd.ts";
import { makeFaults } from "./faults.ts";
import { Fleet } from "./fleet.ts";
import { FrameDecoder } from "./frame_decoder.ts";
import { LatencyMeter } from "./latency.ts";
import { readLog } from "./log_reader.ts";
import { MessageRecords } from "./message_records.ts";
import { ReaderRecords } from "./reader_records.ts";
import type { FaultRecord, SoakRun } from "./soak_run.ts";

/** How long the first connections may take once all have begun. */
const CONNECT_DEADLINE_MS = 15_000;
/** Publishing goes on for so long after the last fault, at least. */
const AFTERMATH_MS = 1_000;
const AROUND_SIGNAL_MS = 1_000;
const RSS_PERIOD_MS = 500;

/** One run of a plan. */
export class Soak {
  readonly #plan: Plan;
  readonly #startedAt = new Date().toISOString();
  readonly #origin = performance.now();
  readonly #codec: MessageCodec;
  readonly #messages: MessageRecords;
  readonly #readers: ReaderRecords;
  readonly #latency: LatencyMeter;
  readonly #decoder: FrameDecoder;
  readonly #faults: FaultRecord[] = [];
  readonly #sends = new TimeBuckets(100);
  readonly #arrivals = new TimeBuckets(1_000);
  #stage: Stage = "starting";
  #fleet: Fleet | undefined;
  #crowd: Crowd | undefined;
  #log: LogCopy = { ns: [], seqs: [], missing: "the log was not read" };
  #publishFromMs = Infinity;
  #next = 0;
  #isFaulty = false;
  #arrived = 0;
  #peakRssBytes = 0;
  #rssDueMs = 0;

  constructor(plan: Plan) {
    const { seed, protocol, sizeBytes, kinds, maxMessages } = plan;
    this.#plan = plan;
    this.#codec = new MessageCodec({ run: seed, protocol, sizeBytes });
    this.#messages = new MessageRecords(maxMessages, kinds.normal);
    this.#readers = new ReaderRecords(kinds.normal);
    this.#latency = new LatencyMeter(this.#messages);
    this.#decoder = new FrameDecoder({
      codec: this.#codec,
      offered: () => this.#messages.offered,
    });
  }

  /** Where the run stands. */
  snapshot(): Snapshot {
    return {
      stage: this.#stage,
      elapsedMs: this.#now(),
      clients: this.#plan.clients,
      openNormals: this.#crowd?.live ?? 0,
      ended: this.#faults.length,
      sent: this.#messages.offered,
      received: this.#readers.delivered,
    };
  }

  /** Ends the servers without asking. */
  kill(): void {
    this.#fleet?.kill();
  }

  /** Runs the plan to its end, or until `abort`: then it stops what it started and says so. */
  async run(abort: AbortSignal): Promise<SoakRun> {
    await using fleet = this.#fleet = await Fleet.create(this.#plan, { now: this.#now, abort });
    try {
      await fleet.start();
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      const run = this.#record(abort, fleet);
      const output = run.instances.map((instance) => ({ ...instance, output: error.output }));
      return { ...run, failure: error.message, instances: output };
    }
    using crowd = this.#crowd = this.#createCrowd(fleet);
    this.#stage = "connecting";
    await crowd.connect(CONNECT_DEADLINE_MS, abort);
    using ticker = new Ticker(this.#now, (nowMs) => this.#tick(nowMs));
    await this.#publish(abort);
    await this.#settle(abort);
    return this.#record(abort, fleet, ticker);
  }

  async #publish(abort: AbortSignal): Promise<void> {
    const { warmupMs, durationMs } = this.#plan;
    this.#publishFromMs = this.#now();
    this.#stage = "warming up";
    await sleep(warmupMs, abort);
    this.#stage = "publishing";
    const endMs = this.#now() + durationMs;
    await makeFaults(this.#faults, {
      plan: this.#plan,
      fleet: this.#fleet!,
      now: this.#now,
      abort,
      inFlight: () => this.#crowd!.participants.reduce((sum, { pending }) => sum + pending, 0),
      allLive: (deadlineMs) => this.#crowd!.allLive(deadlineMs, abort),
      onChange: (fault) => this.#note(fault),
    });
    await sleep(Math.max(endMs - this.#now(), this.#faults.length > 0 ? AFTERMATH_MS : 0), abort);
    this.#publishFromMs = Infinity;
  }

  #note(fault: FaultRecord | undefined): void {
    this.#isFaulty = fault !== undefined;
    this.#stage = fault ? "signalled" : "publishing";
  }

  /** Lets all that is under way arrive, and reads the log as somebody new. */
  async #settle(abort: AbortSignal): Promise<void> {
    const { settleMs, origin } = this.#plan;
    const crowd = this.#crowd!;
    this.#stage = abort.aborted ? "stopping" : "settling";
    if (abort.aborted) return;
    await crowd.allSettled(settleMs, abort);
    const { url } = this.#fleet!.instances[0]!;
    const deadlineMs = Math.max(settleMs, CONNECT_DEADLINE_MS);
    this.#log = await readLog(url, { origin, decoder: this.#decoder, deadlineMs, abort });
    const head = this.#log.seqs.at(-1) ?? 0;
    const hasAll = () =>
      crowd.participants.every(({ isClosed }, i) => isClosed || this.#readers.lastSeq(i) >= head);
    await crowd.until(hasAll, settleMs, abort);
  }

  /** Publishes what has fallen due, and looks at what only shows over time. */
  #tick(nowMs: number): void {
    const { ratePerSecond } = this.#plan;
    const due = Math.min(
      this.#messages.capacity,
      dueBy(nowMs - this.#publishFromMs, ratePerSecond),
    );
    for (; this.#next < due; this.#next++) this.#send(this.#next, nowMs);
    this.#arrivals.add(nowMs, this.#readers.delivered - this.#arrived);
    this.#arrived = this.#readers.delivered;
    if (nowMs < this.#rssDueMs) return;
    this.#rssDueMs = nowMs + RSS_PERIOD_MS;
    this.#peakRssBytes = Math.max(this.#peakRssBytes, Deno.memoryUsage().rss);
  }

  #send(n: number, sentMs: number): void {
    const { participants } = this.#crowd!;
    const dueMs = this.#publishFromMs + dueAtMs(n, this.#plan.ratePerSecond);
    participants[n % participants.length]!.publish(n, { dueMs, sentMs, isFaulty: this.#isFaulty });
    this.#sends.add(sentMs);
  }

  #createCrowd(fleet: Fleet): Crowd {
    return new Crowd(this.#plan, fleet.instances.map(({ url }) => url), {
      origin: this.#plan.origin,
      now: this.#now,
      instanceOf: fleet.instanceOf,
      codec: this.#codec,
      decoder: this.#decoder,
      messages: this.#messages,
      readers: this.#readers,
      latency: this.#latency,
    });
  }

  #record(abort: AbortSignal, fleet: Fleet, ticker?: Ticker): SoakRun {
    const { participants = [], others = [] } = this.#crowd ?? {};
    const { counts, stories } = check({
      messages: this.#messages,
      readers: this.#readers,
      log: this.#log,
    });
    const { damaged, frames, parsed } = this.#decoder;
    return {
      plan: this.#plan,
      startedAt: this.#startedAt,
      instances: fleet.instances.map((instance) => instance.record()),
      connections: structuredClone(participants.flatMap(({ connections }) => connections)),
      others: structuredClone(others.map(({ record }) => record)),
      faults: this.#faults.map((fault) => ({ ...fault, sentAround: this.#sentAround(fault) })),
      messages: counts,
      stories,
      ...this.#log.missing === undefined ? {} : { unread: this.#log.missing },
      deliveries: {
        total: this.#readers.delivered,
        peakPerSecond: this.#arrivals.peak(),
        redelivered: participants.reduce((sum, { redelivered }) => sum + redelivered, 0),
        damaged,
        frames,
        parsed,
      },
      latency: this.#latency.record(),
      generator: {
        lagP99Ms: ticker?.lag.quantileMs(0.99) ?? 0,
        lagMaxMs: ticker?.lag.maxMs ?? 0,
        peakRssBytes: this.#peakRssBytes,
      },
      interrupted: abort.aborted,
      endedAtMs: this.#now(),
    };
  }

  #sentAround({ signalAtMs }: FaultRecord): number {
    return this.#sends.between(signalAtMs - AROUND_SIGNAL_MS, signalAtMs + AROUND_SIGNAL_MS);
  }

  readonly #now = (): number => performance.now() - this.#origin;
}
