/**
 * A run, made of its journal: takes events one by one, live or from a file, and gives
 * everything that the judge and the reports need. Equal journals give equal runs.
 *
 * @module
 */

import type {
  EndEvent,
  GotEvent,
  JournalEvent,
  MemberEvent,
  OutputEvent,
  RunEvent,
  ServerEvent,
} from "../journal/events.ts";
import { JournalError } from "../journal/journal_error.ts";
import { countRuns } from "../journal/runs.ts";
import { dueAtMs } from "../schedule.ts";
import { TimeBuckets } from "../time_buckets.ts";
import type { InstanceRecord, MemberRecord, Run } from "../run.ts";
import { Connections } from "./connections.ts";
import { Faults } from "./faults.ts";
import { Growing } from "./growing.ts";
import { Latencies } from "./latencies.ts";
import { MessageChecker } from "./message_checker.ts";
import { Publishes } from "./publishes.ts";
import { Tally } from "./tally.ts";
import { Timeline } from "./timeline.ts";

const AROUND_SIGNAL_MS = 1_000;

/** Makes a run of events. */
export class Analysis {
  readonly plan: RunEvent["plan"];
  readonly latencies = new Latencies();
  readonly #startedAt: string;
  readonly #publishes: Publishes;
  readonly #messages: MessageChecker;
  readonly #connections = new Connections();
  readonly #faults = new Faults();
  readonly #tally: Tally | undefined;
  readonly #timeline: Timeline;
  readonly #sends = new TimeBuckets(100);
  readonly #arrivals = new TimeBuckets(1_000);
  readonly #isFaulty = Growing.uint8();
  readonly #instances: InstanceRecord[] = [];
  readonly #members = new Map<string, Omit<MemberRecord, "exits">>();
  #publishFromMs = 0;
  #peakRssBytes = 0;
  #delivered = 0;
  #batches = 0;
  #distinct = 0;
  #failure: string | undefined;
  #end: EndEvent | undefined;

  /** A run that begins by `event`. */
  constructor({ plan, startedAt }: RunEvent) {
    const { kinds: { normal }, rooms, protocol } = plan;
    this.plan = plan;
    this.#startedAt = startedAt;
    this.#publishes = new Publishes(normal);
    this.#messages = new MessageChecker(this.#publishes, rooms);
    this.#timeline = new Timeline(plan);
    if (protocol !== "v1") this.#tally = new Tally(plan);
  }

  /** Messages that fell due so far. */
  get offered(): number {
    return this.#publishes.offered;
  }

  /** Deliveries so far. */
  get delivered(): number {
    return this.#delivered;
  }

  /** Takes the next event. Throws a `JournalError` when it cannot be. */
  take(event: JournalEvent): void {
    this.#faults.take(event, this.#publishes.inFlight);
    this.#timeline.take(event);
    this.#tally?.take(event);
    this.#connections.take(event);
    this.#note(event);
    this.#messages.take(event);
  }

