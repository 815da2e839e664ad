/**
 * Plays a schedule of exits and counts how they went.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { ShutdownPlan } from "./budget.ts";
import type { ConnectionState, Exit, LeaveOptions } from "./connection.ts";
import { Pace } from "./pace.ts";
import { Smoother } from "./smoother.ts";
import type { ClientTally, RateRecord } from "./receipt.ts";
import { type DrainStrategy, scheduleExits, type Slot } from "./schedule.ts";
import { type SlotsView, slotsView } from "./slots.ts";

/** Someone who can be made to leave. */
export interface Leaver {
  /** Where it stands; one that is `closed` need not wait for its slot. */
  readonly state: ConnectionState;
  /** When it was last heard, in ms. */
  readonly lastHeardAt: number;
  /** Makes it leave in order. Must not reject, and must resolve within `answerMs`. */
  leave(options: LeaveOptions): Promise<Exit>;
  /** Closes it in this tick. */
  closeNow(code: number, reason?: string): void;
}

/** What a drain is told. */
export interface DrainOptions {
  /** Where the time goes. */
  plan: ShutdownPlan;
  /** The order and spread of the exits. */
  strategy: DrainStrategy;
  /** How each one leaves. */
  leave: Omit<LeaveOptions, "reconnectAfterMs">;
  /** When a client that leaves so long after the start, in ms, comes back: so long after its exit. */
  reentryMs: (offsetMs: number) => number;
  /** Reads time and waits. */
  clock: Clock;
  /** Randomness for the schedule. */
  random: () => number;
  /** Aborts when the pacing is to be skipped. */
  hurry: AbortSignal;
}

