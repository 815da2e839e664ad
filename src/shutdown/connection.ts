/**
 * One server-side WebSocket, with what Deno's own object does not tell: when it was last heard, how it
 * ended (once, although Deno may report it twice or never), and how to make it leave in order.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { TRY_AGAIN_LATER } from "../close_codes.ts";
import { classifyEnd, type ConnectionEnd } from "../errors.ts";
import { turn } from "../turn.ts";

/**
 * Where a connection stands: handshake under way, open, told to go and being flushed, Close frame
 * sent, gone.
 */
export type ConnectionState = "joining" | "open" | "leaving" | "closing" | "closed";

/**
 * How leaving went.
 *
 * - `closed`: our Close frame was answered.
 * - `crossed`: our Close frame met data on its way to us, and Deno cut the connection for that. The
 *   peer saw our frame, as far as the network kept what was sent before the cut.
 * - `gone`: the connection ended by itself, before or instead of an answer.
 * - `unanswered`: no answer in time; the socket is abandoned, for it cannot be terminated.
 */
export type LeaveOutcome = "closed" | "crossed" | "gone" | "unanswered";

/** What is known of a connection when it comes. */
export interface TrackOptions {
  /** Who to name in logs, as `host:port`. Default `unknown`. */
  address?: string;
  /**
   * The last words to a client before it is closed. Resolves to `true` when the client has said that it
   * sends nothing more; otherwise a quiet moment is waited for. Must not reject, nor outlast `closeInMs`
   * by much.
   */
  farewell?: (farewell: Farewell) => Promise<boolean>;
}

/** What a client is told when it has to leave. */
export interface Farewell {
  /** How long it has, in ms. */
  closeInMs: number;
  /** When it should come back after that, in ms. */
  reconnectAfterMs: number;
}

/** How one connection left. */
export interface Exit {
  /** How leaving went. */
  outcome: LeaveOutcome;
  /** The close code: the peer's, or ours when there was no answer. */
  code: number;
}

/** How a connection is made to leave. */
export interface LeaveOptions {
  /** The close code, such as 1012. */
  code: number;
  /** The reason, at most 123 bytes of UTF-8. */
  reason: string;
  /** How long it may take in all, in ms. */
  answerMs: number;
  /** When the client should come back, in ms after its close. */
  reconnectAfterMs: number;
  /** How long the peer must have been silent before the Close frame is sent, in ms. */
  quietMs: number;
}

/** A handshake that takes longer than this was given up by the peer; Deno does not say so. */
const JOIN_DEADLINE_MS = 2_000;
/** A peer that sends all the time is closed all the same. */
const MAX_CLOSE_TURNS = 100;
/** Deno has no event for an emptied send queue, so it is looked at this often. */
const POLL_MS = 5;

/** A tracked WebSocket. Made by `ConnectionSet.track()`. */
export class Connection {
  /** The peer, as `host:port`. */
  readonly address: string;
  /** The socket itself. */
  readonly socket: WebSocket;
  /** Resolves, once, when the connection has ended. */
  readonly ended: Promise<ConnectionEnd>;
  /** When the peer last sent something, or joined; ms. */
  lastHeardAt: number;

  readonly #clock: Clock;
  /** See {@linkcode TrackOptions.farewell}; may be set until it is needed. */
  farewell: (farewell: Farewell) => Promise<boolean>;
  readonly #finish: (end: ConnectionEnd) => void;
  #state: ConnectionState = "joining";
  readonly #onOpen: (() => void)[] = [];
  #opened = false;
  #heard = 0;
  #error: string | undefined;
  #sent: { code: number; reason: string } | undefined;
  #leaving: Promise<Exit> | undefined;

