/**
 * Messages by the bytes in which they come. Readers who are behind get batches of their own, but the
 * messages in them are the same bytes as everywhere: so each is read once, and found again by its seq.
 * What is not exactly as expected is not found, and is read in full.
 *
 * @module
 */

import type { MessageItem } from "@lastcall/lastcall/client";

/** A message that was read. */
export interface KnownItem {
  item: MessageItem;
  /** As it stands in a frame. */
  json: string;
  /** Its number; negative if it is none of this run's. */
  n: number;
}

/** How far behind the newest message others are kept. */
const KEPT = 50_000;
const HEAD = '{"type":"messages","items":[';
const ITEM_HEAD = '{"seq":';
const TAIL = "]}";
const [ZERO, NINE, COMMA] = [48, 57, 44];

/** The messages that were read last. */
export class ItemCache {
  readonly #known = new Map<number, KnownItem>();

  /** Remembers a message. */
  add(item: MessageItem, n: number): KnownItem {
    const known = { item, n, json: JSON.stringify(item) };
    this.#known.set(item.seq, known);
    this.#known.delete(item.seq - KEPT);
    return known;
  }

  /** What is known of this very message. */
  of(item: MessageItem): KnownItem | undefined {
    const known = this.#known.get(item.seq);
    return known?.item === item ? known : undefined;
  }

  /** The messages in a frame if all of them are known; `text` has a character for each byte. */
  read(text: string): KnownItem[] | undefined {
    if (!text.startsWith(HEAD)) return undefined;
    const items: KnownItem[] = [];
    for (let at = HEAD.length; at < text.length; at++) {
      const known = this.#known.get(seqAt(text, at));
      if (!known || !text.startsWith(known.json, at)) return undefined;
      items.push(known);
      at += known.json.length;
      if (text.charCodeAt(at) === COMMA) continue;
      return text.length === at + TAIL.length && text.endsWith(TAIL) ? items : undefined;
    }
    return undefined;
  }
}

/** The seq of the message that begins at `at`; `NaN` when none does. */
function seqAt(text: string, at: number): number {
  if (!text.startsWith(ITEM_HEAD, at)) return NaN;
  let seq = 0;
  for (let i = at + ITEM_HEAD.length;; i++) {
    const code = text.charCodeAt(i);
    if (!(code >= ZERO && code <= NINE)) return seq;
    seq = seq * 10 + code - ZERO;
  }
}
