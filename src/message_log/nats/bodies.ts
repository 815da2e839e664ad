/**
 * The messages themselves, by their place in the stream: the newest from memory, others from NATS.
 */

import type { JetStreamManager } from "@nats-io/jetstream";
import { type Body, decodeBody } from "./wire.ts";

/** Text that is kept in memory, in UTF-16 units. */
const MAX_UNITS = 16 * 2 ** 20;
/** What a message takes besides its text, roughly, in the same units. */
const UNITS_EACH = 100;

/** Messages by their place. */
export class Bodies {
  readonly #manager: JetStreamManager;
  readonly #stream: string;
  readonly #newest = new Map<number, Body>();
  #units = 0;

  /** The messages of a stream. */
  constructor(manager: JetStreamManager, stream: string) {
    this.#manager = manager;
    this.#stream = stream;
  }

  /** Remembers a message for a while. */
  remember(streamSeq: number, body: Body): void {
    this.#newest.set(streamSeq, body);
    this.#units += body.content.length + UNITS_EACH;
    for (const [oldest, { content }] of this.#newest) {
      if (this.#units <= MAX_UNITS) return;
      this.#newest.delete(oldest);
      this.#units -= content.length + UNITS_EACH;
    }
  }

  /** The messages at these places, in this order; `undefined` for what is no longer kept. */
  async read(streamSeqs: readonly number[]): Promise<(Body | undefined)[]> {
    return await Promise.all(streamSeqs.map((seq) => this.#newest.get(seq) ?? this.#fetch(seq)));
  }

  async #fetch(seq: number): Promise<Body | undefined> {
    // Any replica will do; one that does not have it yet is not the last word.
    const found = await this.#manager.direct.getMessage(this.#stream, { seq }).catch(() => null) ??
      await this.#manager.streams.getMessage(this.#stream, { seq });
    return found ? decodeBody(found.data) : undefined;
  }
}
