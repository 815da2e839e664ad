/**
 * Decides what became of every message, from a journal alone: what publishers were told, what readers
 * were given, and the whole log as a fresh reader got it. It takes events as they come and keeps a few
 * numbers for each message and each reader.
 *
 * Everything that anybody was shown at a seq of a room's log must be the same message. So a message has one
 * place, a place has one message, and what a reader was given is told by how far it got.
 *
 * @module
 */

import {
  type AckEvent,
  type BackwardEvent,
  type BatchEvent,
  type GapEvent,
  type GotEvent,
  type JournalEvent,
  NO_MESSAGE,
} from "../journal/events.ts";
import { JournalError } from "../journal/journal_error.ts";
import { fromRuns, type Run } from "../journal/runs.ts";
import { Anomalies } from "./anomalies.ts";
import { Growing } from "./growing.ts";
import { MessageStories } from "./message_stories.ts";
import { OUTCOME, type Publishes } from "./publishes.ts";
import { Readers, type Stretch } from "./readers.ts";
import { RoomLog, UNSEEN } from "./room_log.ts";

/** A batch as it is kept: where its messages are, and which they are only if the log says otherwise. */
interface Batch {
  room: number;
  seq: readonly Run[];
  n: readonly Run[] | undefined;
  first: number;
  last: number;
  /** It leaves out nothing that is known to be between its messages. */
  isWhole: boolean;
}

/** What became of the messages, besides what their publishers know. */
export interface MessageFindings {
  anomalies: Anomalies;
  /** Unknown to their publisher, and in the log. */
  recovered: number;
  /** Stretches of a log that a server said it could not give to a reader. */
  gaps: number;
  /** Messages that came again and were left out by the client. */
  redelivered: number;
  /** Messages of the run with a wrong checksum. */
  damaged: number;
  /** Why the whole log is not known. */
  unread?: string;
}

const NOT_READ = "the log was not read";
const RECENT = 64;

/** Checks the messages of one run. */
export class MessageChecker {
  readonly #publishes: Publishes;
  readonly #readers: Readers;
  readonly #rooms: RoomLog[];
  readonly #batches = new Map<number, Batch>();
  /** The messages of batches that are asked for again and again. */
  readonly #recent = new Map<number, readonly number[]>();
  /** Places that became known when later ones were, and who was told of each. */
  readonly #inserted: Map<number, Set<number>>[];
  readonly #seqOf = Growing.float64(UNSEEN);
  /** The same, by the reader of the whole log alone. */
  readonly #loggedSeqOf = Growing.float64(UNSEEN);
  readonly #anomalies = new Anomalies();
  readonly #stories: MessageStories;
  readonly #missing: (string | undefined)[];
  /** Acknowledged when the log of their room had been read already. */
  readonly #late = new Set<number>();
  #isRenumbered = false;
  #gaps = 0;
  #redelivered = 0;
  #damaged = 0;

  /** `rooms`: reader `r` reads room `r % rooms`. `publishes` must be told of each event before. */
  constructor(publishes: Publishes, rooms: number) {
    this.#publishes = publishes;
    this.#stories = new MessageStories(publishes);
    this.#readers = new Readers(publishes.publishers);
    this.#rooms = Array.from({ length: rooms }, () => new RoomLog());
    this.#inserted = Array.from({ length: rooms }, () => new Map());
    this.#missing = Array.from({ length: rooms }, () => NOT_READ);
  }

  /** Takes the next event; those that are not about messages do nothing. */
  take(event: JournalEvent): void {
    switch (event.e) {
      case "batch":
        return this.#learn(event);
      case "got":
        return this.#got(event);
      case "ack":
        return this.#acknowledged(event);
      case "gap":
        return this.#gap(event);
      case "backward":
        return this.#backward(event);
      case "repeats":
        this.#redelivered += event.count;
        return;
      case "log":
        return this.#log(event.b);
      case "read":
        this.#missing[event.room] = event.missing;
    }
  }

  /** A reader was welcomed: it is owed what comes after `seq`. */
  join(reader: number, seq: number): void {
    this.#readers.join(reader, seq);
  }

