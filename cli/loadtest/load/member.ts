/**
 * A normal client of `lastcall.v1`: it publishes and reads, and comes back by itself, as its library does.
 *
 * @module
 */

import { ChatClient, type MessageItem, PublishError } from "@lastcall/lastcall/client";
import type { Journal } from "../journal/journal.ts";
import type { MessageCodec } from "../payload.ts";
import type { FrameDecoder } from "./frame_decoder.ts";
import type { Participant } from "./participant.ts";
import { type WireData, WireSocket } from "./wire_socket.ts";

/** What all members share. */
export interface MemberSurroundings {
  origin: string;
  journal: Journal;
  /** The server behind a URL, or behind the `host:port` that a proxy names. */
  instanceOf: (place: string) => number | undefined;
  codec: MessageCodec;
  /** Come back at once, whatever the server says. */
  ignoresHints: boolean;
  /** Ask for frames that are deflated. */
  deflate: boolean;
}

/** Where a member takes part. */
export interface Place {
  /** Which one it is. */
  index: number;
  /** With its room. */
  url: string;
  /** That of its room. */
  decoder: FrameDecoder;
}

/** Publishes that may wait in a client: an outage must not fill it. */
const OUTBOX_LIMIT = 100_000;

/** One client, over all its connections. */
export class Member implements Participant {
  readonly #place: Place;
  readonly #around: MemberSurroundings;
  readonly #client: ChatClient;
  #socket: WireSocket | undefined;
  #connection = -1;
  /** The last seq on the connection; none: -1. */
  #lastSeq = -1;
  #isOver = false;

  /** Connects at once. */
  constructor(place: Place, around: MemberSurroundings) {
    this.#place = place;
    this.#around = around;
    const client = this.#client = new ChatClient(place.url, {
      outboxLimit: OUTBOX_LIMIT,
      createSocket: (url, protocols) => this.#connect(url, protocols),
      readFrame: (data) => this.#read(data as WireData),
      tellsBatches: true,
      // That it can, is what counts: the decoder inflates for all at once.
      ...around.deflate ? { inflate: () => "" } : {},
      // As who has heard of back-off, and not of why: always the same small share of the most.
      ...around.ignoresHints ? { random: () => 0.1 } : {},
    });
    client.on("messages", (items) => this.#take(items));
    client.on("gap", ({ reason, from, to }) =>
      around.journal.say({
        e: "gap",
        r: place.index,
        reason,
        from: from.seq,
        to: from.epoch === to.epoch ? to.seq : null,
      }));
  }

  get isLive(): boolean {
    return this.#client.state.name === "live";
  }

  get isClosed(): boolean {
    return this.#client.state.name === "closed";
  }

  get seq(): number {
    return this.#client.cursor?.seq ?? 0;
  }

  get pending(): number {
    return this.#client.pending;
  }

  publish(n: number): void {
    const { codec, journal } = this.#around;
    journal.say({ e: "send", n, count: 1 });
    try {
      const { accepted } = this.#client.publish(codec.encode(n, this.#place.index));
      accepted.then(({ seq }) => {
        if (!this.#isOver) journal.say({ e: "ack", n, ...seq === undefined ? {} : { seq } });
      }, (error) => this.#failed(n, error));
    } catch (error) {
      this.#failed(n, error);
    }
  }

  leave(): void {
    this.#socket?.leave();
  }

  release(): void {
    if (this.#isOver) return;
    const { redelivered } = this.#client;
    if (redelivered > 0) {
      this.#around.journal.tell({ e: "repeats", r: this.#place.index, count: redelivered });
    }
    this.#socket?.release();
    this.#isOver = true;
    void this.#client.close({ flushMs: 0 });
  }

  #failed(n: number, error: unknown): void {
    if (this.#isOver) return;
    if (!(error instanceof PublishError)) throw error;
    if (!error.isUncertain) this.#around.journal.say({ e: "refuse", n, code: error.code });
  }

  #connect(url: string, protocols: string[]): WireSocket {
    const { journal, instanceOf, origin } = this.#around;
    const { index: r, decoder: { memory } } = this.#place;
    const c = this.#connection = journal.newConnection();
    this.#lastSeq = -1;
    const say: Journal["say"] = (event) => {
      if (!this.#isOver) journal.say(event);
    };
    say({ e: "connect", c, kind: "normal", r, ...serverOf(instanceOf(url)) });
    return this.#socket = new WireSocket(url, protocols, {
      origin,
      memory,
      watch: {
        opened: (servedBy) =>
          say({ e: "open", c, ...servedBy === undefined ? {} : serverOf(instanceOf(servedBy)) }),
        refused: (why) => say({ e: "refused", c, why }),
        closed: (end) => say({ e: "close", c, ...end }),
        gone: (bytes) => say({ e: "gone", c, ...bytes > 0 ? { bytesAfterClose: bytes } : {} }),
      },
    });
  }

  /** Looks at each frame on its way to the client. */
  #read(data: WireData) {
    const { journal } = this.#around;
    const frame = this.#place.decoder.decode(data);
    if (!frame || "wrong" in frame || this.#isOver) return frame;
    const c = this.#connection;
    if (frame.type === "messages") this.#checkOrder(frame.items);
    else if (frame.type === "welcome") {
      journal.say({ e: "welcome", c, seq: frame.seq, recovered: frame.recovered });
    } else if (frame.type === "drain") {
      journal.say({ e: "drain", c, reconnectAfterMs: frame.reconnectAfterMs });
      if (this.#around.ignoresHints) return { ...frame, reconnectAfterMs: 0 };
    }
    return frame;
  }

  /** The client leaves out what it has had: that seqs do not rise has to be noticed before. */
  #checkOrder(items: readonly MessageItem[]): void {
    const { first, last, backward } = this.#place.decoder.order(items);
    const back = first <= this.#lastSeq ? { seq: first, last: this.#lastSeq } : backward;
    if (back) this.#around.journal.say({ e: "backward", r: this.#place.index, ...back });
    this.#lastSeq = last;
  }

  #take(items: readonly MessageItem[]): void {
    if (this.#isOver) return;
    this.#around.journal.got(this.#place.index, this.#place.decoder.batch(items));
  }
}

function serverOf(s: number | undefined): { s?: number } {
  return s === undefined ? {} : { s };
}
