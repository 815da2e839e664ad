/**
 * Frames from bytes, each distinct one once: a server sends the same batch to all its readers, so what
 * costs is not to parse a frame, but to parse it once per reader.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import {
  type MessageItem,
  type MessagesFrame,
  parseServerFrame,
  type ServerFrame,
  type WrongFrame,
} from "@lastcall/lastcall/client";
import { DAMAGED, FOREIGN, type MessageCodec } from "../payload.ts";
import { ItemCache, type KnownItem } from "./item_cache.ts";

/** The numbers in a batch: what is wanted of each delivery. */
export interface Batch {
  /** The message numbers; negative ones are none of this run's. */
  ns: Int32Array;
  seqs: Float64Array;
}

/** What a decoder must know. */
export interface FrameDecoderOptions {
  codec: MessageCodec;
  /** How many messages there are by now: a higher number was never sent. */
  offered: () => number;
}

/** How many frames are remembered: several servers, and some batches that overlap. */
const REMEMBERED = 16;

/** Reads frames for all clients of a run. */
export class FrameDecoder {
  /** Frames that came. */
  frames = 0;
  /** Frames that were unlike the last ones. */
  parsed = 0;
  /** Messages of this run with a wrong checksum or number. */
  damaged = 0;
  readonly #options: FrameDecoderOptions;
  readonly #recent: { bytes: Buffer; frame: MessagesFrame }[] = [];
  readonly #items = new ItemCache();
  readonly #batches = new WeakMap<readonly MessageItem[], Batch>();

  constructor(options: FrameDecoderOptions) {
    this.#options = options;
  }

  /** The frame in `bytes`; frames that are alike may be the same object. */
  decode(bytes: Buffer): ServerFrame | WrongFrame | undefined {
    this.frames++;
    const known = this.#find(bytes);
    if (known) return known;
    this.parsed++;
    const frame = this.#assemble(bytes) ?? parseServerFrame(bytes.toString());
    if (frame && "type" in frame && frame.type === "messages") this.#remember(bytes, frame);
    return frame;
  }

  /** A batch of its own, of messages that have come before. */
  #assemble(bytes: Buffer): MessagesFrame | undefined {
    const known = this.#items.read(bytes.toString("latin1"));
    if (!known) return undefined;
    const items = known.map(({ item }) => item);
    this.#batches.set(items, batchOf(known));
    return { type: "messages", items };
  }

  /** The numbers of these items. */
  batch(items: readonly MessageItem[]): Batch {
    const known = this.#batches.get(items);
    if (known) return known;
    const batch = batchOf(
      items.map((item) =>
        this.#items.of(item) ?? this.#items.add(item, this.#number(item.content))
      ),
    );
    this.#batches.set(items, batch);
    return batch;
  }

  #number(content: string): number {
    const n = this.#options.codec.decodeText(content);
    if (n === FOREIGN) return FOREIGN;
    if (n >= 0 && n < this.#options.offered()) return n;
    this.damaged++;
    return DAMAGED;
  }

  #find(bytes: Buffer): MessagesFrame | undefined {
    for (const { bytes: other, frame } of this.#recent) {
      if (other.length === bytes.length && other.equals(bytes)) return frame;
    }
    return undefined;
  }

  /** A copy: the bytes may be part of a buffer that is used again, and keep all of it alive. */
  #remember(bytes: Buffer, frame: MessagesFrame): void {
    this.#recent.unshift({ bytes: Buffer.from(bytes), frame });
    if (this.#recent.length > REMEMBERED) this.#recent.pop();
  }
}

function batchOf(items: readonly KnownItem[]): Batch {
  return {
    ns: Int32Array.from(items, ({ n }) => n),
    seqs: Float64Array.from(items, ({ item }) => item.seq),
  };
}
