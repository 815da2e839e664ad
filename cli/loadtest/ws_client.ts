/**
 * Normal clients of servers that do not speak `lastcall.v1`, played by `npm:ws`.
 *
 * This module loads `npm:ws`, which reads the environment while loading.
 *
 * @module
 */

// @ts-types="npm:@types/ws@8.18.1"
import type WebSocket from "ws";
import {
  type ClientOptions,
  HANDSHAKE_TIMEOUT_MS,
  type LoadClient,
  newRecord,
  refusalOf,
} from "./client.ts";
import { ObservedSocket } from "./observed_socket.ts";
import type { ClientRecord } from "./run.ts";

/** What a WebSocket client reports while it lives. */
export interface WsClientOptions extends ClientOptions {
  /** A text or binary message arrived. */
  onMessage?: (payload: Uint8Array) => void;
  /** The connection opened, or no longer takes messages. */
  onOpenChange?: (open: boolean) => void;
}

/** More than this unsent, and the connection is not given any more. */
const MAX_BACKLOG_BYTES = 262_144;
/** How long `ws` waits for the server to end TCP after the Close frames. */
const TCP_END_TIMEOUT_MS = 10_000;

/** A client on `npm:ws`. */
export class WsClient implements LoadClient {
  readonly record: ClientRecord;
  readonly #options: WsClientOptions;
  readonly #over = Promise.withResolvers<void>();
  #socket: ObservedSocket | undefined;
  #open = false;

  constructor(options: WsClientOptions) {
    this.#options = options;
    this.record = newRecord("normal");
  }

  get over(): Promise<void> {
    return this.#over.promise;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  connect(): Promise<void> {
    const { url, origin, now, onMessage, greeting } = this.#options;
    const settled = Promise.withResolvers<void>();
    const socket = this.#socket = new ObservedSocket(url, {
      origin,
      ...greeting ? { protocols: [greeting.protocol] } : {},
      perMessageDeflate: false,
      skipUTF8Validation: true,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      closeTimeout: TCP_END_TIMEOUT_MS,
    });
    socket.onCloseFrame = () => this.#closing(socket);
    socket.on("open", () => {
      this.record.openedAtMs = now();
      if (greeting) socket.send(greeting.text);
      this.#setOpen(true);
      settled.resolve();
    });
    if (onMessage) socket.on("message", onMessage as (data: WebSocket.RawData) => void);
    socket.on("unexpected-response", (_, response) => {
      this.record.refusal ??= `HTTP ${response.statusCode}`;
      socket.terminate();
    });
    socket.on("error", (error) => this.#failed(error));
    socket.on("close", () => {
      this.#ended(socket);
      settled.resolve();
    });
    return settled.promise;
  }

  /** Whether the connection takes another message now. */
  get isBlocked(): boolean {
    return this.#socket!.bufferedAmount > MAX_BACKLOG_BYTES;
  }

  send(text: string): void {
    this.#socket!.send(text);
  }

  /** Says goodbye; the record shows that it was us. */
  leave(): void {
    if (!this.#open) return;
    this.record.end = { how: "left" };
    this.#setOpen(false);
    this.#socket!.sendClose();
  }

  release(): void {
    this.record.bytesAfterClose = this.#socket?.bytesAfterClose ?? 0;
    if (this.record.openedAtMs !== undefined) this.record.end ??= { how: "left" };
    this.#setOpen(false);
    this.#socket?.terminate();
  }

  #closing({ closeFrame }: ObservedSocket): void {
    this.#setOpen(false);
    if (this.record.end) return;
    this.record.endedAtMs = this.#options.now();
    this.record.end = { how: "closed", ...closeFrame! };
  }

  #failed(error: Error): void {
    const { record } = this;
    if (record.openedAtMs === undefined) record.refusal ??= refusalOf(error);
    // Also when it looked like a Close frame at first: it was an illegal one.
    else if (record.end?.how !== "left") record.end = { how: "cut", error: error.message };
  }

  #ended({ bytesAfterClose }: ObservedSocket): void {
    const { record } = this;
    this.#setOpen(false);
    this.#over.resolve();
    if (record.openedAtMs === undefined) return void (record.refusal ??= "cut in the handshake");
    record.bytesAfterClose = bytesAfterClose;
    record.endedAtMs ??= this.#options.now();
    record.end ??= { how: "cut" };
  }

  #setOpen(open: boolean): void {
    if (open === this.#open) return;
    this.#open = open;
    this.#options.onOpenChange?.(open);
  }
}
