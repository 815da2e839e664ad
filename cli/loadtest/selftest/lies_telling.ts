/**
 * Lies to one reader about what is in the log.
 *
 * @module
 */

import type { MessageItem } from "@lastcall/lastcall/client";
import { Conduct } from "./conduct.ts";
import type { Guest } from "./guest.ts";
import { foreignAmong, isOfLoadTest, Victim } from "./turns.ts";

/** The victim is told the truth about so many messages first. */
const TRUTHS = 20;

/** Lies once to one reader, in the life of a process. */
abstract class LiesOnce extends Conduct {
  readonly #victim = new Victim();
  #truths = 0;
  #hasLied = false;

  override deliver(guest: Guest, items: MessageItem[]): MessageItem[] | undefined {
    if (this.#hasLied || !this.#victim.is(guest)) return items;
    const foreign = foreignAmong(guest, items);
    if (this.#truths < TRUTHS || foreign.length === 0) {
      this.#truths += items.length;
      return items;
    }
    const lie = this.lie(items, foreign);
    if (lie) this.#hasLied = true;
    return lie;
  }

  /** What is told instead of `items`; `foreign` are the places to lie about. `undefined`: not yet. */
  protected abstract lie(items: MessageItem[], foreign: number[]): MessageItem[] | undefined;
}

/** The message is left out. */
export class Skips extends LiesOnce {
  protected override lie(items: MessageItem[], [at]: number[]): MessageItem[] {
    return items.toSpliced(at!, 1);
  }
}

/** The message comes again, between two others. */
export class TellsTwice extends LiesOnce {
  protected override lie(items: MessageItem[], [at]: number[]): MessageItem[] {
    const item = items[at!]!;
    return items.toSpliced(at! + 1, 0, { ...item, seq: item.seq + 1 });
  }
}

/** A character of the message is another one. */
export class Corrupts extends LiesOnce {
  protected override lie(items: MessageItem[], [at]: number[]): MessageItem[] {
    const item = items[at!]!;
    const content = item.content.slice(0, -1) + (item.content.endsWith("x") ? "y" : "x");
    return items.with(at!, { ...item, content });
  }
}

/** The message comes after the next one. */
export class Swaps extends LiesOnce {
  protected override lie(items: MessageItem[], foreign: number[]): MessageItem[] | undefined {
    const at = pairAmong(foreign);
    if (at === undefined) return undefined;
    return items.with(at, items[at + 1]!).with(at + 1, items[at]!);
  }
}

/** The message and the next one have each other's seq. */
export class Diverges extends LiesOnce {
  protected override lie(items: MessageItem[], foreign: number[]): MessageItem[] | undefined {
    const at = pairAmong(foreign);
    return at === undefined ? undefined : exchange(items, at, at + 1);
  }
}

/** Who reads the whole log finds two messages of one client exchanged. */
export class Rewrites extends Conduct {
  override deliver(guest: Guest, items: MessageItem[]): MessageItem[] {
    const first = items.findIndex(isOfLoadTest);
    // Much later: it was sent when the first one had long been acknowledged.
    const later = items.findLastIndex(({ from, content }) =>
      from === items[first]?.from && isOfLoadTest({ content })
    );
    return guest.readsAll && first < later ? exchange(items, first, later) : items;
  }
}

/** The first of two places that are side by side. */
function pairAmong(places: number[]): number | undefined {
  return places.find((at, i) => places[i + 1] === at + 1);
}

function exchange(items: MessageItem[], a: number, b: number): MessageItem[] {
  const [first, second] = [items[a]!, items[b]!];
  return items.with(a, { ...second, seq: first.seq }).with(b, { ...first, seq: second.seq });
}
