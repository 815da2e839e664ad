/**
 * All clients of a run on `lastcall.v1`, spread over servers and rooms: connects them at a steady pace, and
 * owns them until they are released.
 *
 * @module
 */

import { encode, SUBPROTOCOL } from "@lastcall/lastcall/client";
import type { LoadClient } from "../client.ts";
import type { OddKind } from "../mix.ts";
import { createOddClient } from "../odd_clients.ts";
import type { Plan } from "../plan.ts";
import type { ClientRecord } from "../run.ts";
import { type Seat, seatsOf } from "../seating.ts";
import { sleep } from "../wait.ts";
import type { FrameDecoder } from "./frame_decoder.ts";
import { Participant, type ParticipantSurroundings } from "./participant.ts";
import { roomUrl } from "./rooms.ts";

/** What a crowd needs besides the plan. */
export interface CrowdSurroundings extends ParticipantSurroundings {
  now: () => number;
  /** The servers. */
  urls: readonly string[];
  /** That of each room. */
  decoders: readonly FrameDecoder[];
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
    const { now } = this.#around;
    const startMs = now();
    for (const seat of seatsOf(this.#plan)) {
      await sleep(startMs + seat.atMs - now(), abort);
      if (abort.aborted) return;
      if (seat.kind === "normal") this.#join(seat);
      else this.#annoy(seat, seat.kind);
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
    for (let best = -1, sinceMs = now(); !isSo() && !abort.aborted; await sleep(LOOK_MS, abort)) {
      const progress = this.participants.reduce((sum, { seq, pending }) => sum + seq - pending, 0);
      if (progress > best) [best, sinceMs] = [progress, now()];
      else if (now() - sinceMs > patienceMs) return;
    }
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

  #join({ index, server, room }: Seat): void {
    const place = { index, url: this.#url(server, room), decoder: this.#around.decoders[room]! };
    this.participants.push(new Participant(place, this.#around));
  }

  #annoy({ index, server, room }: Seat, kind: OddKind): void {
    const { origin, now, journal } = this.#around;
    const { protocol } = this.#plan;
    const url = this.#url(server, room);
    const options = { url, origin, now, greeting: GREETING, protocol, index };
    const client = createOddClient(kind, options);
    const c = journal.newConnection();
    journal.say({ e: "connect", c, kind, r: index, s: server });
    this.#others.push({ c, client });
    void client.connect();
  }

  #url(server: number, room: number): string {
    return roomUrl(this.#around.urls[server]!, room, this.#plan.rooms);
  }

  #tell(c: number, { openedAtMs, refusal, endedAtMs, end, bytesAfterClose }: ClientRecord): void {
    const { journal } = this.#around;
    if (openedAtMs !== undefined) journal.say({ e: "open", c, t: openedAtMs });
    if (refusal !== undefined) journal.say({ e: "refused", c, why: refusal });
    if (end) journal.say({ e: "close", c, ...end, ...endedAtMs ? { t: endedAtMs } : {} });
    if (bytesAfterClose > 0) journal.say({ e: "gone", c, bytesAfterClose });
  }
}
