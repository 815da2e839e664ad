/**
 * Where clients that leave may go instead: others on the same log.
 */

import type { Announcement } from "../message_log/message_log.ts";

/** More than these are not named to a client; it goes on to the next when one is not there. */
const MAX_ANNOUNCED = 8;

/** The alternates of a server, which come and go. */
export class Alternates {
  readonly #fixed: readonly string[];
  readonly #random: () => number;
  #announcement: Announcement | undefined;

  /** `fixed` are those that were configured: they are named always, first, and in their order. */
  constructor(fixed: readonly string[] = [], random: () => number = Math.random) {
    this.#fixed = fixed;
    this.#random = random;
  }

  /** All that are known now. */
  get all(): string[] {
    return [...new Set([...this.#fixed, ...this.#announcement?.others ?? []])];
  }

  /** Whether there are any now. */
  get any(): boolean {
    return this.#fixed.length > 0 || (this.#announcement?.others.length ?? 0) > 0;
  }

  /** Some for one client: each gets others of those that announced themselves, so that they share. */
  pick(): string[] {
    const announced = this.all.slice(new Set(this.#fixed).size);
    const picked = Math.min(MAX_ANNOUNCED, announced.length);
    for (let i = 0; i < picked; i++) {
      const j = i + Math.floor(this.#random() * (announced.length - i));
      [announced[i], announced[j]] = [announced[j]!, announced[i]!];
    }
    return [...new Set(this.#fixed), ...announced.slice(0, picked)];
  }

  /** From now on those are alternates, too, that this announcement hears of. */
  follow(announcement: Announcement): void {
    this.#announcement = announcement;
  }

  /** We are no alternate of the others any more. */
  async leave(): Promise<void> {
    await this.#announcement?.leave();
  }

  /** Ends the announcement. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#announcement?.[Symbol.asyncDispose]();
  }
}