/** One drain: `run()` it once, look at it any time. */
export class Drain {
  readonly #leavers: Iterable<Leaver>;
  readonly #options: DrainOptions;
  readonly #pace: Pace;
  readonly #present = new Set<Leaver>();
  readonly #seen = new WeakSet<Leaver>();
  readonly #clients: ClientTally = {
    total: 0,
    closed: 0,
    crossed: 0,
    gone: 0,
    unanswered: 0,
    forced: 0,
    byCode: {},
  };
  readonly #exits: Promise<void>[] = [];
  #startedAt = 0;
  #slots: Slot<Leaver>[] | undefined;
  readonly #leftMs: number[] = [];

  /** `leavers` is read when the drain starts and again when its schedule is done. */
  constructor(leavers: Iterable<Leaver>, options: DrainOptions) {
    this.#leavers = leavers;
    this.#options = options;
    const { windowMs, latestSlotMs, drainAtMs } = options.plan;
    this.#pace = new Pace({ endMs: windowMs, latestMs: latestSlotMs - drainAtMs });
  }

  /** Clients by outcome so far. */
  get clients(): ClientTally {
    return structuredClone(this.#clients);
  }

  /** How many are still to leave. */
  get remaining(): number {
    return this.#present.size;
  }

  /** Planned against actual rate so far. */
  get rate(): RateRecord {
    const { plan: { windowMs }, strategy } = this.#options;
    const perSecond = (n: number, ms: number) => ms > 0 ? Math.round(n / ms * 10_000) / 10 : 0;
    return {
      strategy,
      windowMs,
      plannedPerSecond: perSecond(this.#clients.total, windowMs),
      actualPerSecond: perSecond(
        this.#leftMs.length - 1,
        (this.#leftMs.at(-1) ?? 0) - (this.#leftMs[0] ?? 0),
      ),
      slowed: this.#pace.slowed,
    };
  }

  /** The exits that were and those that come; `undefined` before it runs. */
  get slots(): SlotsView | undefined {
    if (!this.#slots) return undefined;
    return slotsView({
      leftMs: this.#leftMs,
      dueMs: this.#slots.slice(this.#leftMs.length).map(({ offsetMs }) =>
        this.#pace.dueMs(offsetMs)
      ),
      windowMs: this.#pace.dueMs(this.#options.plan.windowMs),
      atMs: this.#nowMs(),
    });
  }

  /** Sends everybody away in their slots; resolves when all are out, or at the force deadline. */
  async run(): Promise<void> {
    const { plan, clock } = this.#options;
    this.#startedAt = clock.now();
    const forceAt = this.#startedAt + plan.forceAtMs - plan.drainAtMs;
    this.#slots = this.#schedule();
    const smoother = this.#newSmoother(this.#slots.length);
    for (const slot of this.#slots) {
      await this.#waitFor(slot, smoother);
      this.#sendAway(slot);
    }
    // Who slipped in since leaves at once.
    for (const client of this.#newcomers()) this.#sendAway({ client, offsetMs: plan.windowMs });
    const over = new AbortController();
    const deadline = clock.sleep(forceAt - clock.now(), over.signal);
    await Promise.race([Promise.all(this.#exits), deadline]);
    over.abort();
  }

  /** Closes who is left, without waiting. Returns how many that were. */
  force(): number {
    const { code, reason } = this.#options.leave;
    for (const late of this.#newcomers()) this.#present.add(late);
    const forced = [...this.#present];
    for (const leaver of forced) {
      leaver.closeNow(code, reason);
      this.#count("forced", code);
    }
    this.#present.clear();
    return forced.length;
  }

  #schedule(): Slot<Leaver>[] {
    const { strategy, plan: { windowMs }, random } = this.#options;
    const clients = this.#newcomers();
    for (const client of clients) this.#present.add(client);
    return scheduleExits(clients, {
      strategy,
      windowMs,
      random,
      lastHeardAt: (client) => client.lastHeardAt,
    });
  }

  #newcomers(): Leaver[] {
    const found = [...this.#leavers].filter((leaver) => !this.#seen.has(leaver));
    for (const leaver of found) this.#seen.add(leaver);
    this.#clients.total += found.length;
    return found;
  }

  /** Waits for the slot against the absolute clock: a late exit does not delay the next. */
  async #waitFor({ client, offsetMs }: Slot<Leaver>, smoother: Smoother): Promise<void> {
    const { clock, hurry } = this.#options;
    while (!hurry.aborted && client.state !== "closed") {
      // Asked again after each wait, for the pace may have slowed meanwhile.
      const atMs = smoother.at(this.#pace.dueMs(offsetMs));
      const waitMs = this.#startedAt + atMs - clock.now();
      if (waitMs <= 0) return smoother.took(atMs, this.#nowMs());
      await clock.sleep(waitMs, hurry);
    }
  }

  #newSmoother(exits: number): Smoother {
    const { plan: { windowMs, latestSlotMs, drainAtMs } } = this.#options;
    return new Smoother({ exits, windowMs, latestMs: latestSlotMs - drainAtMs });
  }

  #sendAway({ client: leaver, offsetMs }: Slot<Leaver>): void {
    const { leave, reentryMs } = this.#options;
    this.#present.add(leaver);
    this.#leftMs.push(this.#nowMs());
    const exit = leaver.leave({ ...leave, reconnectAfterMs: reentryMs(offsetMs) });
    this.#exits.push(exit.then((how) => this.#noteExit(leaver, how)));
  }

  #noteExit(leaver: Leaver, { outcome, code }: Exit): void {
    // Not there any more: the force deadline came first.
    if (!this.#present.delete(leaver)) return;
    this.#count(outcome, code);
    this.#pace.note(outcome !== "unanswered", this.#nowMs());
  }

  /** Since the start of the drain, in ms. */
  #nowMs(): number {
    return this.#options.clock.now() - this.#startedAt;
  }

  #count(outcome: Exit["outcome"] | "forced", code: number): void {
    this.#clients[outcome] += 1;
    this.#clients.byCode[code] = (this.#clients.byCode[code] ?? 0) + 1;
  }
}
