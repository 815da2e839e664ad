/**
 * The socket under a `ChatClient`: one of `npm:ws`, which tells a refusal, a Close frame and a cut
 * apart, and writes down what happens on the wire.
 *
 * This module loads `npm:ws`, which reads the environment while loading.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { SocketEventLike, SocketEventName, SocketLike } from "@lastcall/lastcall/client";
import { HANDSHAKE_TIMEOUT_MS, refusalOf } from "../client.ts";
import { ObservedSocket } from "../observed_socket.ts";
import type { ConnectionRecord } from "./soak_run.ts";

/** What a socket must know. */
export interface ClientSocketOptions {
  origin: string;
  now: () => number;
  /** Where it is written down. */
  record: ConnectionRecord;
}

type Listener = (event: SocketEventLike) => void;

/** How long `ws` waits for the server to end TCP after the Close frames. */
const TCP_END_TIMEOUT_MS = 5_000;
const NO_CLOSE_FRAME = 1006;

/** One connection. The `data` of its messages are bytes. */
export class ClientSocket implements SocketLike {
  readonly #socket: ObservedSocket;
  readonly #record: ConnectionRecord;
  readonly #now: () => number;
  readonly #listeners = new Map<SocketEventName, Listener>();

  constructor(url: string, protocols: string[], options: ClientSocketOptions) {
    const { origin, now, record } = options;
    this.#now = now;
    this.#record = record;
    const socket = this.#socket = new ObservedSocket(url, {
      origin,
      protocols,
      perMessageDeflate: false,
      skipUTF8Validation: true,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      closeTimeout: TCP_END_TIMEOUT_MS,
    });
    socket.onCloseFrame = () => this.#closing();
    socket.on("open", () => {
      record.openedAtMs = now();
      this.#emit({ type: "open" });
    });
    socket.on("message", (data) => this.#emit({ type: "message", data: data as Buffer }));
    socket.on("unexpected-response", (_, response) => {
      record.refusal ??= `HTTP ${response.statusCode}`;
      socket.terminate();
    });
    socket.on("error", (error) => this.#failed(error));
    socket.on("close", () => this.#ended());
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  /** The client gives up on it. */
  close(code = 1000, reason = ""): void {
    this.#record.end ??= { how: "given up", code, reason };
    this.#record.endedAtMs ??= this.#now();
    this.#socket.sendClose(code, reason);
  }

  /** Frees it at once, without a goodbye. */
  release(): void {
    if (this.#record.openedAtMs !== undefined) this.#record.end ??= { how: "left" };
    this.#listeners.clear();
    this.#socket.terminate();
  }

  addEventListener(type: SocketEventName, listener: Listener): void {
    this.#listeners.set(type, listener);
  }

  removeEventListener(type: SocketEventName): void {
    this.#listeners.delete(type);
  }

  #emit(event: SocketEventLike & { type: SocketEventName }): void {
    this.#listeners.get(event.type)?.(event);
  }

  #closing(): void {
    if (this.#record.end) return;
    this.#record.endedAtMs = this.#now();
    this.#record.end = { how: "closed", ...this.#socket.closeFrame! };
  }

  #failed(error: Error): void {
    const record = this.#record;
    if (record.openedAtMs === undefined) record.refusal ??= refusalOf(error);
    // Also when it looked like a Close frame at first: it was an illegal one.
    else if (record.end?.how === "closed" || !record.end) {
      record.end = { how: "cut", error: error.message };
    }
    this.#emit({ type: "error", message: error.message });
  }

  #ended(): void {
    const record = this.#record;
    record.goneAtMs = this.#now();
    record.endedAtMs ??= record.goneAtMs;
    record.bytesAfterClose = this.#socket.bytesAfterClose;
    if (record.openedAtMs === undefined) record.refusal ??= "cut in the handshake";
    else record.end ??= { how: "cut" };
    const { code, reason } = this.#socket.closeFrame ?? { code: NO_CLOSE_FRAME, reason: "" };
    this.#emit({ type: "close", code, reason });
  }
}