  /** The run. Called once, when all events have been taken. */
  finish(): Run {
    const end = this.#end;
    if (!end) throw new JournalError("Cannot judge the journal: its last line must be end");
    const { anomalies, recovered, gaps, redelivered, damaged, unread } = this.#messages.finish();
    const { all } = this.#connections;
    return {
      plan: this.plan,
      startedAt: this.#startedAt,
      ...this.#failure === undefined ? {} : { failure: this.#failure },
      instances: this.#instances,
      ...this.#members.size > 0 ? { members: this.#memberRecords() } : {},
      connections: all.filter(({ kind }) => kind === "normal"),
      others: all.filter(({ kind }) => kind !== "normal"),
      faults: this.#faults.all.map((fault) => ({
        ...fault,
        sentAround: this.#sentAround(fault.signalAtMs),
      })),
      exits: this.#faults.exits,
      messages: { ...this.#publishes.counts, recovered, ...anomalies.counts, gaps },
      stories: anomalies.stories,
      ...unread === undefined ? {} : { unread },
      deliveries: {
        ...{ total: this.#delivered, peakPerSecond: this.#arrivals.peak(), redelivered, damaged },
        ...{ batches: this.#batches, distinct: this.#distinct },
      },
      ...this.#tally ? { tally: { phases: this.#tally.byPhase(), odd: this.#tally.odd } } : {},
      latency: this.latencies.record(),
      series: this.#timeline.series(end.t),
      reconnectsAtMs: [...this.#timeline.reconnectsAtMs],
      generator: {
        ...{ lagP99Ms: end.lagP99Ms, lagMaxMs: end.lagMaxMs, peakRssBytes: this.#peakRssBytes },
        peakConnections: this.#connections.peak,
        ...end.fdLimit === undefined ? {} : { fdLimit: end.fdLimit },
      },
      interrupted: end.interrupted,
      endedAtMs: end.t,
    };
  }

  #note(event: JournalEvent): void {
    switch (event.e) {
      case "server":
        return this.#listens(event);
      case "unstarted":
        this.#failure = event.why;
        this.#instances[0] = { url: "", output: event.output };
        return;
      case "member":
        return this.#isWhole(event);
      case "output":
        return this.#output(event);
      case "publishing":
        this.#publishFromMs = event.t;
        return;
      case "send":
        return this.#send(event.n, event.count, event.t);
      case "ack":
        this.#publishes.acknowledge(event);
        return this.latencies.acknowledged(this.#measure(event.n, event.t));
      case "refuse":
        return this.#publishes.refuse(event);
      case "unsent":
        return this.#publishes.unsent(event);
      case "got":
        return this.#got(event);
      case "batch":
        this.#distinct++;
        return;
      case "welcome":
        return this.#welcome(event.c, event.seq);
      case "lag":
        this.#peakRssBytes = Math.max(this.#peakRssBytes, event.rssBytes);
        return;
      case "end":
        this.#end = event;
    }
  }

  #listens({ s, url, pid }: ServerEvent): void {
    this.#instances[s] = { url, ...pid === undefined ? {} : { pid }, output: [] };
  }

  #isWhole({ m: name, url, pid }: MemberEvent): void {
    this.#members.set(name, { name, url, ...pid === undefined ? {} : { pid }, output: [] });
  }

  #output({ s, m, lines }: OutputEvent): void {
    const whose = s === undefined ? this.#members.get(m ?? "") : this.#instances[s];
    Object.assign(whose ?? {}, { output: lines });
  }

  #memberRecords(): MemberRecord[] {
    return [...this.#members.values()].map((member) => ({
      ...member,
      exits: this.#faults.memberExits.filter(({ name }) => name === member.name)
        .map(({ atMs, code }) => ({ atMs, code })),
    }));
  }

  #send(n: number, count: number, t: number): void {
    this.#publishes.send({ e: "send", n, count, t });
    this.#sends.add(t, count);
    if (!this.#faults.isUnderWay) return;
    for (let i = n; i < n + count; i++) this.#isFaulty.set(i, 1);
  }

  #welcome(c: number, seq: number): void {
    const { kind, client } = this.#connections.of(c);
    if (kind === "normal") this.#messages.join(client, seq);
  }

  #got(event: GotEvent): void {
    const { b, r, t } = event;
    const readers = countRuns(r);
    this.#batches += readers;
    for (const n of this.#messages.messagesOf(b)) {
      this.#tally?.got(event, n);
      this.#delivered += readers;
      this.#arrivals.add(t, readers);
      if (n < 0) continue;
      const measured = this.#measure(n, t);
      this.latencies.delivered({ ...measured, samples: readers });
      this.#timeline.deliver(t, measured.ms, readers);
    }
  }

  #measure(n: number, t: number) {
    const dueMs = this.#publishFromMs + dueAtMs(n, this.plan.ratePerSecond);
    return { isFaulty: this.#isFaulty.at(n) === 1, ms: t - dueMs };
  }

  #sentAround(signalAtMs: number): number {
    return this.#sends.between(signalAtMs - AROUND_SIGNAL_MS, signalAtMs + AROUND_SIGNAL_MS);
  }
}