  /** The messages of a batch, in order. */
  messagesOf(b: number): readonly number[] {
    const known = this.#recent.get(b);
    if (known) return known;
    const { n, seq, room } = this.#batch(b);
    const messages = n ? fromRuns(n) : fromRuns(seq).map((at) => this.#rooms[room]!.at(at));
    this.#recent.set(b, messages);
    if (this.#recent.size > RECENT) this.#recent.delete(this.#recent.keys().next().value!);
    return messages;
  }

  /** What it comes to. Called once, when all events have been taken. */
  finish(): MessageFindings {
    const unread = this.#missing.find((missing) => missing !== undefined) ?? this.#tooLate();
    this.#checkLogged();
    for (let reader = 0; reader < this.#readers.count; reader++) this.#checkReader(reader);
    return {
      anomalies: this.#anomalies,
      recovered: this.#countRecovered(),
      gaps: this.#gaps,
      redelivered: this.#redelivered,
      damaged: this.#damaged,
      ...unread === undefined ? {} : { unread },
    };
  }

  #learn({ b, n, seq = [], room = 0 }: BatchEvent): void {
    const messages = fromRuns(n);
    const seqs = fromRuns(seq);
    let isAsLogged = seqs.length > 0;
    for (const [i, message] of messages.entries()) {
      if (message === NO_MESSAGE.damaged) this.#damage(seqs[i]);
      if (seqs.length > 0 && !this.#learnOne(room, seqs[i]!, message)) isAsLogged = false;
    }
    this.#batches.set(b, {
      ...{ room, seq, n: isAsLogged ? undefined : n },
      ...{ first: seqs[0] ?? 0, last: seqs.at(-1) ?? 0, isWhole: this.#isWhole(room, seqs) },
    });
  }

  /** Returns whether that is what the log has there. */
  #learnOne(room: number, seq: number, n: number): boolean {
    if (n === NO_MESSAGE.damaged) return false;
    const log = this.#rooms[room]!;
    const isLate = seq < log.last;
    const before = log.learn(seq, n);
    if (before === UNSEEN && isLate) this.#inserted[room]!.set(seq, new Set());
    if (before === UNSEEN) this.#place(n, seq);
    else if (before !== n) this.#diverged(seq, before, n);
    return before === UNSEEN || before === n;
  }

  #isWhole(room: number, seqs: readonly number[]): boolean {
    const log = this.#rooms[room]!;
    const inserted = this.#inserted[room]!;
    return seqs.every((seq, i) =>
      !inserted.has(seq) && (i === 0 || (seq > seqs[i - 1]! && !log.hasBetween(seqs[i - 1]!, seq)))
    );
  }

