/**
 * The life of each connection, as its client saw it.
 *
 * @module
 */

import type {
  CloseEvent,
  ConnectEvent,
  JournalEvent,
  OpenEvent,
  WelcomeEvent,
} from "../journal/events.ts";
import { JournalError } from "../journal/journal_error.ts";
import type { ConnectionEnd, ConnectionRecord } from "../run.ts";

/** All connections of a run, in the order in which they were asked for. */
export class Connections {
  readonly all: ConnectionRecord[] = [];
  readonly #held = new Set<number>();
  #peak = 0;

  /** The most that were there at once, those that were tried included. */
  get peak(): number {
    return this.#peak;
  }

  /** The record of a connection. Throws a `JournalError` if there is none. */
  of(c: number): ConnectionRecord {
    const record = this.all[c];
    if (record) return record;
    throw new JournalError(`Cannot judge the journal: connection ${c} must begin by connect`);
  }

  /** Takes the next event; those that are not about a connection do nothing. */
  take(event: JournalEvent): void {
    switch (event.e) {
      case "connect":
        return this.#connect(event);
      case "open":
        return this.#open(event);
      case "refused":
        this.of(event.c).refusal = event.why;
        this.#held.delete(event.c);
        return;
      case "welcome":
        return this.#welcome(event);
      case "drain":
        this.of(event.c).drain ??= { atMs: event.t, reconnectAfterMs: event.reconnectAfterMs };
        return;
      case "close":
        return this.#close(event);
      case "gone":
        this.of(event.c).goneAtMs = event.t;
        this.#held.delete(event.c);
        this.of(event.c).bytesAfterClose = event.bytesAfterClose ?? 0;
    }
  }

  #connect({ c, kind, r, s, t }: ConnectEvent): void {
    const server = s === undefined ? {} : { instance: s };
    this.all[c] = { kind, client: r, ...server, askedAtMs: t, bytesAfterClose: 0 };
    this.#peak = Math.max(this.#peak, this.#held.add(c).size);
  }

  #open({ c, s, t }: OpenEvent): void {
    this.of(c).openedAtMs = t;
    if (s !== undefined) this.of(c).instance = s;
  }

  #welcome({ c, t, recovered }: WelcomeEvent): void {
    this.of(c).welcomedAtMs = t;
    this.of(c).isRecovered = recovered;
  }

  /** What looked like a Close frame at first may turn out to be an illegal one. */
  #close(event: CloseEvent): void {
    const record = this.of(event.c);
    record.endedAtMs ??= event.t;
    record.end = endOf(event);
  }
}

function endOf({ how, code = 1005, reason = "", error }: CloseEvent): ConnectionEnd {
  switch (how) {
    case "closed":
    case "given up":
      return { how, code, reason };
    case "cut":
      return { how, ...error === undefined ? {} : { error } };
    case "left":
      return { how };
  }
}
