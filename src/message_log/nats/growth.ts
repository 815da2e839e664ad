/**
 * Tells listeners that rooms have grown: once for many messages.
 */

import { turn } from "../../turn.ts";
import type { GrowthListener } from "../message_log.ts";

/** A batch of our own is told of when it is in, as one; but not later than this. */
const OWN_BATCH_MS = 250;

/** Who is told. */
export class Growth {
  readonly #listeners = new Set<GrowthListener>();
  #heads = new Map<string, number>();
  #isSoon = false;
  #later: ReturnType<typeof setTimeout> | undefined;

  /** Tells `listener` from now on, until disposed. */
  watch(listener: GrowthListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** A room has grown: by others, which is told soon, or by a batch of our own. */
  note(room: string, head: number, { isOwn }: { isOwn: boolean }): void {
    if (this.#listeners.size === 0) return;
    this.#heads.set(room, head);
    if (isOwn) this.#later ??= setTimeout(() => this.tell(), OWN_BATCH_MS);
    else if (!this.#isSoon) {
      this.#isSoon = true;
      void turn().then(() => this.tell());
    }
  }

  /** Tells what there is to tell. */
  tell(): void {
    clearTimeout(this.#later);
    this.#later = undefined;
    this.#isSoon = false;
    if (this.#heads.size === 0) return;
    const heads = this.#heads;
    this.#heads = new Map();
    for (const listener of [...this.#listeners]) listener(heads);
  }

  /** Tells nobody any more. */
  close(): void {
    clearTimeout(this.#later);
    this.#listeners.clear();
    this.#heads.clear();
  }
}
