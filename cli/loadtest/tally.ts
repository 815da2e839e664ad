/**
 * How far each message got: a few numbers per message in typed arrays, so that a delivery costs two
 * memory accesses and a long run has a known size.
 *
 * @module
 */

/** The parts of a run, as the target lives through them. */
export const PHASES = ["warm-up", "before signal", "signal to exit", "after exit"] as const;

/** One part of a run. */
export type Phase = typeof PHASES[number];

/** What became of the messages that were due in one phase. */
export interface PhaseTally {
  phase: Phase;
  /** Due by the schedule. */
  offered: number;
  /** Given to an open connection. */
  sent: number;
  /** Due when their client had no open connection. */
  notConnected: number;
  /** Due when their client's connection was not taking any more. */
  blocked: number;
  /** Sent, and seen by everyone who was to see them. */
  seenByAll: number;
  /** Sent, and seen by some of them. */
  seenBySome: number;
  /** Sent, and seen by nobody. */
  seenByNone: number;
  /** Sent when nobody else was there to see them. */
  withoutReader: number;
  /** Deliveries, of messages sent, to clients that were there to see them and did not. */
  missedDeliveries: number;
}

/** Why a message was not sent. */
export type NotSent = "notConnected" | "blocked";

/** Counts messages by number, from 0 up to a fixed capacity. */
export class MessageTally {
  readonly #readers: Uint32Array;
  readonly #seen: Uint32Array;
  /** Index into PHASES plus one; 0: not sent. */
  readonly #phase: Uint8Array;
  readonly #notSent: Record<Phase, Record<NotSent, number>>;

  constructor(readonly capacity: number) {
    this.#readers = new Uint32Array(capacity);
    this.#seen = new Uint32Array(capacity);
    this.#phase = new Uint8Array(capacity);
    this.#notSent = Object.fromEntries(
      PHASES.map((phase) => [phase, { notConnected: 0, blocked: 0 }]),
    ) as Record<Phase, Record<NotSent, number>>;
  }

  /** Message `n` was sent while `readers` clients were there to see it. */
  sent(n: number, phase: Phase, readers: number): void {
    this.#phase[n] = PHASES.indexOf(phase) + 1;
    this.#readers[n] = readers;
  }

  /** A message was due and could not be sent. */
  notSent(phase: Phase, why: NotSent): void {
    this.#notSent[phase][why]++;
  }

  /** Message `n` was seen by one client. Returns false when no such message was sent. */
  seen(n: number): boolean {
    if (!this.#phase[n]) return false;
    this.#seen[n]!++;
    return true;
  }

  /** One row per phase; `seenBy…` change as long as deliveries come in. */
  byPhase(): PhaseTally[] {
    const rows = PHASES.map((phase) => emptyRow(phase, this.#notSent[phase]));
    for (let n = 0; n < this.capacity; n++) {
      const row = rows[this.#phase[n]! - 1];
      if (!row) continue;
      row.offered++;
      row.sent++;
      const readers = this.#readers[n]!, seen = this.#seen[n]!;
      row[outcome(readers, seen)]++;
      row.missedDeliveries += Math.max(0, readers - seen);
    }
    return rows;
  }
}

function outcome(readers: number, seen: number) {
  if (readers === 0) return "withoutReader";
  if (seen === 0) return "seenByNone";
  return seen >= readers ? "seenByAll" : "seenBySome";
}

function emptyRow(phase: Phase, notSent: Record<NotSent, number>): PhaseTally {
  return {
    phase,
    offered: notSent.notConnected + notSent.blocked,
    sent: 0,
    ...notSent,
    seenByAll: 0,
    seenBySome: 0,
    seenByNone: 0,
    withoutReader: 0,
    missedDeliveries: 0,
  };
}
