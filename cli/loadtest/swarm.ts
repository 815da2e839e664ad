/**
 * All clients of a run: connects them at a steady pace, and owns them until they are released.
 *
 * @module
 */

import type { ClientOptions, LoadClient } from "./client.ts";
import type { Plan } from "./plan.ts";
import { seatsOf } from "./seating.ts";
import { createOddClient } from "./odd_clients.ts";
import { SlowClient } from "./slow_client.ts";
import { sleep, within } from "./wait.ts";
import { WsClient } from "./ws_client.ts";

/** What a swarm must know besides the plan. */
export interface SwarmOptions {
  url: string;
  now: () => number;
  /** A frame arrived at a normal client. */
  onMessage: (reader: number, payload: Uint8Array) => void;
}

/** The clients of one run. */
export class Swarm implements Disposable {
  readonly clients: LoadClient[];
  readonly normals: WsClient[] = [];
  readonly #plan: Plan;
  readonly #now: () => number;
  #openNormals = 0;

  constructor(plan: Plan, options: SwarmOptions) {
    this.#plan = plan;
    this.#now = options.now;
    const { origin, protocol } = plan;
    const common = { url: options.url, origin, now: options.now };
    this.clients = seatsOf(plan).map(({ kind, index }) => {
      if (kind === "normal") return this.#addNormal(common, options.onMessage);
      return createOddClient(kind, { ...common, protocol, index });
    });
  }

  /** Normal clients that are connected and have seen no Close. */
  get openNormals(): number {
    return this.#openNormals;
  }

  /** Connects all of them, each at its time; resolves when each is connected or refused. */
  async connect(abort: AbortSignal): Promise<void> {
    const startMs = this.#now();
    const connecting: Promise<void>[] = [];
    for (const [i, client] of this.clients.entries()) {
      await sleep(startMs + i * 1_000 / this.#plan.rampPerSecond - this.#now(), abort);
      if (abort.aborted) return;
      connecting.push(client.connect());
    }
    await Promise.race([Promise.all(connecting), aborted(abort)]);
  }

  /** Lets slow clients read what is left for them, at once. */
  wakeSlow(): void {
    for (const client of this.clients) if (client instanceof SlowClient) client.hurry();
  }

  /** Waits until every connection is over that anybody looks at. */
  async over(deadlineMs: number, abort: AbortSignal): Promise<void> {
    await within(deadlineMs, Promise.all(this.clients.map(({ over }) => over)), abort);
  }

  /** Normal clients say goodbye. */
  leave(): void {
    for (const client of this.normals) client.leave();
  }

  [Symbol.dispose](): void {
    this.release();
  }

  /** Frees every socket; whoever was still connected is recorded as left by us. */
  release(): void {
    for (const client of this.clients) client.release();
  }

  #addNormal(common: ClientOptions, onMessage: SwarmOptions["onMessage"]): WsClient {
    const index = this.normals.length;
    const client = new WsClient({
      ...common,
      onMessage: (payload) => onMessage(index, payload),
      onOpenChange: (open) => this.#openNormals += open ? 1 : -1,
    });
    this.normals.push(client);
    return client;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
