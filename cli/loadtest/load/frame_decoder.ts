/**
 * What the bytes of a room's frames say, each distinct frame once.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { inflateRawSync } from "node:zlib";
import { type MessageItem, type MessagesFrame, parseServerFrame } from "@lastcall/lastcall/client";
import type { Journal } from "../journal/journal.ts";
import { DAMAGED, FOREIGN, type MessageCodec } from "../payload.ts";
import { FrameMemory, type Parsed } from "./frame_memory.ts";
import { ItemCache, type KnownItem } from "./item_cache.ts";
import type { WireData } from "./wire_socket.ts";

/** What a decoder must know. */
export interface FrameDecoderOptions {
  codec: MessageCodec;
  /** Where batches are described. */
  journal: Journal;
  /** The room, as the journal counts them. */
  room: number;
  /** How many messages there are by now: a higher number was never sent. */
  offered: () => number;
}

const MAX_FRAME_BYTES = 2 ** 26;

/** How seqs go within a batch. */
export interface Order {
  first: number;
  last: number;
  /** The first seq that is not above the one before it, and that one. */
  backward?: { seq: number; last: number };
}

/** Reads frames for all clients of a room. */
export class FrameDecoder {
  /** The frames that came lately. */
  readonly memory = new FrameMemory();
  readonly #options: FrameDecoderOptions;
  readonly #items = new ItemCache();
  readonly #batches = new WeakMap<readonly MessageItem[], number>();
  readonly #orders = new WeakMap<readonly MessageItem[], Order>();

  constructor(options: FrameDecoderOptions) {
    this.#options = options;
  }

  /** The frame in `data`; frames that are alike may be the same object. */
  decode(data: WireData): Parsed {
    if ("frame" in data) return data.frame;
    const { bytes, isBinary } = data;
    const { length } = bytes;
    // While it was put together, somebody else's may have been.
    const known = this.memory.find({ length, isBinary, at: 0, part: bytes, before: undefined });
    if (known) return known.frame;
    const text = isBinary ? inflate(bytes) : bytes;
    if (!text) return { wrong: "Cannot inflate the frame: it must be raw DEFLATE" };
    const frame = this.#assemble(text) ?? parseServerFrame(text.toString());
    if (frame && "type" in frame && frame.type === "messages") this.memory.add(data, frame);
    return frame;
  }

  /** The number of the batch that these items are. */
  batch(items: readonly MessageItem[]): number {
    const known = this.#batches.get(items);
    if (known !== undefined) return known;
    return this.#describe(items, items.map((item) => this.#know(item)));
  }

  /** How the seqs of these items go. */
  order(items: readonly MessageItem[]): Order {
    const known = this.#orders.get(items);
    if (known) return known;
    const order = orderOf(items);
    this.#orders.set(items, order);
    return order;
  }

  /** A batch of its own, of messages that have come before. */
  #assemble(bytes: Buffer): MessagesFrame | undefined {
    const known = this.#items.read(bytes.toString("latin1"));
    if (!known) return undefined;
    const items = known.map(({ item }) => item);
    this.#describe(items, known);
    return { type: "messages", items };
  }

  #describe(items: readonly MessageItem[], known: readonly KnownItem[]): number {
    const { journal, room } = this.#options;
    const b = journal.batch({
      n: known.map(({ n }) => n),
      seq: known.map(({ item }) => item.seq),
      room,
    });
    this.#batches.set(items, b);
    return b;
  }

  #know(item: MessageItem): KnownItem {
    return this.#items.of(item) ?? this.#items.add(item, this.#number(item.content));
  }

  #number(content: string): number {
    const { codec, offered } = this.#options;
    const n = codec.decodeText(content);
    return n === FOREIGN || (n >= 0 && n < offered()) ? n : DAMAGED;
  }
}

function inflate(bytes: Buffer): Buffer | undefined {
  try {
    return inflateRawSync(bytes, { maxOutputLength: MAX_FRAME_BYTES });
  } catch {
    return undefined;
  }
}

function orderOf(items: readonly MessageItem[]): Order {
  const at = items.findIndex(({ seq }, i) => i > 0 && seq <= items[i - 1]!.seq);
  return {
    first: items[0]?.seq ?? 0,
    last: items.at(-1)?.seq ?? 0,
    ...at < 0 ? {} : { backward: { seq: items[at]!.seq, last: items[at - 1]!.seq } },
  };
}
