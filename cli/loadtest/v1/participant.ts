/**
 * A normal client: it publishes and reads, and comes back by itself, as its library does.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { ChatClient, type MessageItem, PublishError } from "@lastcall/lastcall/client";
import type { MessageCodec } from "../payload.ts";
import { ClientSocket } from "./client_socket.ts";
import type { FrameDecoder } from "./frame_decoder.ts";
import type { LatencyMeter } from "./latency.ts";
import type { MessageRecords, SentMessage } from "./message_records.ts";
import type { ReaderRecords } from "./reader_records.ts";
import type { ConnectionRecord } from "./soak_run.ts";

/** What all participants share. */
export interface ParticipantSurroundings {
  origin: string;
  now: () => number;
  /** The server behind a URL. */
  instanceOf: (url: string) => number;
  codec: MessageCodec;
  decoder: FrameDecoder;
  messages: MessageRecords;
  readers: ReaderRecords;
  latency: LatencyMeter;
}

/** Publishes that may wait in a client: an outage must not fill it. */
const OUTBOX_LIMIT = 100_000;

/** One client, over all its connections. */
export class Participant {
  readonly connections: ConnectionRecord[] = [];
  readonly #index: number;
  readonly #around: ParticipantSurroundings;
  readonly #client: ChatClient;
  #socket: ClientSocket | undefined;
  #isOver = false;

  /** Connects to `url` at once. */
  constructor(index: number, url: string, around: ParticipantSurroundings) {
    this.#index = index;
    this.#around = around;
    const client = this.#client = new ChatClient(url, {
      outboxLimit: OUTBOX_LIMIT,
      createSocket: (url, protocols) => this.#connect(url, protocols),
      readFrame: (data) => this.#read(data as Buffer),
      tellsBatches: true,
    });
    client.on("messages", (items) => this.#take(items));
    client.on("gap", ({ reason, from, to }) =>
      around.readers.gaps.push({
        reader: index,
        reason,
        fromSeq: from.seq,
        toSeq: from.epoch === to.epoch ? to.seq : Infinity,
      }));
  }

  /** Whether messages come and go. */
  get isLive(): boolean {
    return this.#client.state.name === "live";
  }

  /** Whether it will not come back. */
  get isClosed(): boolean {
    return this.#client.state.name === "closed";
  }

  /** The connection that it has, or has last had. */
  get connection(): ConnectionRecord | undefined {
    return this.connections.at(-1);
  }

  /** Publishes that are not settled. */
  get pending(): number {
    return this.#client.pending;
  }

  /** Messages that came again and were left out. */
  get redelivered(): number {
    return this.#client.redelivered;
  }

  /** Publishes message `n`; what becomes of it is written down. */
  publish(n: number, message: SentMessage): void {
    const { codec, messages, latency, now } = this.#around;
    messages.sent(n, message);
    try {
      const { accepted } = this.#client.publish(codec.encode(n, this.#index));
      accepted.then(() => {
        const nowMs = now();
        messages.acknowledge(n, nowMs);
        latency.acknowledged(n, nowMs);
      }, (error) => this.#failed(n, error));
    } catch (error) {
      this.#failed(n, error);
    }
  }

  /** Frees it at once; nothing is written down any more. */
  release(): void {
    this.#isOver = true;
    this.#socket?.release();
    void this.#client.close({ flushMs: 0 });
  }

  #failed(n: number, error: unknown): void {
    if (this.#isOver) return;
    if (!(error instanceof PublishError)) throw error;
    if (!error.isUncertain) this.#around.messages.refuse(n);
  }

  #connect(url: string, protocols: string[]): ClientSocket {
    const { now, instanceOf, origin } = this.#around;
    const instance = instanceOf(url);
    const record = { client: this.#index, instance, askedAtMs: now(), bytesAfterClose: 0 };
    this.connections.push(record);
    return this.#socket = new ClientSocket(url, protocols, { origin, now, record });
  }

  /** Looks at each frame on its way to the client. */
  #read(data: Buffer) {
    const { decoder, now, readers } = this.#around;
    const frame = decoder.decode(data);
    if (!frame || "wrong" in frame) return frame;
    if (frame.type === "welcome") {
      this.connection!.welcomedAtMs = now();
      this.connection!.isRecovered = frame.recovered;
      readers.join(this.#index, frame.seq);
    } else if (frame.type === "drain") {
      const { reconnectAfterMs } = frame;
      this.connection!.drain ??= { atMs: now(), reconnectAfterMs };
    }
    return frame;
  }

  #take(items: readonly MessageItem[]): void {
    const { decoder, now, readers, latency } = this.#around;
    if (this.#isOver) return;
    const { ns, seqs } = decoder.batch(items);
    const nowMs = now();
    for (let i = 0; i < ns.length; i++) {
      const n = ns[i]!;
      readers.take(this.#index, n, seqs[i]!);
      if (n >= 0) latency.delivered(n, nowMs);
    }
  }
}
