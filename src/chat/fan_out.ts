/**
 * Tells everybody, a turn of the event loop at a time.
 *
 * A `send()` returns long before its write is done: most of its cost comes afterwards. A server that
 * sends in a tight loop to thousands therefore starves its own writes, timers and signals for seconds.
 * Yielding after some hundreds of sends keeps the event loop within milliseconds, at the same
 * throughput; what arrives meanwhile waits in a bounded queue, and is refused when that is full.
 */

import { turn } from "../turn.ts";

/** After how many sends to yield: about 5 ms of work. */
const SENDS_PER_TURN = 500;
/** How many sends may wait: about a second of work. */
const MAX_PENDING_SENDS = 100_000;
/** As many messages as this may wait whatever the audience. */
const MIN_PENDING_MESSAGES = 16;

/** A bounded queue of messages to tell to a changing audience. */
export class FanOut<T> {
  readonly #tell: (message: T) => void;
  readonly #audience: () => number;
  #queue: T[] = [];
  #told = 0;
  #accepted = 0;
  #sends = 0;
  #yielding = false;
  #waiting: { upTo: number; resolve: () => void }[] = [];

  /** `tell` sends one message to everybody; `audience` is how many that are. */
  constructor({ tell, audience }: { tell: (message: T) => void; audience: () => number }) {
    this.#tell = tell;
    this.#audience = audience;
  }

  /** How many messages wait. */
  get pending(): number {
    return this.#accepted - this.#told;
  }

  /** Takes a message to tell; `false` when too much waits already. */
  push(message: T): boolean {
    const isFull = this.pending >= MIN_PENDING_MESSAGES &&
      this.pending * this.#audience() >= MAX_PENDING_SENDS;
    if (isFull) return false;
    this.#accepted += 1;
    this.#queue.push(message);
    this.#work();
    return true;
  }

  /** Resolves when all that was taken until now has been sent. */
  delivered(): Promise<void> {
    if (this.pending === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ upTo: this.#accepted, resolve }));
  }

  #work(): void {
    try {
      while (this.#sends < SENDS_PER_TURN && this.#queue.length > 0) {
        // Off the queue before it is told: what cannot be told must not be told again.
        const message = this.#queue.shift()!;
        this.#sends += Math.max(1, this.#audience());
        this.#told += 1;
        this.#tell(message);
      }
    } finally {
      while (this.#waiting[0] && this.#waiting[0].upTo <= this.#told) {
        this.#waiting.shift()!.resolve();
      }
      if (!this.#yielding && this.#sends > 0) void this.#workOnAfterTurn();
    }
  }

  async #workOnAfterTurn(): Promise<void> {
    this.#yielding = true;
    await turn();
    this.#yielding = false;
    this.#sends = 0;
    this.#work();
  }
}