  #damage(seq: number | undefined): void {
    this.#damaged++;
    if (seq === undefined) return;
    this.#add("phantom", () => this.#stories.damaged(seq));
  }

  /** Message `n` was found at a place where nothing had been seen. */
  #place(n: number, seq: number): void {
    if (n === NO_MESSAGE.foreign) return;
    if (n >= this.#publishes.offered) {
      return this.#add("phantom", () => this.#stories.neverSent(n, seq));
    }
    const first = this.#seqOf.at(n);
    if (first === UNSEEN) return this.#seqOf.set(n, seq);
    this.#add("duplicate", () => this.#stories.twice(n, first, seq));
  }

  #diverged(seq: number, one: number, other: number): void {
    if (this.#isRenumbered) return;
    this.#add("diverged", () => this.#stories.diverged(seq, one, other));
  }

  #got({ b, r, t }: GotEvent): void {
    const { room, seq, first, last, isWhole } = this.#batch(b);
    if (seq.length === 0) return;
    const log = this.#rooms[room]!;
    for (const reader of fromRuns(r)) {
      const before = this.#readers.lastSeq(reader);
      const isNext = isWhole && first > before && !log.hasBetween(before, first);
      if (isNext) this.#readers.advance(reader, last);
      else this.#takeEach(reader, b, t);
    }
  }

  #takeEach(reader: number, b: number, t: number): void {
    const messages = this.messagesOf(b);
    const { room, seq } = this.#batch(b);
    for (const [i, at] of fromRuns(seq).entries()) {
      const last = this.#readers.lastSeq(reader);
      const how = this.#takeOne(reader, at, room);
      if (how === "new" || this.#isRenumbered) continue;
      const delivery = { reader, n: messages[i]!, seq: at, last, t };
      this.#add(how, () => this.#stories.given(delivery, how === "duplicate"));
    }
  }

  /** How a delivery fits what the reader had before. */
  #takeOne(reader: number, seq: number, room: number): "new" | "duplicate" | "disorder" {
    const readers = this.#readers;
    const last = readers.lastSeq(reader);
    const told = this.#inserted[room]!.get(seq);
    const isFirst = told !== undefined && !told.has(reader);
    told?.add(reader);
    if (seq <= last) return readers.fill(reader, seq) || isFirst ? "disorder" : "duplicate";
    if (this.#rooms[room]!.hasBetween(last, seq)) {
      readers.addHole(reader, { from: last + 1, to: seq - 1 });
    }
    readers.advance(reader, seq);
    return "new";
  }

  #acknowledged({ n, seq }: AckEvent): void {
    if (this.#missing[this.#roomOf(n)] !== NOT_READ) this.#late.add(n);
    const shown = this.#seqOf.at(n);
    const isKnown = shown !== UNSEEN && seq !== undefined;
    if (!isKnown || shown === seq || this.#isRenumbered) return;
    this.#add("diverged", () => this.#stories.acknowledgedElsewhere(n, seq, shown));
  }

  /** On one connection seqs rise: what the client leaves out of that nobody else would see. */
  #backward({ r, ...where }: BackwardEvent): void {
    this.#add("disorder", () => this.#stories.backward(r, where));
  }

  /** A log that begins anew gives its seqs again: then their order says nothing any more. */
  #gap({ r, reason, from, to }: GapEvent): void {
    this.#gaps++;
    this.#isRenumbered ||= reason === "epoch_changed";
    this.#readers.tellGap(r, { from: from + 1, to: to ?? Infinity });
  }

  #log(b: number): void {
    const { seq, room } = this.#batch(b);
    const log = this.#rooms[room]!;
    const messages = this.messagesOf(b);
    for (const [i, at] of fromRuns(seq).entries()) {
      const { head } = log;
      const n = messages[i]!;
      if (n >= 0 && n < this.#publishes.offered) this.#loggedSeqOf.set(n, at);
      if (!log.log(at)) this.#add("disorder", () => this.#stories.logBackward(at, head));
    }
  }

  /** What is in no complete log: lost if acknowledged, a phantom if somebody was given it. */
  #checkLogged(): void {
    const { offered } = this.#publishes;
    for (let n = 0; n < offered; n++) {
      this.#checkOrder(n);
      const seq = this.#seqOf.at(n);
      const isLogged = this.#loggedSeqOf.at(n) !== UNSEEN;
      const outcome = this.#publishes.outcome(n);
      if (outcome === OUTCOME.refused && seq !== UNSEEN) {
        this.#add("phantom", () => this.#stories.refused(n, seq));
      } else if (outcome === OUTCOME.none && seq !== UNSEEN) {
        this.#add("phantom", () => this.#stories.neverSent(n, seq));
      }
      if (isLogged || this.#missing[this.#roomOf(n)] !== undefined || this.#late.has(n)) continue;
      if (outcome === OUTCOME.acknowledged) this.#add("lost", () => this.#stories.lost(n));
      else if (seq !== UNSEEN) this.#add("phantom", () => this.#stories.unlogged(n, seq));
    }
  }

  /** What the reader of the log could not see any more cannot be looked for in it. */
  #tooLate(): string | undefined {
    const late = [...this.#late].filter((n) => this.#loggedSeqOf.at(n) === UNSEEN).length;
    return late > 0 ? `${late} messages were acknowledged after it had been read` : undefined;
  }

  /** Who was told that one message is in the log, and then sends another, has it behind that one. */
  #checkOrder(n: number): void {
    const before = this.#publishes.before(n);
    if (before < 0 || this.#isRenumbered) return;
    const [seq, at] = [this.#seqIn(n), this.#seqIn(before)];
    if (seq === UNSEEN || at === UNSEEN || seq > at) return;
    this.#add("disorder", () => this.#stories.overtook(n, seq, { before, at }));
  }

  /** Where it is in the log, or else where somebody was shown it. */
  #seqIn(n: number): number {
    const logged = this.#loggedSeqOf.at(n);
    return logged === UNSEEN ? this.#seqOf.at(n) : logged;
  }

  #roomOf(n: number): number {
    return n % this.#publishes.publishers % this.#rooms.length;
  }

  #checkReader(reader: number): void {
    const joinSeq = this.#readers.joinSeq(reader);
    const room = reader % this.#rooms.length;
    const log = this.#rooms[room]!;
    if (joinSeq === undefined || this.#isRenumbered) return;
    const missing = this.#readers.missing(reader, log.head);
    const passed = [...this.#inserted[room]!].filter(([seq, told]) =>
      seq > joinSeq && seq <= this.#readers.lastSeq(reader) && !told.has(reader) &&
      !missing.some(({ from, to }) => seq >= from && seq <= to)
    ).flatMap(([seq]) => this.#readers.untold(reader, { from: seq, to: seq }));
    for (const stretch of [...missing, ...passed]) this.#checkMissing(reader, stretch, log);
  }

  #checkMissing(reader: number, { from, to }: Stretch, log: RoomLog): void {
    for (const { seq, n } of log.between(from, to)) {
      if (n < 0 || !log.isLogged(seq)) continue;
      if (this.#publishes.outcome(n) !== OUTCOME.acknowledged) continue;
      const whom = {
        reader,
        joined: this.#readers.joinSeq(reader),
        last: this.#readers.lastSeq(reader),
      };
      this.#add("undelivered", () => this.#stories.undelivered(n, seq, whom));
    }
  }

  #countRecovered(): number {
    let recovered = 0;
    for (let n = 0; n < this.#publishes.offered; n++) {
      const isUnknown = this.#publishes.outcome(n) === OUTCOME.unknown;
      if (isUnknown && this.#seqOf.at(n) !== UNSEEN) recovered++;
    }
    return recovered;
  }

  #batch(b: number): Batch {
    const batch = this.#batches.get(b);
    if (batch) return batch;
    throw new JournalError(
      `Cannot judge the journal: batch ${b} must be described before it is used`,
    );
  }

  #add(...args: Parameters<Anomalies["add"]>): void {
    this.#anomalies.add(...args);
  }
}
