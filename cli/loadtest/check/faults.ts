/**
 * What was done to the servers, and how it went.
 *
 * @module
 */

import type { ExitEvent, FreezeEvent, JournalEvent, SignalEvent } from "../journal/events.ts";
import type { FaultRecord, Run } from "../run.ts";

/** All faults of a run, in order. */
export class Faults {
  readonly all: FaultRecord[] = [];
  /** Ends of processes that no fault explains. */
  readonly exits: Run["exits"] = [];

  /** Whether a fault is under way: its signal was sent, and not everybody is back. */
  get isUnderWay(): boolean {
    const last = this.all.at(-1);
    return last !== undefined && last.backAtMs === undefined;
  }

  /** Takes the next event; those that are not about a fault do nothing. */
  take(event: JournalEvent, inFlight: number): void {
    switch (event.e) {
      case "signal":
        return this.#signal(event, inFlight);
      case "frozen":
      case "thawed":
        return this.#freeze(event);
      case "exit":
        return this.#exit(event);
      case "receipt":
        return void this.#change(event.s, { receipt: event.receipt });
      case "server":
        return void this.#change(event.s, { readyAtMs: event.t });
      case "back":
        return void Object.assign(this.all[event.f] ?? {}, { backAtMs: event.t });
    }
  }

  /** A further signal of the same fault does not make a new one. */
  #signal({ f, s, t, signal }: SignalEvent, inFlight: number): void {
    const known = this.all[f];
    if (known) known.signalsAtMs.push(t);
    else {
      this.all[f] = {
        ...{ instance: s, signal, signalAtMs: t, signalsAtMs: [t] },
        ...{ sentAround: 0, inFlight, isKilled: false },
      };
    }
  }

  #freeze({ e, f, t }: FreezeEvent): void {
    Object.assign(this.all[f] ?? {}, e === "frozen" ? { frozenAtMs: t } : { thawedAtMs: t });
  }

  #exit({ s, t, code, signal, killed }: ExitEvent): void {
    const fault = this.#openOf(s);
    if (!fault || fault.exit || t < fault.signalAtMs) {
      return void this.exits.push({ instance: s, atMs: t, code });
    }
    this.#change(s, {
      exit: { atMs: t, code, ...signal ? { signal } : {} },
      isKilled: killed === true,
    });
  }

  /** What a server does after its last fault belongs to it. */
  #change(s: number, change: Partial<FaultRecord>): void {
    Object.assign(this.#openOf(s) ?? {}, change);
  }

  #openOf(s: number): FaultRecord | undefined {
    const last = this.all.findLast(({ instance }) => instance === s);
    return last?.backAtMs === undefined ? last : undefined;
  }
}
