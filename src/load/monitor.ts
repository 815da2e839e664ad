/**
 * Measures the load all the time and keeps the judgement of it.
 */

import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { AT_EASE, judge, type Judgement, type Limits, type Resource, RESOURCES } from "./judge.ts";
import { Lag } from "./lag.ts";
import { overloadOf } from "./words.ts";

/** What the monitor needs. */
export interface MonitorOptions {
  /** The limits of each resource. */
  limits: Readonly<Record<Resource, Limits>>;
  /** Connections now. */
  clients: () => number;
  /** Resident memory now, in bytes. */
  memoryBytes: () => number;
  /** Time. */
  clock: Clock;
  /** Where changes are told. */
  log: Log;
}

/** How often the load is measured. */
const EVERY_MS = 100;

/** Measures until disposed. */
export class LoadMonitor implements Disposable {
  readonly #options: MonitorOptions;
  readonly #lag = new Lag();
  readonly #stop = new AbortController();
  #judgement = AT_EASE;

  /** Measures from now on; `onTick` is called after each time. */
  constructor(options: MonitorOptions, onTick: (elapsedMs: number) => void = () => {}) {
    this.#options = options;
    void this.#run(onTick);
  }

  /** The limits that it judges by. */
  get limits(): Readonly<Record<Resource, Limits>> {
    return this.#options.limits;
  }

  /** The judgement as of now. */
  get judgement(): Judgement {
    this.#look();
    return this.#judgement;
  }

  /** Why the server should be sent no traffic; `undefined` while it should. */
  get overload(): string | undefined {
    return overloadOf(this.judgement, this.limits);
  }

  /**
   * Why nobody is let in; `undefined` while they are. The number of clients is no reason: its soft limit
   * leaves room for those who come back, and the hard one is `--max-clients`.
   */
  get refusal(): string | undefined {
    return overloadOf(this.judgement, this.limits, ["lag", "memory"]);
  }

  /** Whether clients have to be sent away: no longer than it takes for the value to fall. */
  get isTooMuch(): boolean {
    return RESOURCES.some((resource) => {
      const { level, calmSince } = this.#judgement[resource];
      return level === "hard" && calmSince === undefined;
    });
  }

  /** Stops measuring. */
  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #run(onTick: (elapsedMs: number) => void): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      const startedMs = clock.now();
      await clock.sleep(EVERY_MS, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      const tookMs = clock.now() - startedMs;
      this.#lag.note({ plannedMs: EVERY_MS, tookMs });
      this.#look();
      onTick(tookMs);
    }
  }

  #look(): void {
    const { clients, memoryBytes, clock, limits } = this.#options;
    const values = { lag: this.#lag.ms, memory: memoryBytes(), clients: clients() };
    const before = this.#judgement;
    this.#judgement = judge(before, values, { limits, nowMs: clock.now() });
    if (RESOURCES.some((name) => this.#judgement[name].level !== before[name].level)) this.#tell();
  }

  #tell(): void {
    const { log, limits } = this.#options;
    const reason = overloadOf(this.#judgement, limits);
    if (reason === undefined) log.info("No longer overloaded", { event: "overload" });
    else {
      const what = this.isTooMuch ? "the newest clients leave" : "not ready for more clients";
      log.warn("Overloaded: {reason}; {what}", { event: "overload", reason, what });
    }
  }
}
