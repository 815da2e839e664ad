/**
 * Sends the newest clients away while the load is above a hard limit. They leave as in a shutdown, with
 * another code: what was accepted is told, what was not is sent again elsewhere.
 */

import { TRY_AGAIN_LATER } from "../close_codes.ts";
import type { Connection } from "../shutdown/connection.ts";
import type { ConnectionSet } from "../shutdown/connection_set.ts";
import type { Stats } from "../stats.ts";
import { ShedPace } from "./shed.ts";

/** How clients are sent away. */
export interface ShedSettings {
  /** How long one client has to leave, in ms. */
  answerMs: number;
  /** How long a client must be silent before it is closed, in ms. */
  quietMs: number;
  /** Clients per second at most. */
  minRate: number;
}

/** What a shedder needs. */
export interface ShedderOptions extends ShedSettings {
  /** Who is there. */
  connections: ConnectionSet;
  /** Where they are counted. */
  stats: Stats;
  /** A number from 0 up to, not including, 1. Default `Math.random`. */
  random?: () => number;
}

/** When who was sent away comes back, in ms: not at once, and not all together. */
const COME_BACK_MS = { min: 5_000, spread: 10_000 };

/** Sends clients away, tick by tick. */
export class Shedder {
  readonly #options: ShedderOptions;
  readonly #pace = new ShedPace();

  /** Nothing happens before a tick. */
  constructor(options: ShedderOptions) {
    this.#options = options;
  }

  /** Sends away as many as it is time for. */
  tick(isTooMuch: boolean, elapsedMs: number): void {
    if (!isTooMuch) return this.#pace.reset();
    const { connections, minRate } = this.#options;
    const open = [...connections].filter(({ state }) => state === "open");
    const due = this.#pace.take({ clients: open.length, elapsedMs, maxPerSecond: minRate });
    for (const connection of open.slice(open.length - due)) this.#sendAway(connection);
  }

  #sendAway(connection: Connection): void {
    const { stats, answerMs, quietMs, random = Math.random } = this.#options;
    stats.add("shed");
    void connection.leave({
      code: TRY_AGAIN_LATER,
      reason: "server overloaded",
      answerMs,
      quietMs,
      reconnectAfterMs: Math.round(COME_BACK_MS.min + random() * COME_BACK_MS.spread),
    });
  }
}
