/**
 * Journals as an ideal server would leave them, and with faults planted: each server that lies is one
 * function, and says what must be found.
 */

import { resolveOptions } from "@lastcall/lastcall";
import { Analysis } from "../cli/loadtest/check/analysis.ts";
import type { JournalEvent, RunEvent } from "../cli/loadtest/journal/events.ts";
import { toRuns } from "../cli/loadtest/journal/runs.ts";
import { makePlan } from "../cli/loadtest/plan.ts";
import { SETTINGS } from "../cli/loadtest/settings.ts";
import type { MessageCounts, Run } from "../cli/loadtest/run.ts";

/** What happens in a history, as numbers that a property test can choose. */
export interface Shape {
  clients: number;
  rooms: number;
  /** From one seq to the next: numbers may be left out. */
  step: number;
  /** For each message: is its publisher told? */
  fates: readonly Fate[];
  /** After so many messages everybody is told what is new, again and again. */
  batch: number;
  /** Client `i` comes back after so many messages, and is told the last ones again on the wire. */
  returns: readonly number[];
}

/** What becomes of a message. `lost on the way`: neither in the log nor is its publisher told. */
export type Fate = "acknowledged" | "refused" | "unknown, logged" | "lost on the way";

/** One entry of a room's log. */
interface Entry {
  n: number;
  seq: number;
}

/** A run in the making. */
export class History {
  readonly events: JournalEvent[] = [];
  readonly head: RunEvent;
  readonly logs: Entry[][];
  readonly #cursors: number[];
  readonly #clients: number;
  readonly #step: number;
  #t = 0;
  #batches = 0;
  #connections = 0;
  #next = 0;
  readonly #untold: Entry[] = [];
  readonly #forgotten = new Set<Entry>();

  constructor({ clients, rooms, step = 1 }: Pick<Shape, "clients" | "rooms"> & { step?: number }) {
    this.#step = step;
    this.head = headOf(clients, rooms);
    this.#clients = clients;
    this.logs = Array.from({ length: rooms }, () => []);
    this.#cursors = Array.from({ length: clients }, () => 0);
    this.say({ e: "server", t: 0, s: 0, url: "ws://127.0.0.1:9/ws" });
    for (let r = 0; r < clients; r++) this.connect(r);
    this.say({ e: "publishing", t: this.#tick() });
  }

  /** The room of a client. */
  roomOf(client: number): number {
    return client % this.logs.length;
  }

  say(event: JournalEvent): void {
    this.events.push(event);
  }

  /** A client connects, or comes back. */
  connect(r: number): void {
    const c = this.#connections++;
    this.say({ e: "connect", t: this.#tick(), c, kind: "normal", r, s: 0 });
    this.say({ e: "open", t: this.#tick(), c });
    this.say({ e: "welcome", t: this.#tick(), c, seq: this.#cursors[r]!, recovered: true });
  }

  /** The next message is sent; returns its number. */
  send(): number {
    const n = this.#next++;
    this.say({ e: "send", t: this.#tick(), n, count: 1 });
    return n;
  }

  /** A message is appended to its room's log. */
  append(n: number): Entry {
    const log = this.logs[this.roomOf(n % this.#clients)]!;
    const entry = { n, seq: (log.at(-1)?.seq ?? 0) + this.#step };
    log.push(entry);
    return entry;
  }

  /** Its publisher is told as soon as everybody is. */
  acknowledgeLater(entry: Entry): void {
    this.#untold.push(entry);
  }

  /** Whoever reads the whole log at the end does not find it. */
  forget(entry: Entry): void {
    this.#forgotten.add(entry);
  }

  acknowledge({ n, seq }: Entry): void {
    this.say({ e: "ack", t: this.#tick(), n, seq });
  }

  /** Everybody is told what is new, and publishers are acknowledged. */
  tellAll(): void {
    for (const [room, log] of this.logs.entries()) {
      const readers = this.#cursors.keys().filter((r) => this.roomOf(r) === room).toArray();
      for (const [cursor, group] of Map.groupBy(readers, (r) => this.#cursors[r]!)) {
        const items = log.filter(({ seq }) => seq > cursor);
        if (items.length > 0) this.tell(group, items, room);
      }
    }
    for (const entry of this.#untold.splice(0)) this.acknowledge(entry);
  }

  /** Some are told some entries. */
  tell(readers: number[], items: readonly Entry[], room = this.roomOf(readers[0]!)): void {
    const b = this.batch(items, room);
    this.say({ e: "got", t: this.#tick(), b, r: toRuns(readers) });
    for (const r of readers) this.#cursors[r] = Math.max(this.#cursors[r]!, items.at(-1)!.seq);
  }

  batch(items: readonly Entry[], room: number): number {
    const b = this.#batches++;
    const n = toRuns(items.map(({ n }) => n));
    const seq = toRuns(items.map(({ seq }) => seq));
    this.say({ e: "batch", b, n, seq, ...room > 0 ? { room } : {} });
    return b;
  }

  /** The logs are read, to their ends. */
  readLogs(): void {
    for (const [room, log] of this.logs.entries()) {
      const items = log.filter((entry) => !this.#forgotten.has(entry));
      if (items.length > 0) this.say({ e: "log", b: this.batch(items, room) });
      this.say({ e: "read", room });
    }
  }

  /** Reads the logs, and ends. */
  end(): this {
    this.readLogs();
    this.say({ e: "end", t: this.#tick(), interrupted: false, lagP99Ms: 1, lagMaxMs: 2 });
    return this;
  }

  /** What the checker makes of it. */
  judge(): Run {
    return judgeEvents([this.head, ...this.events]);
  }

  #tick(): number {
    return this.#t += 1;
  }
}

/** What the checker makes of a journal. */
export function judgeEvents([head, ...events]: readonly JournalEvent[]): Run {
  const analysis = new Analysis(head as RunEvent);
  for (const event of events) analysis.take(event);
  return analysis.finish();
}

/** The anomalies of a run that are there. */
export function found({ messages }: Run): Partial<MessageCounts> {
  const names = ["lost", "undelivered", "duplicate", "disorder", "diverged", "phantom"] as const;
  const seen = [...names, "gaps" as const].filter((name) => messages[name] > 0);
  return Object.fromEntries(seen.map((name) => [name, messages[name]]));
}

/** An honest server, up to the end, which is left to the caller. */
export function honest(shape: Shape): History {
  const history = new History(shape);
  for (const [i, fate] of shape.fates.entries()) {
    play(history, fate);
    for (const [client, at] of shape.returns.entries()) {
      if (at === i && client < shape.clients) history.connect(client);
    }
    if (i % shape.batch === shape.batch - 1) history.tellAll();
  }
  history.tellAll();
  return history;
}

function play(history: History, fate: Fate): void {
  const n = history.send();
  if (fate === "refused") history.say({ e: "refuse", t: n, n, code: "rate_limited" });
  if (fate === "acknowledged") history.acknowledgeLater(history.append(n));
  if (fate === "unknown, logged") history.append(n);
}

function headOf(clients: number, rooms: number): RunEvent {
  const args = ["-c", String(clients), "--rooms", String(rooms), "--seed", "7"];
  const { settings } = resolveOptions(SETTINGS, args);
  return {
    ...{ e: "run", journal: "lastcall", version: 1, startedAt: "2026-01-01T00:00:00.000Z" },
    plan: makePlan(settings),
  };
}
