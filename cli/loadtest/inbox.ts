/**
 * What arrives at normal clients, counted. This is the hot path of the generator.
 *
 * @module
 */

import { FOREIGN, type MessageCodec, type Protocol } from "./payload.ts";
import type { MessageTally } from "./tally.ts";

/** What an inbox must know. */
export interface InboxOptions {
  codec: MessageCodec;
  tally: MessageTally;
  protocol: Protocol;
  /** Message `n` belongs to publisher `n % publishers`. */
  publishers: number;
}

/** Counts deliveries to all normal clients. */
export class Inbox {
  total = 0;
  backToSender = 0;
  foreign = 0;
  damaged = 0;
  readonly #options: InboxOptions;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /** A frame arrived at normal client number `reader`. */
  take(reader: number, frame: Uint8Array): void {
    const { codec, tally, protocol, publishers } = this.#options;
    this.total++;
    const n = codec.decode(frame);
    if (n === FOREIGN) this.foreign++;
    else if (n < 0) this.damaged++;
    else if (protocol === "plain" && n % publishers === reader) this.backToSender++;
    else if (protocol === "echo" && n % publishers !== reader) this.foreign++;
    else if (!tally.seen(n)) this.damaged++;
  }
}
