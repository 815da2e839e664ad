/**
 * The messages themselves, by their place in the stream: the newest from memory, others from NATS.
 */

import { MessageLogError } from "../message_log.ts";
import { nextPlace, type PlaceReader } from "./next_place.ts";
import { type Body, decodeBody } from "./wire.ts";

/** Text that is kept in memory, in UTF-16 units. */
const MAX_UNITS = 16 * 2 ** 20;
/** What a message takes besides its text, roughly, in the same units. */
const UNITS_EACH = 100;

/** Messages by their place. */
export class Bodies {
  readonly #manager: PlaceReader;
  readonly #stream: string;
  readonly #newest = new Map<number, Body>();
  #units = 0;

  /** The messages of a stream. */
  constructor(manager: PlaceReader, stream: string) {
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

  /**
   * The messages of one subject at these places, in this order; `undefined` for what is no longer kept.
   */
  async read(subject: string, streamSeqs: readonly number[]): Promise<(Body | undefined)[]> {
    const bodies = await Promise.all(
      streamSeqs.map((seq) => this.#newest.get(seq) ?? this.#fetch(seq)),
    );
    // Messages go from the front: if this one was removed, so were those before it.
    const lastMissing = bodies.lastIndexOf(undefined);
    if (lastMissing >= 0) await this.#proveRemoved(subject, streamSeqs[lastMissing]!);
    return bodies;
  }

  async #proveRemoved(subject: string, seq: number): Promise<void> {
    if (await nextPlace(this.#manager, this.#stream, { seq, subject }) > seq) return;
    throw new MessageLogError("unavailable", "a message has not come to every server yet");
  }

  async #fetch(seq: number): Promise<Body | undefined> {
    // Any replica will do; one that does not have it yet is not the last word.
    const found = await this.#manager.direct.getMessage(this.#stream, { seq }).catch(() => null) ??
      await this.#manager.streams.getMessage(this.#stream, { seq });
    return found ? decodeBody(found.data) : undefined;
  }
}
