/**
 * A room as this process sees it: a cursor that follows the room's log, and readers at it or behind it.
 *
 * Telling is reading the log. Each batch is read once, encoded once and sent to all readers at the live
 * edge. Who does not keep up falls behind, costs nothing while it is stalled, and is told from the log
 * when it reads again.
 */

import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { MessageLog } from "../message_log/message_log.ts";
import type { Stats } from "../stats.ts";
import { turn } from "../turn.ts";
import { Page } from "./page.ts";
import { RESUME_GRID } from "./resume.ts";
import { Pause } from "./pause.ts";
import { People } from "./people.ts";
import type { Reader } from "./reader.ts";

/** What a room needs. */
export interface RoomSurroundings {
  /** The truth. */
  messageLog: MessageLog;
  /** Time. */
  clock: Clock;
  /** Where trouble is told. */
  log: Log;
  /** Where deliveries are counted. */
  stats: Stats;
}

/** Messages in one batch at most. */
const PAGE = 500;
/** Full pages kept for those who catch up. */
const PAGES_KEPT = 64;
/** After how many sends to yield to the event loop: about 5 ms of work. */
const SENDS_PER_TURN = 500;
/** How often stalled readers are looked at. */
const LOOK_MS = 10;
/** After a failed read of the log. */
const RETRY_MS = 200;

/** One room. */
export class Room {
  /** Its name. */
  readonly name: string;
  /** Who is in it. */
  readonly people: People;
  readonly #around: RoomSurroundings;
  readonly #live = new Set<Reader>();
  readonly #behind = new Set<Reader>();
  readonly #pause = new Pause();
  readonly #closed = new AbortController();
  #cursor: number;
  #told: number;
  #head: number;
  readonly #pages = new Map<number, Page>();
  /** Pages up to the live edge: they are what they are until it moves. */
  readonly #edgePages = new Map<number, Page>();
  #isTelling = false;
  #isReplaying = false;
  #waiting: { upTo: number; resolve: () => void }[] = [];

