/**
 * Logs what one client's messages are discarded for, at most once a second for each cause, so that a
 * client that misbehaves cannot drown the log. Nothing goes uncounted: the next line, or the last, says
 * how many there were.
 */

import { CATEGORIES, type Category } from "../errors.ts";
import type { Log } from "../log.ts";

const LOG_EVERY_MS = 1_000;

/** The discarded messages of one client. */
export class Discards {
  readonly #log: Log;
  readonly #address: string;
  readonly #held = new Map<Category, { loggedAt: number; count: number }>();

  /** `address` is the client's. */
  constructor(address: string, log: Log) {
    this.#log = log;
    this.#address = address;
  }

  /** Takes note of one. */
  note(category: Category, now: number): void {
    const held = this.#held.get(category) ?? { loggedAt: -Infinity, count: 0 };
    this.#held.set(category, held);
    held.count += 1;
    if (now - held.loggedAt >= LOG_EVERY_MS) this.#tell(category, now);
  }

  /** Logs what was held back. */
  flush(now: number): void {
    for (const [category, { count }] of this.#held) if (count > 0) this.#tell(category, now);
  }

  #tell(category: Category, now: number): void {
    const held = this.#held.get(category)!;
    const { level, meaning } = CATEGORIES[category];
    const times = held.count > 1 ? ` ({count} times)` : "";
    this.#log[level](`Client {address} ${meaning}${times}`, {
      address: this.#address,
      category,
      count: held.count,
    });
    held.loggedAt = now;
    held.count = 0;
  }
}
