/**
 * Drives one run: start, connect, publish, faults, settle, read the log. It writes down what it sees, and
 * decides nothing.
 *
 * @module
 */

import type { JournalEvent, Sink } from "../journal/events.ts";
import { Journal } from "../journal/journal.ts";
import { descriptorLimit } from "../descriptors.ts";
import { LagMeter } from "../lag.ts";
import { contentBytes, MessageCodec } from "../payload.ts";
import type { Plan } from "../plan.ts";
import { dueBy } from "../schedule.ts";
import type { Snapshot, Stage } from "../snapshot.ts";
import { TargetError } from "../target.ts";
import { Ticker } from "../ticker.ts";
import { sleep } from "../wait.ts";
import { Crowd } from "./crowd.ts";
import { makeFaults } from "./faults.ts";
import { watchReadiness } from "./readiness.ts";
import { Fleet } from "./fleet.ts";
import { readLog } from "./log_reader.ts";
import { ParticipantMaker } from "./participant_maker.ts";
import { roomUrl } from "./rooms.ts";

/** How long the first connections may take once all have begun. */
const CONNECT_DEADLINE_MS = 15_000;
/** Publishing goes on for so long after the last fault, at least. */
const AFTERMATH_MS = 1_000;
/** Without a log, deliveries get so long to arrive. */
const QUIET_MS = 500;
/** So many publishes under way, or those of a second, are no backlog. */
const FEW_PENDING = 10;
const LOOK_MS = 50;
const LAG_PERIOD_MS = 1_000;
/** When interrupted, servers get at most so long to leave. */
const INTERRUPT_GRACE_MS = 5_000;

/** One run of a plan. */
export class Load {
  readonly #plan: Plan;
  readonly #origin = performance.now();
  readonly #journal: Journal;
  readonly #maker: ParticipantMaker;
  #stage: Stage = "starting";
  #fleet: Fleet | undefined;
  #crowd: Crowd | undefined;
  #publishFromMs = Infinity;
  #next = 0;
  #faults = 0;
  /** The latest message that was acknowledged. */
  #acknowledged = -1;
  /** Whose end was written down: numbers of servers, and names of NATS servers. */
  readonly #gone = new Set<number | string>();
  #lag = new LagMeter(Ticker.periodMs);
  #lagDueMs = 0;

