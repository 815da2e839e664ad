/**
 * How fast an overloaded server sends clients away: by a share of those that are there, so that it stops
 * near the load that it can carry, and never faster than they can come back elsewhere.
 */

/** The share of the clients that leaves in a second. */
const SHARE_PER_SECOND = 0.05;

/** Counts out who has to leave, from tick to tick. */
export class ShedPace {
  #owed = 0;

  /** How many leave now, `elapsedMs` after the last time; fractions are owed to the next. */
  take({ clients, elapsedMs, maxPerSecond }: {
    clients: number;
    elapsedMs: number;
    maxPerSecond: number;
  }): number {
    const perSecond = Math.min(maxPerSecond, Math.max(1, clients * SHARE_PER_SECOND));
    this.#owed += perSecond * Math.min(elapsedMs, 1_000) / 1_000;
    const due = Math.min(clients, Math.floor(this.#owed));
    this.#owed -= due;
    return due;
  }

  /** Owes nothing more. */
  reset(): void {
    this.#owed = 0;
  }
}
