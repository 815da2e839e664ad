/**
 * How long to wait between two batches.
 *
 * A `send()` costs about 10 µs, most of it after the call, whatever the size of the frame. So under load
 * it pays to wait and send more at once; when there is little to say, waiting only adds delay. The pause
 * follows what the last batch cost, and grows while more than one message is waiting each time.
 */

/** What one `send()` costs, in ms. */
const SEND_MS = 0.01;
/** The most that a message waits for company. */
const MAX_PAUSE_MS = 40;
/** How many times the cost of a batch the pause may be. */
const MAX_FACTOR = 6;

/** The pause between batches of one room. */
export class Pause {
  #factor = 1;

  /** The pause after a batch of so many messages that took so many sends, in ms; 0 is none. */
  after({ messages, sends }: { messages: number; sends: number }): number {
    this.#factor = messages > 1
      ? Math.min(this.#factor * 1.5, MAX_FACTOR)
      : Math.max(this.#factor / 1.5, 1);
    return Math.min(sends * SEND_MS * this.#factor, MAX_PAUSE_MS);
  }
}
