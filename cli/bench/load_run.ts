/**
 * Plays one load against one server: connect, warm up, measure.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { Histogram } from "../loadtest/histogram.ts";
import { dueAtMs } from "../loadtest/schedule.ts";
import { Ticker } from "../loadtest/ticker.ts";
import { sleep } from "../loadtest/wait.ts";
import { LoadConnection } from "./load_connection.ts";
import type { LoadPlan, LoadResult } from "./load_plan.ts";
import { readStamps, stampedText } from "./stamp.ts";
import { DIALECTS } from "./wire.ts";

/** How many connects are under way at a time. */
const CONNECTING = 32;
/** Memory for reading, all connections together. */
const READ_BYTES = 32 * 2 ** 20;
/** Timers are up to this much late; a precise sender waits the rest awake. */
const AWAKE_MS = 3;

/** One load. Times are those of `performance.now()`. */
export class LoadRun implements Disposable {
  readonly #plan: LoadPlan;
  #connections: LoadConnection[] = [];
  readonly #latency = new Histogram();
  #window = { fromMs: Infinity, toMs: Infinity };
  #stopAtMs = Infinity;
  #sent = 0;
  #delivered = 0;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
  }

  /** Connects all clients. Rejects when one cannot. */
  async connect(): Promise<void> {
    const { clients, urls, wire } = this.#plan;
    const targets = urls.map((url) => new URL(url));
    const options = {
      dialect: DIALECTS[wire],
      readBytes: Math.max(1_024, Math.min(65_536, Math.floor(READ_BYTES / clients))),
    };
    const seats: LoadConnection[] = this.#connections = new Array(clients);
    let next = 0;
    const connectSome = async () => {
      while (next < clients) {
        const i = next++;
        seats[i] = await LoadConnection.open({
          ...options,
          url: targets[i % targets.length]!,
          onText: (payload) => this.#receive(payload, seats[i]),
        });
      }
    };
    await Promise.all(Array.from({ length: Math.min(CONNECTING, clients) }, connectSome));
  }

  /** Publishes through warm-up and window; `onBegin` is called in between. */
  async measure(onBegin: () => void): Promise<LoadResult> {
    const { warmupMs, windowMs } = this.#plan;
    const startMs = performance.now();
    this.#stopAtMs = startMs + warmupMs + windowMs;
    const publishing = this.#publish(startMs);
    await sleep(warmupMs);
    onBegin();
    const { delivered, lagP99Ms, tookMs } = await this.#watch();
    await publishing;
    this.#checkAllOpen();
    return {
      windowMs: tookMs,
      sent: this.#sent,
      delivered,
      latency: {
        p50Ms: this.#latency.quantileMs(0.5),
        p99Ms: this.#latency.quantileMs(0.99),
        maxMs: this.#latency.maxMs,
      },
      lagP99Ms,
    };
  }

  [Symbol.dispose](): void {
    this.#stopAtMs = 0;
    // Not all may have been connected.
    for (const connection of this.#connections) connection?.[Symbol.dispose]();
  }

  async #watch(): Promise<{ delivered: number; lagP99Ms: number; tookMs: number }> {
    const { windowMs } = this.#plan;
    using ticker = new Ticker(() => performance.now(), () => {});
    const fromMs = performance.now();
    const before = this.#delivered;
    this.#window = { fromMs, toMs: fromMs + windowMs };
    await sleep(windowMs);
    return {
      delivered: this.#delivered - before,
      lagP99Ms: ticker.lag.quantileMs(0.99),
      tookMs: performance.now() - fromMs,
    };
  }

  /** An open model: every message is sent when it is due, or as soon as we can after that. */
  async #publish(startMs: number): Promise<void> {
    const { ratePerSecond, speakers = this.#connections.length } = this.#plan;
    if (ratePerSecond === 0) return;
    if (ratePerSecond === "as heard") {
      for (const connection of this.#connections) this.#say(connection, performance.now());
      return await sleep(this.#stopAtMs - performance.now());
    }
    for (let n = 0;; n++) {
      const dueMs = startMs + dueAtMs(n, ratePerSecond);
      if (dueMs >= this.#stopAtMs) return;
      await this.#until(dueMs);
      this.#say(this.#connections[n % speakers]!, dueMs);
    }
  }

  #say(connection: LoadConnection, dueMs: number): void {
    connection.publish(stampedText(dueMs * 1_000, this.#plan.sizeBytes));
    if (this.#isMeasured(dueMs)) this.#sent++;
  }

  async #until(dueMs: number): Promise<void> {
    const { precise } = this.#plan;
    const leftMs = dueMs - performance.now();
    const sleepMs = precise ? leftMs - AWAKE_MS : leftMs;
    if (sleepMs > 0) await sleep(sleepMs);
    while (precise && performance.now() < dueMs) {
      await new Promise<void>((resolve) => void setImmediate(resolve));
    }
  }

  #receive(payload: Uint8Array, connection: LoadConnection | undefined): void {
    const nowMs = performance.now();
    const heard = readStamps(payload, {
      sizeBytes: this.#plan.sizeBytes,
      onStamp: (dueUs) => {
        const dueMs = dueUs / 1_000;
        if (this.#isMeasured(dueMs)) this.#latency.record(nowMs - dueMs);
      },
    });
    this.#delivered += heard;
    if (heard === 0 || this.#plan.ratePerSecond !== "as heard" || nowMs >= this.#stopAtMs) return;
    this.#say(connection!, nowMs);
  }

  #isMeasured(dueMs: number): boolean {
    return dueMs >= this.#window.fromMs && dueMs < this.#window.toMs;
  }

  #checkAllOpen(): void {
    const gone = this.#connections.filter(({ isOpen }) => !isOpen).length;
    if (gone === 0) return;
    throw new Error(`the server closed ${gone} of ${this.#connections.length} connections`);
  }
}
