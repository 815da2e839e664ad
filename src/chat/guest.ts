/**
 * What every client is, whatever it speaks: a connection with limits, whose doings are counted and told
 * with its address.
 */

import { closeCodeLabel, INTERNAL_ERROR, POLICY, TOO_LARGE } from "../close_codes.ts";
import type { Clock } from "../clock.ts";
import { CATEGORIES, type Category, classifyEnd, type ConnectionEnd } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Connection } from "../shutdown/connection.ts";
import type { Stats } from "../stats.ts";
import { Discards } from "./discards.ts";
import { TokenBucket } from "./token_bucket.ts";
import { exceedsBytes } from "../client/utf8.ts";

/** What one client may do. */
export interface ClientLimits {
  /** The largest message, in bytes. */
  maxMessageSize: number;
  /** Messages at once, and as many more each interval. */
  rateLimitBurst: number;
  /** The interval, in ms. */
  rateLimitRefillMs: number;
  /** Frames within one second at which a client is closed at once. */
  floodLimit: number;
  /** Bytes that may wait for one client; beyond, it is told from the log later. */
  maxBufferedBytes: number;
}

/** What a guest needs. */
export interface GuestSurroundings {
  /** Its limits. */
  limits: ClientLimits;
  /** Where it is told about. */
  log: Log;
  /** Where it is counted. */
  stats: Stats;
  /** Reads the time. */
  clock: Clock;
}

/** With which code to close, and what to tell of the cause. */
export interface EndFacts {
  code: number;
  /** The limit that was passed. */
  limit?: number;
  /** The error behind it. */
  error?: string;
}

/** One client, before it speaks any protocol. */
export class Guest {
  /** Its connection. */
  readonly connection: Connection;
  readonly #around: GuestSurroundings;
  readonly #discards: Discards;
  readonly #bucket: TokenBucket;
  readonly #maxFrame: number;
  #cause: Category | undefined;
  #secondStartedAt: number;
  #framesThisSecond = 0;

  /** `maxFrame` is the largest frame, in bytes. */
  constructor(connection: Connection, around: GuestSurroundings, maxFrame: number) {
    const { limits: { rateLimitBurst, rateLimitRefillMs }, clock } = around;
    const now = clock.now();
    this.connection = connection;
    this.#around = around;
    this.#maxFrame = maxFrame;
    this.#discards = new Discards(connection.address, around.log);
    this.#bucket = new TokenBucket(rateLimitBurst, { refillMs: rateLimitRefillMs, now });
    this.#secondStartedAt = now;
    connection.socket.binaryType = "arraybuffer";
    connection.ended.then((end) => this.#noteEnd(end));
  }

  /** Calls `hear` with each frame that is within the limits of frames. */
  listen(hear: (data: string | ArrayBuffer) => void): void {
    this.connection.socket.addEventListener("message", ({ data }) =>
      this.guard(() => {
        if (this.#isWithinLimits(data)) hear(data);
      }));
  }

  /** Takes a token for one message; otherwise how long until there is one, in ms. */
  takeToken(): { waitMs: number } | undefined {
    const now = this.#around.clock.now();
    if (this.#bucket.take(now)) return undefined;
    return { waitMs: this.#bucket.msToNext() };
  }

  /** Counts and logs a message that was discarded. */
  discard(category: Category): void {
    this.#around.stats.add(`discarded.${category}`);
    this.#discards.note(category, this.#around.clock.now());
  }

  /** Closes for a cause, which is then what ended the connection, whatever follows. */
  end(category: Category, { code, ...facts }: EndFacts): void {
    // Only the first cause closes: what follows is its consequence.
    if (this.#cause) return;
    this.#cause = category;
    this.tell(category, { code, ...facts });
    // A flood starves the turn that an orderly close waits for.
    if (category === "flood") this.connection.closeNow(code, category);
    else this.connection.close(code, category);
  }

  /** Runs `work`; a fault of ours in it costs this client its connection, and nobody else anything. */
  guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fail(error);
    }
  }

  /** A fault of ours while it was this client's turn. */
  fail(error: unknown): void {
    this.end("handler_error", { code: INTERNAL_ERROR, error: String(error) });
  }

  /** Logs what ends or disturbs it. */
  tell(category: Category, fields: Record<string, unknown> = {}): void {
    const { level, meaning } = CATEGORIES[category];
    const { address } = this.connection;
    this.#around.log[level](`Client {address} ${meaning}`, { address, category, ...fields });
  }

  #isWithinLimits(data: string | ArrayBuffer): boolean {
    const { state } = this.connection;
    if (state === "closing" || state === "closed") return false;
    if (this.#isFlooding()) {
      this.end("flood", { code: POLICY, limit: this.#around.limits.floodLimit });
    } else if (isLarger(data, this.#maxFrame)) {
      this.end("message_too_large", { code: TOO_LARGE, limit: this.#maxFrame });
    } else return true;
    return false;
  }

  #noteEnd(end: ConnectionEnd): void {
    const { clock, stats } = this.#around;
    this.#discards.flush(clock.now());
    const category = classifyEnd(end);
    stats.add(`ended.${this.#cause ?? category}`);
    stats.add(`closes.${closeCodeLabel(end.sent ?? end.code)}.${this.#cause ?? category}`);
    this.tell(category, { code: end.code, error: end.error });
  }

  #isFlooding(): boolean {
    const { clock, limits } = this.#around;
    const now = clock.now();
    if (now - this.#secondStartedAt >= 1_000) {
      this.#secondStartedAt = now;
      this.#framesThisSecond = 0;
    }
    this.#framesThisSecond += 1;
    return this.#framesThisSecond > limits.floodLimit;
  }
}

function isLarger(data: string | ArrayBuffer, limit: number): boolean {
  return typeof data === "string" ? exceedsBytes(data, limit) : data.byteLength > limit;
}
