/**
 * Clients that no WebSocket library would play: `mute` reads and answers pings, but never a Close;
 * `half-open` does nothing at all after the handshake, as if its cable had been pulled.
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
import type { ClientRecord } from "./run.ts";
import { noteEnd, noteFrame, noteRelease } from "./wire_record.ts";

/** Longer than any run: the end of the run releases the socket. */
const FOREVER_MS = 2 ** 31 - 1;

/** A client on a raw socket. */
export class RawClient implements LoadClient {
  readonly record: ClientRecord;
  readonly #options: ClientOptions;
  readonly #over = Promise.withResolvers<void>();
  #socket: RawSocket | undefined;

  constructor(kind: "mute" | "half-open", options: ClientOptions) {
    this.#options = options;
    this.record = newRecord(kind);
  }

  get over(): Promise<void> {
    return this.#over.promise;
  }

  async connect(): Promise<void> {
    const { url, origin, now, greeting } = this.#options;
    try {
      const protocol = greeting ? { "sec-websocket-protocol": greeting.protocol } : {};
      const options = { headers: { origin, ...protocol }, timeoutMs: HANDSHAKE_TIMEOUT_MS };
      this.#socket = await RawSocket.connect(url, options);
      if (greeting) await this.#socket.send(greeting.text);
    } catch (error) {
      this.record.refusal = refusalOf(error);
      return this.#over.resolve();
    }
    this.record.openedAtMs = now();
    if (this.record.kind === "mute") void this.#listen(this.#socket);
    else this.#over.resolve();
  }

  release(): void {
    noteRelease(this.record);
    this.#over.resolve();
    void this.#socket?.close();
  }

  async #listen(socket: RawSocket): Promise<void> {
    try {
      for await (const frame of socket.frames(FOREVER_MS)) await this.#take(socket, frame);
    } catch {
      // A pong could not be written: the connection is over, and `ended` says how.
    }
    noteEnd(this.record, this.#options.now(), socket.ended);
    this.#over.resolve();
  }

  async #take(socket: RawSocket, frame: Frame): Promise<void> {
    const isPing = frame.opcode === OPCODE.ping && !this.record.end;
    noteFrame(this.record, frame, this.#options.now());
    if (isPing) await socket.sendFrame({ opcode: OPCODE.pong, payload: frame.payload });
  }
}
