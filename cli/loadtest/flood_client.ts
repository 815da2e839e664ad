/**
 * A client that sends far more than it may. Until the server says goodbye it sends at `calmPerSecond`;
 * from then on, and whatever the server says, at full pace until TCP ends. It answers nothing.
 *
 * Its messages are foreign to the run: whether they are taken is the server's own affair, but they must
 * not be in anybody's way.
 *
 * @module
 */

import { type Frame, OPCODE } from "../frames.ts";
import { RawSocket } from "../raw_socket.ts";
import {
  type ClientOptions,
  HANDSHAKE_TIMEOUT_MS,
  type LoadClient,
  newRecord,
  refusalOf,
} from "./client.ts";
import { floodFrames } from "./flood_frames.ts";
import type { Protocol } from "./payload.ts";
import { sleep } from "./wait.ts";
import { noteEnd, noteFrame, noteRelease } from "./wire_record.ts";

/** What a flood client must know. */
export interface FloodOptions extends ClientOptions {
  protocol: Protocol;
  /** Frames per second while the server has not said goodbye. Default: {@linkcode FLOOD} `perSecond`. */
  calmPerSecond?: number;
  /** Frames in all. Default: {@linkcode FLOOD} `frames`. */
  maxFrames?: number;
}

/** How much is too much. */
export const FLOOD = {
  /** Above every limit. */
  perSecond: 5_000,
  /** Above the rate limit and below the flood limit: who sends so much is discarded, and may stay. */
  calmPerSecond: 100,
  /** In all. */
  frames: 50_000,
} as const;

const TICK_MS = 20;
const FOREVER_MS = 2 ** 31 - 1;
const DRAIN = /^\{"type":"drain"/;

/** A client that floods. */
export class FloodClient implements LoadClient {
  readonly record = newRecord("flood");
  readonly #options: FloodOptions;
  readonly #over = Promise.withResolvers<void>();
  readonly #end = new AbortController();
  #sent = 0;
  #isLeaving = false;

  constructor(options: FloodOptions) {
    this.#options = options;
  }

  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Frames sent so far. */
  get sent(): number {
    return this.#sent;
  }

  async connect(): Promise<void> {
    const { url, origin, greeting, now } = this.#options;
    const protocol = greeting ? { "sec-websocket-protocol": greeting.protocol } : {};
    try {
      const options = { headers: { origin, ...protocol }, timeoutMs: HANDSHAKE_TIMEOUT_MS };
      const socket = await RawSocket.connect(url, options);
      if (greeting) await socket.send(greeting.text);
      this.record.openedAtMs = now();
      void this.#play(socket);
    } catch (error) {
      this.record.refusal = refusalOf(error);
      this.#over.resolve();
    }
  }

  release(): void {
    noteRelease(this.record);
    this.#end.abort();
  }

  async #play(socket: RawSocket): Promise<void> {
    const released = new Promise<void>((resolve) => {
      if (this.#end.signal.aborted) resolve();
      else this.#end.signal.addEventListener("abort", () => resolve());
    });
    // Both go on until TCP ends: a write that fails ends it, too.
    const talking = this.#send(socket).catch(() => {});
    await Promise.race([Promise.all([this.#listen(socket), talking]), released]);
    this.#end.abort();
    noteEnd(this.record, this.#options.now(), socket.ended);
    this.#over.resolve();
    await socket.close();
  }

  async #listen(socket: RawSocket): Promise<void> {
    for await (const frame of socket.frames(FOREVER_MS)) {
      noteFrame(this.record, frame, this.#options.now());
      this.#isLeaving ||= isGoodbye(frame);
    }
    // Nobody is there any more to be told.
    this.#end.abort();
  }

  /** Sends on schedule, as far as the socket takes it. */
  async #send(socket: RawSocket): Promise<void> {
    const { signal } = this.#end;
    const { maxFrames = FLOOD.frames } = this.#options;
    while (!signal.aborted && this.#sent < maxFrames) {
      const count = Math.ceil(this.#perSecond * TICK_MS / 1_000);
      const bytes = floodFrames(this.#options.protocol, { after: this.#sent, count });
      this.#sent += count;
      await socket.sendBytes(bytes);
      await sleep(TICK_MS, signal);
    }
  }

  get #perSecond(): number {
    const { calmPerSecond = FLOOD.perSecond } = this.#options;
    return this.#isLeaving ? FLOOD.perSecond : calmPerSecond;
  }
}

function isGoodbye({ opcode, payload }: Frame): boolean {
  if (opcode === OPCODE.close) return true;
  return opcode === OPCODE.text && DRAIN.test(new TextDecoder().decode(payload.subarray(0, 32)));
}
