/**
 * One client on the plain protocol: what it sends goes through its limits to the hub, what the hub
 * tells goes to it while it keeps up.
 */

import { POLICY, TOO_LARGE, TOO_SLOW } from "../close_codes.ts";
import type { Clock } from "../clock.ts";
import { CATEGORIES, type Category, classifyEnd, type ConnectionEnd } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Connection } from "../shutdown/connection.ts";
import type { Stats } from "../stats.ts";
import { Discards } from "./discards.ts";
import { decodePlain } from "./plain_protocol.ts";
import { TokenBucket } from "./token_bucket.ts";
import { exceedsUtf8Length } from "./utf8_length.ts";

/** What one client may do. */
export interface ClientLimits {
  /** The largest message, in bytes of frame payload. */
  maxMessageSize: number;
  /** Messages at once, and as many more each interval. */
  rateLimitBurst: number;
  /** The interval, in ms. */
  rateLimitRefillMs: number;
  /** Frames within one second at which a client is closed at once. */
  floodLimit: number;
  /** Bytes that may wait for one client. */
  maxBufferedBytes: number;
}

/** What a client needs of the server around it. */
export interface ClientSurroundings {
  /** Tells all others; `false` when the server is overloaded. */
  publish: (from: Client, content: string) => boolean;
  /** Its limits. */
  limits: ClientLimits;
  /** Where it is told about. */
  log: Log;
  /** Where it is counted. */
  stats: Stats;
  /** Reads the time. */
  clock: Clock;
}

/** A member of the hub. */
export class Client {
  readonly #connection: Connection;
  readonly #around: ClientSurroundings;
  readonly #discards: Discards;
  readonly #bucket: TokenBucket;
  #cause: Category | undefined;
  #secondStartedAt: number;
  #framesThisSecond = 0;

  /** Listens to the connection from now on. */
  constructor(connection: Connection, around: ClientSurroundings) {
    const { limits: { rateLimitBurst, rateLimitRefillMs }, clock } = around;
    const now = clock.now();
    this.#connection = connection;
    this.#around = around;
    this.#discards = new Discards(connection.address, around.log);
    this.#bucket = new TokenBucket(rateLimitBurst, { refillMs: rateLimitRefillMs, now });
    this.#secondStartedAt = now;
    connection.socket.binaryType = "arraybuffer";
    connection.socket.addEventListener(
      "message",
      ({ data }) => this.#guard(() => this.#hear(data)),
    );
    connection.ended.then((end) => this.#noteEnd(end));
  }

  /** The peer, as `host:port`. */
  get address(): string {
    return this.#connection.address;
  }

  /** Sends a frame; `false` when the client is on its way out or does not keep up. */
  send(frame: string): boolean {
    const { state, socket } = this.#connection;
    if (state !== "open" && state !== "leaving") return false;
    try {
      if (socket.bufferedAmount > this.#around.limits.maxBufferedBytes) {
        this.#end("too_slow", { code: TOO_SLOW, limit: this.#around.limits.maxBufferedBytes });
        return false;
      }
      socket.send(frame);
      return true;
    } catch (error) {
      this.#fail("send_failed", error);
      return false;
    }
  }

  #hear(data: string | ArrayBuffer): void {
    const { state } = this.#connection;
    if (state === "closing" || state === "closed") return;
    const { limits, clock, publish, stats } = this.#around;
    const now = clock.now();
    if (this.#isFlooding(now)) {
      return this.#end("flood", { code: POLICY, limit: limits.floodLimit });
    }
    if (isLarger(data, limits.maxMessageSize)) {
      return this.#end("message_too_large", { code: TOO_LARGE, limit: limits.maxMessageSize });
    }
    if (!this.#bucket.take(now)) return this.#discard("rate_limited", now);
    if (typeof data !== "string") return this.#discard("not_text", now);
    const decoded = decodePlain(data);
    if ("wrong" in decoded) return this.#discard(decoded.wrong, now);
    if (!publish(this, decoded.content)) return this.#discard("overloaded", now);
    stats.add("accepted");
  }

  #isFlooding(now: number): boolean {
    if (now - this.#secondStartedAt >= 1_000) {
      this.#secondStartedAt = now;
      this.#framesThisSecond = 0;
    }
    this.#framesThisSecond += 1;
    return this.#framesThisSecond > this.#around.limits.floodLimit;
  }

  #discard(category: Category, now: number): void {
    this.#around.stats.add(`discarded.${category}`);
    this.#discards.note(category, now);
  }

  /** Closes for a cause, which is then what ended the connection, whatever follows. */
  #end(category: Category, { code, limit }: { code: number; limit?: number }): void {
    this.#cause ??= category;
    this.#tell(category, { code, limit });
    // A flood starves the turn that an orderly close waits for.
    if (category === "flood") this.#connection.closeNow(code, category);
    else this.#connection.close(code, category);
  }

  /** A fault of ours while it was this client's turn: it pays with its connection, nobody else does. */
  #fail(category: Category, error: unknown): void {
    this.#cause ??= category;
    this.#tell(category, { error: String(error) });
    this.#connection.close(1011, category);
  }

  #guard(handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.#fail("handler_error", error);
    }
  }

  #noteEnd(end: ConnectionEnd): void {
    const { clock, stats } = this.#around;
    this.#discards.flush(clock.now());
    const category = classifyEnd(end);
    stats.add(`ended.${this.#cause ?? category}`);
    this.#tell(category, { code: end.code, error: end.error });
  }

  #tell(category: Category, fields: Record<string, unknown>): void {
    const { level, meaning } = CATEGORIES[category];
    this.#around.log[level](`Client {address} ${meaning}`, {
      address: this.address,
      category,
      ...fields,
    });
  }
}

function isLarger(data: string | ArrayBuffer, limit: number): boolean {
  return typeof data === "string" ? exceedsUtf8Length(data, limit) : data.byteLength > limit;
}
