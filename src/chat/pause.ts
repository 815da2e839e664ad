/**
 * How long to wait between two batches.
 *
 * A `send()` costs about 10 µs, most of it after the call, whatever the size of the frame. So under load
 * it pays to wait and send more at once; below it, waiting only adds delay. The load is the share of the
 * time that sending every message by itself would take: messages per ms × ms per batch.
 */

/** What one `send()` costs, in ms. */
const SEND_MS = 0.01;
/** The most that a message waits for company: so long, or so many times what a batch costs. */
const MAX_PAUSE_MS = 100;
const MAX_PAUSE_COSTS = 5;
/** The pause is `GAIN × load − FREE` times what a batch costs: none below a load of two thirds. */
const GAIN = 3;
const FREE = 2;
/** Over how long the rate is averaged, in ms. */
const MEMORY_MS = 100;

/** The pause between the batches of one room. */
export class Pause {
  #messagesPerMs = 0;
  #lastMs = -Infinity;

  /** The pause after a batch of so many messages, told to so many readers, in ms; 0 is none. */
  after(
    { messages, readers, nowMs }: { messages: number; readers: number; nowMs: number },
  ): number {
    const elapsedMs = Math.max(1, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    const weight = 1 - Math.exp(-elapsedMs / MEMORY_MS);
    this.#messagesPerMs += (messages / elapsedMs - this.#messagesPerMs) * weight;
    const costMs = readers * SEND_MS;
    const load = this.#messagesPerMs * costMs;
    const mostMs = Math.max(MAX_PAUSE_MS, MAX_PAUSE_COSTS * costMs);
    return Math.min(Math.max(0, GAIN * load - FREE) * costMs, mostMs);
  }
}