  /** `sink` gets everything that is seen after the first line of the journal. */
  constructor(plan: Plan, sink: Sink) {
    const { seed, protocol, sizeBytes, kinds } = plan;
    this.#plan = plan;
    const journal = this.#journal = new Journal({
      now: this.#now,
      sink: (event) => {
        this.#note(event);
        sink(event);
      },
      readers: kinds.normal,
    });
    const codec = new MessageCodec({
      ...{ run: seed, protocol, sizeBytes: contentBytes(protocol, sizeBytes) },
    });
    this.#maker = new ParticipantMaker(plan, { codec, journal, offered: () => this.#next });
  }

  /** Where the run stands; `received` is known to whoever reads the journal. */
  snapshot(): Omit<Snapshot, "received"> {
    return {
      stage: this.#stage,
      elapsedMs: this.#now(),
      clients: this.#plan.clients,
      openNormals: this.#crowd?.live ?? 0,
      faults: this.#faults,
      sent: this.#next,
    };
  }

  /** Ends the servers without asking. */
  kill(): void {
    this.#fleet?.kill();
  }

  /** Runs the plan to its end, or until `abort`: then it stops what it started and says so. */
  async run(abort: AbortSignal): Promise<void> {
    await using fleet = this.#fleet = await Fleet.create(this.#plan, { now: this.#now, abort });
    using ticker = new Ticker(this.#now, (nowMs, lateMs) => this.#tick(nowMs, lateMs));
    try {
      await fleet.start();
      await this.#play(fleet, abort);
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      this.#journal.say({ e: "unstarted", why: error.message, output: error.output });
    }
    if (abort.aborted) await fleet.stop(Math.min(this.#plan.graceMs, INTERRUPT_GRACE_MS));
    else this.#tellEnds(fleet);
    const fdLimit = descriptorLimit();
    this.#journal.say({
      e: "end",
      interrupted: abort.aborted,
      lagP99Ms: ticker.lag.quantileMs(0.99),
      lagMaxMs: ticker.lag.maxMs,
      ...fdLimit === undefined ? {} : { fdLimit },
    });
  }

  async #play(fleet: Fleet, abort: AbortSignal): Promise<void> {
    for (const { listening } of fleet.members) this.#journal.say({ e: "member", ...listening });
    for (const { listening } of fleet.instances) this.#journal.say({ e: "server", ...listening });
    using crowd = this.#crowd = this.#createCrowd(fleet);
    this.#stage = "connecting";
    await crowd.connect(CONNECT_DEADLINE_MS, abort);
    await this.#publish(fleet, abort);
    await this.#settle(fleet, abort);
  }

  async #publish(fleet: Fleet, abort: AbortSignal): Promise<void> {
    const { warmupMs, durationMs } = this.#plan;
    const journal = this.#journal;
    this.#publishFromMs = journal.nowMs;
    journal.say({ e: "publishing", t: this.#publishFromMs });
    this.#stage = "warming up";
    await sleep(warmupMs, abort);
    this.#stage = "publishing";
    const endMs = this.#now() + durationMs;
    await makeFaults({
      plan: this.#plan,
      fleet,
      journal,
      abort,
      allLive: (deadlineMs) => this.#crowd!.allLive(deadlineMs, abort),
      allFlows: (deadlineMs) => this.#allFlows(deadlineMs, abort),
      watch: (over) =>
        watchReadiness(fleet.instances.map(({ url }) => url), {
          say: (event) => journal.say(event),
          abort: over,
        }),
    });
    const isOver = fleet.instances.every(({ child }) => child?.exit);
    await sleep(
      isOver ? 0 : Math.max(endMs - this.#now(), this.#faults > 0 ? AFTERMATH_MS : 0),
      abort,
    );
    this.#publishFromMs = Infinity;
    journal.say({ e: "quiet" });
  }

  /** Waits until something new is acknowledged, and what had to wait is worked off. */
  async #allFlows(deadlineMs: number, abort: AbortSignal): Promise<boolean> {
    const { ratePerSecond } = this.#plan;
    const fromN = this.#next;
    const endMs = this.#now() + deadlineMs;
    const flows = () =>
      (ratePerSecond === 0 || this.#acknowledged >= fromN) &&
      this.#crowd!.pending <= Math.max(FEW_PENDING, ratePerSecond);
    while (!flows() && this.#now() < endMs && !abort.aborted) await sleep(LOOK_MS, abort);
    return flows();
  }

  /** Lets all that is under way arrive, and come to its end. */
  async #settle(fleet: Fleet, abort: AbortSignal): Promise<void> {
    this.#stage = abort.aborted ? "stopping" : "settling";
    if (abort.aborted) return;
    if (this.#plan.protocol === "v1") await this.#settleLog(fleet, abort);
    else await this.#settleQuiet(fleet, abort);
  }

  /** Everybody gets what the log has, which is read as somebody new. */
  async #settleLog(fleet: Fleet, abort: AbortSignal): Promise<void> {
    const { settleMs, rooms } = this.#plan;
    const crowd = this.#crowd!;
    await crowd.settled(() => crowd.pending === 0, settleMs, abort);
    // What would be acknowledged after the log was read, could not be looked for in it.
    if (crowd.pending > 0) crowd.leave();
    const heads: number[] = [];
    for (let room = 0; room < rooms; room++) heads.push(await this.#readLog(fleet, room, abort));
    const hasAll = () =>
      crowd.participants.every(({ isClosed, seq }, i) => isClosed || seq >= heads[i % rooms]!);
    await crowd.settled(hasAll, settleMs, abort);
  }

  /** Without a log, nothing may come any more; and who is still there leaves. */
  async #settleQuiet({ instances }: Fleet, abort: AbortSignal): Promise<void> {
    const { settleMs } = this.#plan;
    const crowd = this.#crowd!;
    if (!instances.every(({ child }) => child?.exit)) {
      await sleep(Math.min(settleMs, QUIET_MS), abort);
      crowd.leave();
    }
    await crowd.over(settleMs, abort);
  }

  /** Reads the log of a room; returns its head. */
  async #readLog(fleet: Fleet, room: number, abort: AbortSignal): Promise<number> {
    const { settleMs, origin, rooms } = this.#plan;
    const url = roomUrl(fleet.instances[0]!.url, room, rooms);
    const { head, missing } = await readLog(url, {
      origin,
      decoder: this.#maker.decoderOf(room),
      patienceMs: Math.max(settleMs, CONNECT_DEADLINE_MS),
      abort,
      onBatch: (b) => this.#journal.tell({ e: "log", b }),
    });
    this.#journal.tell({ e: "read", room, ...missing === undefined ? {} : { missing } });
    return head;
  }

  /** Publishes what has fallen due, and looks at what only shows over time. */
  #tick(nowMs: number, lateMs: number): void {
    this.#lag.record(lateMs);
    this.#send(dueBy(nowMs - this.#publishFromMs, this.#plan.ratePerSecond));
    this.#journal.flush();
    if (nowMs < this.#lagDueMs) return;
    this.#lagDueMs = nowMs + LAG_PERIOD_MS;
    const { rss: rssBytes } = Deno.memoryUsage();
    const { maxMs } = this.#lag;
    this.#journal.say({ e: "lag", p99Ms: this.#lag.quantileMs(0.99), maxMs, rssBytes });
    this.#lag = new LagMeter(Ticker.periodMs);
  }

  /** Gives all messages below `due` to their clients. */
  #send(due: number): void {
    const n = this.#next;
    const count = Math.min(due, this.#plan.maxMessages) - n;
    if (count <= 0) return;
    const { participants } = this.#crowd!;
    this.#next = n + count;
    for (let i = n; i < this.#next; i++) participants[i % participants.length]!.publish(i);
  }

  #note(event: JournalEvent): void {
    if (event.e === "ack") this.#acknowledged = Math.max(this.#acknowledged, event.n);
    else if (event.e === "exit") this.#gone.add(event.s ?? event.m!);
    else if (event.e === "server") this.#gone.delete(event.s);
    else if (event.e === "member") this.#gone.delete(event.m);
    else if (event.e === "back") this.#stage = "publishing";
    else if (event.e === "signal") {
      this.#stage = "signalled";
      this.#faults = event.f + 1;
    }
  }

  #createCrowd(fleet: Fleet): Crowd {
    return new Crowd(this.#plan, {
      now: this.#now,
      urls: fleet.instances.map(({ url }) => this.#plan.via ?? url),
      journal: this.#journal,
      participantAt: (seat, url) => this.#maker.make(seat, { url, instanceOf: fleet.instanceOf }),
    });
  }

  /** What only shows in the end: who is gone without a fault, and last words. */
  #tellEnds({ instances, members }: Fleet): void {
    const all = [
      ...instances.map(({ child }, s) => ({ who: { s }, key: s, child })),
      ...members.map(({ name, child }) => ({ who: { m: name }, key: name, child })),
    ];
    for (const { who, key, child } of all) {
      if (child?.exit && !this.#gone.has(key)) {
        const { atMs: t, ...exit } = child.exit;
        this.#journal.say({ e: "exit", t, ...who, ...exit });
      }
      if (child) this.#journal.tell({ e: "output", ...who, lines: child.tail });
    }
  }

  readonly #now = (): number => performance.now() - this.#origin;
}
