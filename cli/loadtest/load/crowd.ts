/**
 * All clients of a run, spread over servers and rooms: connects them at a steady pace, and owns them until
 * they are released.
 *
 * @module
 */

import { encode, SUBPROTOCOL } from "@lastcall/lastcall/client";
import type { LoadClient } from "../client.ts";
import type { Journal } from "../journal/journal.ts";
import type { OddKind } from "../mix.ts";
import { createOddClient } from "../odd_clients.ts";
import type { Plan } from "../plan.ts";
import type { ClientRecord } from "../run.ts";
import { type Seat, seatsOf } from "../seating.ts";
import { SlowClient } from "../slow_client.ts";
import { sleep, within } from "../wait.ts";
import type { Participant } from "./participant.ts";
import { roomUrl } from "./rooms.ts";

/** What a crowd needs besides the plan. */
export interface CrowdSurroundings {
  now: () => number;
  /** Where the clients of each server connect. */
  urls: readonly string[];
  journal: Journal;
  /** Makes a normal client, which connects to `url` at once. */
  participantAt: (seat: Seat, url: string) => Participant;
}

/** How often the crowd is looked at. */
const LOOK_MS = 20;
const GREETING = { protocol: SUBPROTOCOL, text: encode({ type: "hello" }) };

/** The clients of one run. */
export class Crowd implements Disposable {
  readonly participants: Participant[] = [];
  readonly #others: { c: number; client: LoadClient }[] = [];
  readonly #plan: Plan;
  readonly #around: CrowdSurroundings;

  constructor(plan: Plan, around: CrowdSurroundings) {
    this.#plan = plan;
    this.#around = around;
  }

  /** Normal clients that have a connection on which messages come and go. */
  get live(): number {
    return this.participants.filter(({ isLive }) => isLive).length;
  }

  /** Publishes that are not settled. */
  get pending(): number {
    return this.participants.reduce((sum, { pending }) => sum + pending, 0);
  }

  /** Connects all of them, each at its time; resolves when each normal one is live, or time is up. */
  async connect(deadlineMs: number, abort: AbortSignal): Promise<void> {
    const { now, urls, participantAt } = this.#around;
    const startMs = now();
    for (const seat of seatsOf(this.#plan)) {
      await sleep(startMs + seat.atMs - now(), abort);
      if (abort.aborted) return;
      const url = roomUrl(urls[seat.server]!, seat.room, this.#plan.rooms);
      if (seat.kind === "normal") this.participants.push(participantAt(seat, url));
      else this.#annoy(seat, url, seat.kind);
    }
    await this.allLive(deadlineMs, abort);
  }

  /** Waits until every normal client is live, or closed for good. Returns whether all are live. */
  async allLive(deadlineMs: number, abort: AbortSignal): Promise<boolean> {
    const { now } = this.#around;
    const endMs = now() + deadlineMs;
    const isThere = ({ isLive, isClosed }: Participant) => isLive || isClosed;
    while (!this.participants.every(isThere) && now() < endMs && !abort.aborted) {
      await sleep(LOOK_MS, abort);
    }
    return this.live === this.participants.length;
  }

  /** Waits for a state of the crowd, as long as it comes nearer at least every `patienceMs`. */
  async settled(isSo: () => boolean, patienceMs: number, abort: AbortSignal): Promise<void> {
    const { now } = this.#around;
    for (let best = -Infinity, sinceMs = now(); !isSo() && !abort.aborted;) {
      const progress = this.participants.reduce((sum, { seq, pending }) => sum + seq - pending, 0);
      if (progress > best) [best, sinceMs] = [progress, now()];
      else if (now() - sinceMs > patienceMs) return;
      await sleep(LOOK_MS, abort);
    }
  }

  /** Normal clients say goodbye. */
  leave(): void {
    for (const participant of this.participants) participant.leave();
  }

  /** Waits until every connection is over, for as long as that may take. */
  async over(deadlineMs: number, abort: AbortSignal): Promise<void> {
    const { now } = this.#around;
    const endMs = now() + deadlineMs;
    for (const { client } of this.#others) if (client instanceof SlowClient) client.hurry();
    await this.settled(
      () => this.participants.every(({ isClosed }) => isClosed),
      deadlineMs,
      abort,
    );
    const others = Promise.all(this.#others.map(({ client }) => client.over));
    await within(endMs - now(), others, abort);
  }

  /** Frees every socket. What became of the others is written down now. */
  release(): void {
    for (const participant of this.participants) participant.release();
    for (const { c, client } of this.#others.splice(0)) {
      client.release();
      this.#tell(c, client.record);
    }
  }

  [Symbol.dispose](): void {
    this.release();
  }

  #annoy({ index, server }: Seat, url: string, kind: OddKind): void {
    const { now, journal } = this.#around;
    const { origin, protocol } = this.#plan;
    const greeting = protocol === "v1" ? { greeting: GREETING } : {};
    const client = createOddClient(kind, { url, origin, now, protocol, index, ...greeting });
    const c = journal.newConnection();
    journal.say({ e: "connect", c, kind, r: index, s: server });
    this.#others.push({ c, client });
    void client.connect();
  }

  #tell(c: number, { openedAtMs, refusal, endedAtMs, end, bytesAfterClose }: ClientRecord): void {
    const { journal } = this.#around;
    if (openedAtMs !== undefined) journal.say({ e: "open", c, t: openedAtMs });
    if (refusal !== undefined) journal.say({ e: "refused", c, why: refusal });
    if (end) journal.say({ e: "close", c, ...end, ...endedAtMs ? { t: endedAtMs } : {} });
    if (bytesAfterClose > 0) journal.say({ e: "gone", c, bytesAfterClose });
  }
}
