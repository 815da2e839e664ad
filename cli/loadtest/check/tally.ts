/**
 * How far messages got at servers that acknowledge nothing: how many clients saw each, of those that were
 * there to see it. Such a message may have been refused for a good reason, so this is counted and not
 * judged.
 *
 * @module
 */

import { type GotEvent, type JournalEvent, NO_MESSAGE } from "../journal/events.ts";
import { countRuns, fromRuns } from "../journal/runs.ts";
import type { Plan } from "../plan.ts";
import { Growing } from "./growing.ts";

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
  /** Deliveries of what was sent that did not take place: each reader that missed a message counts. */
  missedDeliveries: number;
}

/** Deliveries that are not as they should be. */
export interface OddDeliveries {
  /** Messages that a `plain` server sent back to their own sender. */
  backToSender: number;
  /** Frames that carry no message of this run. */
  foreign: number;
  /** Messages of this run with a wrong checksum, or that were never sent. */
  damaged: number;
}

/** Counts messages by number. */
export class Tally {
  readonly odd: OddDeliveries = { backToSender: 0, foreign: 0, damaged: 0 };
  readonly #plan: Plan;
  readonly #readers = Growing.int32();
  readonly #seen = Growing.int32();
  /** Index into PHASES plus one; 0: not sent. */
  readonly #phaseOf = Growing.uint8();
  readonly #rows: PhaseTally[] = PHASES.map(emptyRow);
  readonly #open = new Map<number, boolean>();
  #openNormals = 0;
  #sent = 0;
  #warmUntilMs = Infinity;
  #isSignalled = false;
  #isExited = false;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** Takes the next event; those that say nothing about it do nothing. */
  take(event: JournalEvent): void {
    switch (event.e) {
      case "publishing":
        this.#warmUntilMs = event.t + this.#plan.warmupMs;
        return;
      case "signal":
        this.#isSignalled = true;
        return;
      case "exit":
        this.#isExited = true;
        return;
      case "connect":
        if (event.kind === "normal") this.#open.set(event.c, false);
        return;
      case "open":
        return this.#setOpen(event.c, true);
      case "close":
      case "gone":
        return this.#setOpen(event.c, false);
      case "send":
        return this.#send(event.n, event.count, event.t);
      case "unsent":
        this.#row(event.t).offered++;
        this.#row(event.t)[event.why]++;
    }
  }

  /** Clients got a message. */
  got({ r }: GotEvent, n: number): void {
    const readers = countRuns(r);
    const { protocol, kinds: { normal } } = this.#plan;
    if (n === NO_MESSAGE.foreign) this.odd.foreign += readers;
    else if (n < 0 || n >= this.#sent) this.odd.damaged += readers;
    else {
      const own = fromRuns(r).filter((reader) => reader === n % normal).length;
      if (protocol === "plain") this.odd.backToSender += own;
      else this.odd.foreign += readers - own;
      this.#seen.set(n, this.#seen.at(n) + (protocol === "plain" ? readers - own : own));
    }
  }

  /** One row per phase. */
  byPhase(): PhaseTally[] {
    const rows = this.#rows.map((row) => ({ ...row }));
    for (let n = 0; n < this.#sent; n++) {
      const row = rows[this.#phaseOf.at(n) - 1];
      if (!row) continue;
      const [readers, seen] = [this.#readers.at(n), this.#seen.at(n)];
      row[outcome(readers, seen)]++;
      row.missedDeliveries += Math.max(0, readers - seen);
    }
    return rows;
  }

  #send(n: number, count: number, t: number): void {
    const row = this.#row(t);
    const readers = this.#plan.protocol === "echo" ? 1 : this.#openNormals - 1;
    for (let i = n; i < n + count; i++) {
      this.#phaseOf.set(i, PHASES.indexOf(row.phase) + 1);
      this.#readers.set(i, readers);
    }
    row.offered += count;
    row.sent += count;
    this.#sent = Math.max(this.#sent, n + count);
  }

  #row(t: number): PhaseTally {
    const phase = this.#isExited
      ? "after exit"
      : this.#isSignalled
      ? "signal to exit"
      : t < this.#warmUntilMs
      ? "warm-up"
      : "before signal";
    return this.#rows[PHASES.indexOf(phase)]!;
  }

  #setOpen(c: number, isOpen: boolean): void {
    const wasOpen = this.#open.get(c);
    if (wasOpen === undefined || wasOpen === isOpen) return;
    this.#open.set(c, isOpen);
    this.#openNormals += isOpen ? 1 : -1;
  }
}

function outcome(readers: number, seen: number) {
  if (readers <= 0) return "withoutReader";
  if (seen === 0) return "seenByNone";
  return seen >= readers ? "seenByAll" : "seenBySome";
}

function emptyRow(phase: Phase): PhaseTally {
  return {
    ...{ phase, offered: 0, sent: 0, notConnected: 0, blocked: 0 },
    ...{ seenByAll: 0, seenBySome: 0, seenByNone: 0, withoutReader: 0, missedDeliveries: 0 },
  };
}
