/**
 * The shutdown of a server with long-lived connections: five phases inside one budget.
 *
 * 1. `unready`: readiness is withdrawn, everything is still served, so that load balancers notice.
 * 2. `notice`: newcomers are refused.
 * 3. `drain`: each client leaves in its slot, in order.
 * 4. `force`: at `T − F`, who is left is closed at once and no longer waited for.
 * 5. `flush`: hooks in reverse order, the receipt, and `server.shutdown()` last of all: in Deno it
 *    closes every open WebSocket in the same instant.
 *
 * @module
 */

import type { Hook, HookFunction } from "./hooks.ts";
import {
  resolveShutdownOptions,
  type ShutdownOptions,
  type ShutdownSettings,
  type ShutdownTarget,
} from "./options.ts";
import type { Phase, Receipt } from "./receipt.ts";
import { type PhaseView, Sequence } from "./sequence.ts";
import type { SlotsView } from "./slots.ts";

/** Where a server stands. */
export type ShutdownState = "serving" | Phase | "done";

/** A look at a shutdown while it runs. */
export interface ShutdownProgress {
  /** Where the server stands. */
  state: ShutdownState;
  /** Since the start, in ms. */
  elapsedMs?: number;
  /** Until the budget is used up, in ms. */
  remainingMs?: number;
  /** The phase that is under way. */
  phase?: PhaseView;
  /** Clients that are still to leave. */
  clientsRemaining?: number;
  /** The exits of the drain by part of its window, once it has begun. */
  slots?: SlotsView;
  /** The receipt as it would be now; the last word once the state is `done`. */
  receipt?: Receipt;
}

/** Shuts one server down, once. */
export class Shutdown {
  readonly #target: ShutdownTarget;
  readonly #settings: ShutdownSettings;
  readonly #hooks: Hook[] = [];
  #sequence: Sequence | undefined;
  #receipt: Promise<Receipt> | undefined;
  readonly #done = Promise.withResolvers<Receipt>();
  #isDone = false;

  /** Nothing happens before {@linkcode start}. */
  constructor(target: ShutdownTarget, options: ShutdownOptions = {}) {
    this.#target = target;
    this.#settings = resolveShutdownOptions(options);
    // Whoever started it hears of a failure; nobody need be listening here.
    this.#done.promise.catch(() => {});
  }

  /** Resolves when a shutdown is over, whoever started it. */
  get done(): Promise<Receipt> {
    return this.#done.promise;
  }

  /** Where the server stands. */
  get state(): ShutdownState {
    return this.#isDone ? "done" : this.#sequence?.phase.name ?? "serving";
  }

  /** Whether it should still be sent traffic: false from the first phase on. */
  get isReady(): boolean {
    return this.state === "serving";
  }

  /** Whether newcomers are still let in: false from the second phase on. */
  get isAccepting(): boolean {
    return this.state === "serving" || this.state === "unready";
  }

  /** The budgets of the hooks that have one, in ms. */
  get hookBudgetsMs(): number[] {
    return this.#hooks.flatMap(({ budgetMs }) => budgetMs ?? []);
  }

  /** Registers a clean-up for the last phase. The last registered runs first. */
  addHook(name: string, run: HookFunction, { budgetMs }: { budgetMs?: number } = {}): void {
    this.#hooks.push({ name, run, ...budgetMs === undefined ? {} : { budgetMs } });
  }

  /**
   * What to answer an upgrade request while newcomers are refused; `undefined` while they are let in.
   * Ask before `Deno.upgradeWebSocket()`: after it, any other answer kills the listener.
   */
  refusal(): Response | undefined {
    if (this.isAccepting) return undefined;
    const seconds = Math.ceil((this.progress().remainingMs ?? 0) / 1_000);
    return new Response("The server is shutting down\n", {
      status: 503,
      headers: { "connection": "close", "retry-after": String(Math.max(1, seconds)) },
    });
  }

  /** Starts the shutdown for a `reason` such as `SIGTERM`. Called again, returns the same promise. */
  start(reason: string): Promise<Receipt> {
    if (!this.#receipt) {
      this.#receipt = this.#play(reason);
      this.#receipt.then(this.#done.resolve, this.#done.reject);
    }
    return this.#receipt;
  }

  /** Skips the pacing: everybody leaves now, still in order. */
  hurry(): void {
    this.#sequence?.hurry();
  }

  /** A look at it now. */
  progress(): ShutdownProgress {
    const { state } = this;
    if (!this.#sequence) return { state };
    const { elapsedMs, remaining: clientsRemaining, phase, slots, receipt } = this.#sequence;
    return {
      state,
      elapsedMs,
      remainingMs: this.#leftMs(),
      ...this.#isDone ? {} : { phase },
      clientsRemaining,
      ...slots ? { slots } : {},
      receipt,
    };
  }

  /** What is left of the budget, in ms. */
  #leftMs(): number {
    const { budgetMs } = this.#settings;
    return Math.max(0, budgetMs - (this.#sequence?.elapsedMs ?? 0));
  }

  async #play(reason: string): Promise<Receipt> {
    const settings = this.#settings;
    this.#sequence = new Sequence(this.#target, { settings, hooks: this.#hooks, reason });
    const receipt = await this.#sequence.play();
    this.#isDone = true;
    await this.#finish();
    return receipt;
  }

  async #finish(): Promise<void> {
    const { atTheEnd, clock, log } = this.#settings;
    const over = new AbortController();
    const work = (async () => await atTheEnd(this.#leftMs()))().catch((error) => {
      log.error("The end of the shutdown failed: {error}", { error: String(error) });
    });
    await Promise.race([work, clock.sleep(this.#leftMs(), over.signal)]);
    over.abort();
  }
}