  /** A room whose log is at `head`. */
  constructor(name: string, head: number, around: RoomSurroundings) {
    this.name = name;
    this.#around = around;
    this.people = new People(around.clock, this.#closed.signal);
    this.#cursor = head;
    this.#told = head;
    this.#head = head;
  }

  /** The seq up to which the readers at the live edge have been told. */
  get cursor(): number {
    return this.#cursor;
  }

  /** How many messages are in the log and not yet told at the live edge. */
  get lag(): number {
    return this.#head - this.#told;
  }

  /** How many readers there are. */
  get size(): number {
    return this.#live.size + this.#behind.size;
  }

  /** How many readers are behind the live edge. */
  get lagging(): number {
    return this.#behind.size;
  }

  /** Lets a reader read on from its cursor. */
  join(reader: Reader): void {
    if (reader.cursor >= this.#cursor) this.#live.add(reader);
    else this.#fallBehind(reader);
  }

  /** Forgets a reader. */
  leave(reader: Reader): void {
    this.#live.delete(reader);
    this.#behind.delete(reader);
  }

  /** The log is known to reach up to `head`. */
  grow(head: number): void {
    if (head <= this.#head) return;
    this.#head = head;
    if (!this.#isTelling) void this.#tell();
  }

  /** Resolves when the readers at the live edge have been told all that is known now. */
  delivered(): Promise<void> {
    if (this.#told >= this.#head) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ upTo: this.#head, resolve }));
  }

  /** Stops telling. */
  close(): void {
    this.#closed.abort();
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  async #tell(): Promise<void> {
    this.#isTelling = true;
    while (this.#told < this.#head && !this.#closed.signal.aborted) {
      const page = await this.#read(this.#cursor);
      if (!page) continue;
      this.#cursor = page.last;
      this.#edgePages.clear();
      const startedMs = this.#around.clock.now();
      const readers = await this.#tellLive(page);
      this.#told = page.last;
      this.#resolveWaiting();
      const nowMs = this.#around.clock.now();
      this.#measure(page, nowMs - startedMs);
      const pauseMs = this.#pause.after({ messages: page.messages.length, readers, nowMs });
      await (pauseMs < 1 ? turn() : this.#sleep(pauseMs));
    }
    this.#isTelling = false;
  }

  #measure(page: Page, tookMs: number): void {
    const { stats } = this.#around;
    stats.batchMessages.observe(page.messages.length);
    stats.batchSeconds.observe(tookMs / 1_000);
  }

  /** Tells the readers at the live edge; returns how many those were. */
  async #tellLive(page: Page): Promise<number> {
    const readers = [...this.#live];
    let sends = 0;
    for (const reader of readers) {
      if (reader.isStalled) this.#fallBehind(reader);
      else sends += this.#send(reader, page);
      if (sends < SENDS_PER_TURN) continue;
      sends = 0;
      await turn();
    }
    return readers.length;
  }

  #send(reader: Reader, page: Page): number {
    if (!reader.isOpen) return 0;
    const { sends, messages } = reader.take(page);
    this.#around.stats.add("delivered", messages);
    return sends;
  }

  #fallBehind(reader: Reader): void {
    this.#live.delete(reader);
    this.#behind.add(reader);
    if (!this.#isReplaying) void this.#replay();
  }

  /** Tells those behind, each as fast as it reads, in turns. */
  async #replay(): Promise<void> {
    this.#isReplaying = true;
    while (this.#behind.size > 0 && !this.#closed.signal.aborted) {
      let sends = 0;
      for (const reader of [...this.#behind]) {
        if (!reader.isOpen) this.leave(reader);
        else if (reader.isReady) sends += await this.#catchUp(reader);
        if (sends < SENDS_PER_TURN) continue;
        sends = 1;
        await turn();
      }
      await (sends > 0 ? turn() : this.#sleep(LOOK_MS));
    }
    this.#isReplaying = false;
    this.#pages.clear();
    this.#edgePages.clear();
  }

  async #catchUp(reader: Reader): Promise<number> {
    const page = await this.#readPast(reader.cursor);
    if (!this.#behind.has(reader)) return 0;
    if (page && await this.#isTrimmed(page, reader)) {
      this.leave(reader);
      reader.giveUp();
      return 0;
    }
    const sends = page ? this.#send(reader, page) : 0;
    if (reader.cursor >= this.#cursor && this.#behind.delete(reader)) this.#live.add(reader);
    return sends;
  }

  /** Whether there was more between the reader's cursor and the page, which is no longer kept. */
  async #isTrimmed(page: Page, reader: Reader): Promise<boolean> {
    if (page.messages[0]!.seq === reader.cursor + 1) return false;
    const { first } = await this.#around.messageLog.range(this.name);
    return first > reader.cursor + 1;
  }

  /** The same pages for all who catch up, so that each is read and encoded once for many. */
  async #readPast(after: number): Promise<Page | undefined> {
    const known = this.#pages.get(after) ?? this.#edgePages.get(after);
    if (known) return known;
    const edge = this.#cursor;
    // Who is far behind takes long strides, once it is in step with the others.
    const isFar = after % PAGE === 0 && edge - after >= PAGE;
    const full = isFar ? PAGE : RESUME_GRID - after % RESUME_GRID;
    const limit = Math.max(1, Math.min(full, edge - after));
    const page = await this.#read(after, limit);
    if (page?.messages.length === full) this.#remember(after, page);
    else if (page && edge === this.#cursor) this.#edgePages.set(after, page);
    return page;
  }

  #remember(after: number, page: Page): void {
    this.#pages.set(after, page);
    if (this.#pages.size > PAGES_KEPT) this.#pages.delete(this.#pages.keys().next().value!);
  }

  async #read(after: number, limit = PAGE): Promise<Page | undefined> {
    try {
      const messages = await this.#around.messageLog.read(this.name, after, limit);
      if (messages.length > 0) return new Page(messages);
      // All that came after the cursor has been trimmed, or is not visible yet.
      await this.#skipTrimmed(after);
    } catch (error) {
      this.#around.log.error("Cannot read the log of {room}: {error}", {
        room: this.name,
        error: String(error),
      });
      await this.#sleep(RETRY_MS);
    }
    return undefined;
  }

  async #skipTrimmed(after: number): Promise<void> {
    const { first, head } = await this.#around.messageLog.range(this.name);
    if (after === this.#cursor && first > head && head > this.#cursor) {
      this.#cursor = this.#told = head;
      this.#resolveWaiting();
    } else if (head <= after) await this.#sleep(LOOK_MS);
  }

  #resolveWaiting(): void {
    while (this.#waiting[0] && this.#waiting[0].upTo <= this.#told) {
      this.#waiting.shift()!.resolve();
    }
  }

  #sleep(ms: number): Promise<void> {
    return this.#around.clock.sleep(ms, this.#closed.signal);
  }
}
