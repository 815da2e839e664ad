/**
 * The five phases of a shutdown, played once.
 *
 * @module
 */

import { forceReserveMs, planShutdown, type ShutdownPlan } from "./budget.ts";
import { formatDuration } from "../duration.ts";
import { writesStarted } from "../turn.ts";
import { Drain } from "./drain.ts";
import { type Hook, type HookRecord, runHooks } from "./hooks.ts";
import { reentryMs } from "./reentry.ts";
import { Narrator } from "./narrator.ts";
import type { ShutdownSettings, ShutdownTarget } from "./options.ts";
import { exitCodeFor, type Phase, type PhaseRecord, type Receipt } from "./receipt.ts";
import type { SlotsView } from "./slots.ts";

/** A phase that is under way. */
export type PhaseView = Omit<PhaseRecord, "durationMs">;

/** One shutdown under way: `play()` it once, look at it any time. */
export class Sequence {
  readonly #target: ShutdownTarget;
  readonly #settings: ShutdownSettings;
  readonly #hooks: readonly Hook[];
  readonly #narrator: Narrator;
  readonly #reason: string;
  readonly #startedAt: number;
  readonly #hurry = new AbortController();
  readonly #phases: PhaseRecord[] = [];
  #plan: ShutdownPlan;
  #drain: Drain;
  #phase: PhaseView = { name: "unready", startMs: 0, budgetMs: 0 };
  #hookRecords: HookRecord[] = [];
  #serverStopped: boolean | null = null;
  #last: Receipt | undefined;

  /** The time runs from now on. */
  constructor(
    target: ShutdownTarget,
    { settings, hooks, reason }: {
      settings: ShutdownSettings;
      hooks: readonly Hook[];
      reason: string;
    },
  ) {
    this.#target = target;
    this.#settings = settings;
    this.#hooks = hooks;
    this.#narrator = new Narrator(settings.log);
    this.#reason = reason;
    this.#startedAt = settings.clock.now();
    this.#plan = planShutdown(settings, this.#clientCount());
    this.#drain = this.#newDrain();
  }

  /** The phase it is in. */
  get phase(): PhaseView {
    return this.#phase;
  }

  /** The exits of the drain, once it has begun. */
  get slots(): SlotsView | undefined {
    return this.#drain.slots;
  }

  /** Clients that are still to leave, as far as the drain has begun. */
  get remaining(): number {
    return this.#drain.remaining;
  }

  /** Since the start, in ms. */
  get elapsedMs(): number {
    return Math.round((this.#settings.clock.now() - this.#startedAt) * 10) / 10;
  }

  /** The receipt as it would be now; at the end the last word. */
  get receipt(): Receipt {
    return this.#last ?? this.#write();
  }

  /** Skips what is only waiting. */
  hurry(): void {
    if (this.#hurry.signal.aborted) return;
    this.#narrator.hurry();
    this.#hurry.abort();
  }

  /** Plays all phases and returns the receipt. */
  async play(): Promise<Receipt> {
    const { budgetMs, observer } = this.#settings;
    observer.begin(this.#reason);
    this.#narrator.begin(this.#reason, { clients: this.#clientCount(), budgetMs });
    await this.#enter("unready", this.#plan.drainAtMs, () => this.#unready());
    await this.#enter("notice", 0, () => this.#notice());
    await this.#enter("drain", this.#plan.forceAtMs - this.#plan.drainAtMs, () => this.#leave());
    await this.#enter("force", 0, () => this.#force());
    await this.#enter("flush", budgetMs - this.#plan.forceAtMs, () => this.#flush());
    this.#last = this.#write();
    await this.#keep(this.#last);
    this.#narrator.end(this.#last);
    observer.end(this.#last);
    return this.#last;
  }

  async #enter(name: Phase, budgetMs: number, play: () => void | Promise<void>): Promise<void> {
    const startMs = this.elapsedMs;
    this.#phase = { name, startMs, budgetMs };
    const ended = this.#settings.observer.phase(name);
    await play();
    const durationMs = Math.round((this.elapsedMs - startMs) * 10) / 10;
    const record = { name, startMs, durationMs, budgetMs };
    this.#phases.push(record);
    ended(record);
  }

  async #unready(): Promise<void> {
    const { drainAtMs } = this.#plan;
    this.#narrator.step("unready", "no longer ready, serving on for {delay}", {
      delay: formatDuration(drainAtMs),
    });
    const isTold = this.#tellStart();
    if (drainAtMs > 0) await this.#settings.clock.sleep(drainAtMs, this.#hurry.signal);
    await isTold;
  }

  /** Resolves when it is done, or has had its time. */
  async #tellStart(): Promise<void> {
    const { atTheStart, budgetMs, clock } = this.#settings;
    const over = new AbortController();
    const work = (async () => await atTheStart())().catch((error) => {
      this.#narrator.startFailed(error);
    });
    await Promise.race([work, clock.sleep(budgetMs / 50, over.signal)]);
    over.abort();
  }

