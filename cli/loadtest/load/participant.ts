/**
 * A normal client as the load sees it, whatever it speaks.
 *
 * @module
 */

/** A client that publishes and reads, and writes into the journal what happens to it. */
export interface Participant {
  /** Whether messages come and go. */
  readonly isLive: boolean;
  /** Whether it will not come back. */
  readonly isClosed: boolean;
  /** How far it has read, where servers say so. */
  readonly seq: number;
  /** Publishes that are not settled, where servers settle them. */
  readonly pending: number;
  /** Gives it message `n`, which has fallen due. */
  publish(n: number): void;
  /** Says goodbye; the journal shows that it was us. */
  leave(): void;
  /** Frees it at once. Nothing is written down after this. */
  release(): void;
}
