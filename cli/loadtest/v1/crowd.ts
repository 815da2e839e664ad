/**
 * All clients of a run on `lastcall.v1`, spread over the servers: connects them at a steady pace, and
 * owns them until they are released.
 *
 * @module
 */

import { encode, SUBPROTOCOL } from "@lastcall/lastcall/client";
import type { LoadClient } from "../client.ts";
import { arrange } from "../mix.ts";
import type { Plan } from "../plan.ts";
import { RawClient } from "../raw_client.ts";
import { sleep } from "../wait.ts";
import { WsClient } from "../ws_client.ts";
import { Participant, type ParticipantSurroundings } from "./participant.ts";

/** How often the crowd is looked at. */
const LOOK_MS = 20;
const GREETING = { protocol: SUBPROTOCOL, text: encode({ type: "hello" }) };

/** The clients of one run. */
export class Crowd implements Disposable {
  readonly participants: Participant[] = [];
  readonly others: LoadClient[] = [];
  readonly #plan: Plan;
  readonly #urls: readonly string[];
  readonly #around: ParticipantSurroundings;

  constructor(plan: Plan, urls: readonly string[], around: ParticipantSurroundings) {
    this.#plan = plan;
    this.#urls = urls;
    this.#around = around;
  }

  /** Normal clients that have a connection on which messages come and go. */
  get live(): number {
    return this.participants.filter(({ isLive }) => isLive).length;
  }

  /** Connects all of them, each at its time; resolves when each normal one is live, or time is up. */
  async connect(deadlineMs: number, abort: AbortSignal): Promise<void> {
    const { now, origin } = this.#around;
    const startMs = now();
    for (const [i, kind] of arrange(this.#plan.kinds, this.#plan.seed).entries()) {
      await sleep(startMs + i * 1_000 / this.#plan.rampPerSecond - now(), abort);
      if (abort.aborted) return;
      const url = this.#urls[i % this.#urls.length]!;
      const options = { url, origin, now, greeting: GREETING };
      if (kind === "normal") {
        this.participants.push(new Participant(this.participants.length, url, this.#around));
      } else {
        const client = kind === "slow"
          ? new WsClient({ ...options, kind })
          : new RawClient(kind, options);
        this.others.push(client);
        void client.connect();
      }
    }
    await this.allLive(deadlineMs, abort);
  }

  /** Waits until every normal client is live, or closed for good. Returns whether all are live. */
  async allLive(deadlineMs: number, abort: AbortSignal): Promise<boolean> {
    await this.until(
      () => this.participants.every(({ isLive, isClosed }) => isLive || isClosed),
      deadlineMs,
      abort,
    );
    return this.live === this.participants.length;
  }

  /** Waits until every publish is settled. */
  async allSettled(deadlineMs: number, abort: AbortSignal): Promise<void> {
    await this.until(
      () => this.participants.every(({ pending }) => pending === 0),
      deadlineMs,
      abort,
    );
  }

  /** Waits for a state of the crowd. */
  async until(isSo: () => boolean, deadlineMs: number, abort: AbortSignal): Promise<void> {
    const { now } = this.#around;
    const endMs = now() + deadlineMs;
    while (!isSo() && now() < endMs && !abort.aborted) await sleep(LOOK_MS, abort);
  }

  [Symbol.dispose](): void {
    for (const client of [...this.participants, ...this.others]) client.release();
  }
}