  /** Listens to `socket`, which must come fresh from `Deno.upgradeWebSocket()`. */
  constructor(socket: WebSocket, options: TrackOptions & { clock: Clock }) {
    const { address = "unknown", farewell = () => Promise.resolve(false), clock } = options;
    const { promise, resolve } = Promise.withResolvers<ConnectionEnd>();
    this.socket = socket;
    this.address = address;
    this.ended = promise;
    this.lastHeardAt = clock.now();
    this.#clock = clock;
    this.farewell = farewell;
    this.#finish = resolve;
    const joinTimer = setTimeout(() => this.#end(0, ""), JOIN_DEADLINE_MS);
    this.ended.then(() => clearTimeout(joinTimer));
    socket.addEventListener("open", () => {
      clearTimeout(joinTimer);
      this.#open();
    });
    socket.addEventListener("message", () => {
      this.lastHeardAt = clock.now();
      this.#heard += 1;
    });
    socket.addEventListener("error", (event) => this.#error = (event as ErrorEvent).message);
    // The idle timeout reports two closes, the second without a code: the first one counts.
    socket.addEventListener("close", ({ code, reason }) => this.#end(code, reason));
  }

  /** Calls back when the connection opens; never when it was given up or told to go before. */
  whenOpen(callback: () => void): void {
    this.#onOpen.push(callback);
  }

  /** Where the connection stands. */
  get state(): ConnectionState {
    return this.#state;
  }

  /**
   * Sends a Close frame as soon as no frame came for a turn of the event loop: frames that were already
   * read, one of which is handled each turn, would swallow it. From now on the connection is `closing`
   * and nothing more is sent on it.
   */
  close(code: number, reason = ""): void {
    if (this.#startClosing(code, reason)) void this.#closeAfterFrames(code, reason);
  }

  async #closeAfterFrames(code: number, reason: string): Promise<void> {
    for (let turns = 0, heard = -1; turns < MAX_CLOSE_TURNS && heard !== this.#heard; turns++) {
      heard = this.#heard;
      await turn();
    }
    this.socket.close(code, reason);
  }

  /**
   * Closes in this very tick: the only thing that ends a flood. Hazard: frames already read may swallow
   * the Close frame, and the peer sees a cut.
   */
  closeNow(code: number, reason = ""): void {
    if (this.#startClosing(code, reason)) this.socket.close(code, reason);
  }

  /**
   * Leaves in order: last words, flushed, a short quiet, Close frame, its answer. Never rejects. Called
   * again, it is the same leaving: a conversation that is under way is not cut by another.
   */
  leave(options: LeaveOptions): Promise<Exit> {
    return this.#leaving ??= this.#leave(options);
  }

  async #leave(options: LeaveOptions): Promise<Exit> {
    const { code, reason, answerMs } = options;
    const startedAt = this.#clock.now();
    // The last quarter is for the answer to the Close frame.
    await this.#say(options, startedAt + answerMs * 3 / 4);
    this.close(code, reason);
    await this.#before(startedAt + answerMs);
    if (this.state !== "closed") {
      // Deno does not tell that a peer went away before its handshake was done.
      const outcome = this.#opened ? "unanswered" : "gone";
      return { outcome, code: this.#sent?.code ?? code };
    }
    return exitOf(await this.ended, code);
  }

  async #say({ quietMs, reconnectAfterMs }: LeaveOptions, until: number): Promise<void> {
    while (this.#state === "joining" && this.#clock.now() < until) await this.#poll(until);
    if (this.#state !== "open") return;
    this.#state = "leaving";
    const closeInMs = Math.max(0, Math.round(until - this.#clock.now()));
    const isDone = await this.farewell({ closeInMs, reconnectAfterMs });
    while (this.#isUnsettled(isDone ? 0 : quietMs) && this.#clock.now() < until) {
      await this.#poll(until);
    }
  }

  #poll(until: number): Promise<void> {
    return this.#before(Math.min(until, this.#clock.now() + POLL_MS));
  }

  #isUnsettled(quietMs: number): boolean {
    if (this.#state !== "leaving") return false;
    return this.socket.bufferedAmount > 0 || this.#clock.now() - this.lastHeardAt < quietMs;
  }

  /** Waits for the end of the connection, or for the deadline. */
  async #before(deadline: number): Promise<void> {
    const over = new AbortController();
    const time = this.#clock.sleep(Math.max(0, deadline - this.#clock.now()), over.signal);
    await Promise.race([this.ended, time]);
    over.abort();
  }

  #open(): void {
    if (this.#state === "closed") return this.socket.close(TRY_AGAIN_LATER, "given up");
    this.#opened = true;
    // Deno ignores a close() before this moment: catch up on one.
    if (this.#sent) return this.socket.close(this.#sent.code, this.#sent.reason);
    this.#state = "open";
    for (const callback of this.#onOpen.splice(0)) callback();
  }

  #startClosing(code: number, reason: string): boolean {
    if (this.#state === "closing" || this.#state === "closed") return false;
    this.#state = "closing";
    this.#sent = { code, reason };
    return true;
  }

  #end(code: number, reason: string): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#finish({
      code,
      reason,
      opened: this.#opened,
      ...this.#error === undefined ? {} : { error: this.#error },
      ...this.#sent === undefined ? {} : { sent: this.#sent.code },
    });
  }
}

function exitOf(end: ConnectionEnd, code: number): Exit {
  if (end.code === code) return { outcome: "closed", code };
  if (classifyEnd(end) === "close_crossed") return { outcome: "crossed", code };
  return { outcome: "gone", code: end.code };
}
