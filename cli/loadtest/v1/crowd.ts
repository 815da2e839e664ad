/**
 * All clients of a run on `lastcall.v1`, spread over servers and rooms: connects them at a steady pace, and
 * owns them until they are released.
 *
 * @module
 */

import { encode, SUBPROTOCOL } from "@lastcall/lastcall/client";
import type { LoadClient } from "../client.ts";
import { arrange, type ClientKind } from "../mix.ts";
import type { Plan } from "../plan.ts";
import { RawClient } from "../raw_client.ts";
import type { ClientRecord } from "../run.ts";
import { sleep } from "../wait.ts";
import { WsClient } from "../ws_client.ts";
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
    const { now, urls } = this.#around;
    const startMs = now();
    for (const [i, kind] of arrange(this.#plan.kinds, this.#plan.seed).entries()) {
      await sleep(startMs + i * 1_000 / this.#plan.rampPerSecond - now(), abort);
      if (abort.aborted) return;
      const url = urls[i % urls.length]!;
      if (kind === "normal") this.#join(url);
      else this.#annoy(kind, url);
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

  #join(url: string): void {
    const { decoders } = this.#around;
    const index = this.participants.length;
    const room = index % decoders.length;
    const place = { index, url: roomUrl(url, room, decoders.length), decoder: decoders[room]! };
    this.participants.push(new Participant(place, this.#around));
  }

  #annoy(kind: Exclude<ClientKind, "normal">, url: string): void {
    const { origin, now, journal, instanceOf } = this.#around;
    const options = { url, origin, now, greeting: GREETING };
    const client = kind === "slow"
      ? new WsClient({ ...options, kind })
      : new RawClient(kind, options);
    const c = journal.newConnection();
    journal.say({ e: "connect", c, kind, r: this.#others.length, s: instanceOf(url) });
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
