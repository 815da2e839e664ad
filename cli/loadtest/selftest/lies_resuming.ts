/**
 * Lies to those who come back.
 *
 * @module
 */

import type { MessageItem, WelcomeFrame } from "@lastcall/lastcall/client";
import { Conduct } from "./conduct.ts";
import type { Guest } from "./guest.ts";
import { SEQ_STEP } from "./shared_log.ts";
import { foreignAmong, Victim } from "./turns.ts";

/** How many messages are told once more. */
const OVERLAP = 10;

/** No lie: who resumes may be told what he knows. */
export class Overlaps extends Conduct {
  override welcome(_guest: Guest, welcome: WelcomeFrame): WelcomeFrame {
    if (!welcome.recovered) return welcome;
    return { ...welcome, seq: Math.max(0, welcome.seq - OVERLAP * SEQ_STEP) };
  }
}

/** Who resumes misses the first message of somebody else. */
export class LeavesHole extends Conduct {
  readonly #resumed = new WeakSet<Guest>();

  override welcome(guest: Guest, welcome: WelcomeFrame): WelcomeFrame {
    if (welcome.recovered && !guest.readsAll) this.#resumed.add(guest);
    return welcome;
  }

  override deliver(guest: Guest, items: MessageItem[]): MessageItem[] {
    const [at] = foreignAmong(guest, items);
    if (at === undefined || !this.#resumed.delete(guest)) return items;
    return items.toSpliced(at, 1);
  }
}

/** Who resumes first is put at the live edge, and told so. */
export class Trims extends Conduct {
  readonly #victim = new Victim();

  override welcome(guest: Guest, welcome: WelcomeFrame): WelcomeFrame {
    if (!welcome.recovered || !this.#victim.is(guest)) return welcome;
    return { ...welcome, recovered: false, reason: "trimmed", seq: this.log.head };
  }
}

/** Who wants all of the log is told that its beginning is gone. */
export class HidesLog extends Conduct {
  override welcome(guest: Guest, welcome: WelcomeFrame): WelcomeFrame {
    if (!guest.readsAll) return welcome;
    const seq = Math.floor(this.log.head / 2);
    return { ...welcome, recovered: false, reason: "trimmed", seq };
  }
}