  #notice(): void {
    this.#narrator.step("notice", "stopped accepting new connections");
  }

  async #leave(): Promise<void> {
    // Counted again: clients came and went while the server was only unready.
    const clients = this.#clientCount();
    this.#plan = planShutdown(this.#settings, clients);
    this.#drain = this.#newDrain();
    this.#narrator.step(
      "drain",
      "closing {clients} client connections over {window} ({strategy})",
      {
        clients,
        window: formatDuration(this.#plan.windowMs),
        strategy: this.#settings.strategy,
      },
    );
    const startMs = this.elapsedMs;
    await this.#drain.run();
    this.#narrator.drained(this.#drain.clients, this.elapsedMs - startMs);
  }

  async #force(): Promise<void> {
    const forced = this.#drain.force();
    if (forced === 0) return this.#narrator.step("force", "nobody left to force");
    this.#narrator.step("force", "closed {forced} clients without waiting", { forced });
    await writesStarted();
  }

  async #flush(): Promise<void> {
    const { clock, budgetMs } = this.#settings;
    const deadline = this.#startedAt + budgetMs;
    this.#narrator.step("flush", "running the hooks ({hooks}), then stopping the HTTP server", {
      hooks: this.#hooks.length,
    });
    const hooksDeadline = deadline - forceReserveMs(budgetMs) / 4;
    this.#hookRecords = await runHooks(this.#hooks, { clock, deadline: hooksDeadline });
    for (const record of this.#hookRecords) this.#narrator.hook(record);
    // Kept before the last step, whatever that step does.
    await this.#keep(this.#write());
    await this.#stopServer(deadline);
  }

  /**
   * Whoever could leave has left: what the server still waits for is a request that never ends, and
   * gets no longer than a client did.
   */
  async #stopServer(deadline: number): Promise<void> {
    const { clock, answerMs } = this.#settings;
    const startMs = this.elapsedMs;
    const stopped = new AbortController();
    const waitMs = Math.max(0, Math.min(answerMs, deadline - clock.now()));
    this.#serverStopped = await Promise.race([
      this.#target.server.shutdown().then(() => true, () => false),
      clock.sleep(waitMs, stopped.signal).then(() => false),
    ]);
    stopped.abort();
    this.#narrator.server(this.#serverStopped, this.elapsedMs - startMs);
  }

  async #keep(receipt: Receipt): Promise<void> {
    try {
      await this.#settings.onReceipt(receipt);
    } catch (error) {
      this.#narrator.receiptLost(error);
    }
  }

  #newDrain(): Drain {
    const { strategy, answerMs, quietMs, closeCode, closeReason, clock, random } = this.#settings;
    const { windowMs } = this.#plan;
    const clients = this.#clientCount();
    return new Drain(this.#target.connections, {
      plan: this.#plan,
      reentryMs: (offsetMs) =>
        reentryMs({
          ...this.#settings,
          hasAlternates: this.#hasAlternates(),
          windowMs,
          offsetMs,
          clients,
        }),
      strategy,
      leave: { code: closeCode, reason: closeReason, answerMs, quietMs },
      clock,
      random,
      hurry: this.#hurry.signal,
    });
  }

  #hasAlternates(): boolean {
    const { hasAlternates } = this.#settings;
    return typeof hasAlternates === "function" ? hasAlternates() : hasAlternates;
  }

  #clientCount(): number {
    return [...this.#target.connections].length;
  }

  #write(): Receipt {
    const { budgetMs, counts } = this.#settings;
    const parts = {
      clients: this.#drain.clients,
      hooks: this.#hookRecords,
      serverStopped: this.#serverStopped,
    };
    return {
      version: 1,
      reason: this.#reason,
      startedAt: new Date(this.#startedAt).toISOString(),
      endedAt: new Date(this.#startedAt + this.elapsedMs).toISOString(),
      durationMs: this.elapsedMs,
      budgetMs,
      hurried: this.#hurry.signal.aborted,
      phases: [...this.#phases],
      rate: this.#drain.rate,
      counts: counts(),
      exitCode: exitCodeFor(parts),
      ...parts,
    };
  }
}
