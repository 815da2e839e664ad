/**
 * The message log of the faulty server: a file of JSON lines that several processes share.
 *
 * The first line names the life of the log, each other line is a message in its place. Who writes holds
 * the lock on the file and has read all of it, so there is one order and no repetition. Everybody else
 * reads on from where he was. What was read is kept in memory: this is for small loads.
 *
 * @module
 */

import type { MessageItem } from "@lastcall/lastcall/client";

/** A message in its place. */
export interface Entry extends MessageItem {
  id: number;
  room: string;
}

/** A message that has no place yet. */
export type NewEntry = Omit<Entry, "seq" | "at">;

/** Seqs may skip numbers: these do, and leave room for a lie between two truths. */
export const SEQ_STEP = 2;

const LINE_END = 10;

/** One process's hold on the file. */
export class SharedLog implements Disposable {
  /** All messages, in order. */
  readonly entries: Entry[] = [];
  /** Whether there were messages when this process came. */
  readonly isResumed: boolean;
  readonly #file: Deno.FsFile;
  readonly #known = new Set<string>();
  readonly #lastIds = new Map<string, number>();
  #epoch: string | undefined;
  #head = 0;
  #position = 0;

  constructor(path: string) {
    this.#file = Deno.openSync(path, { read: true, append: true, create: true });
    this.#locked(() => {
      this.tail();
      if (this.#epoch === undefined) this.#write({ epoch: crypto.randomUUID() });
    });
    this.isResumed = this.entries.length > 0;
  }

  /** The life of the log. */
  get epoch(): string {
    return this.#epoch!;
  }

  /** The seq of the last message. */
  get head(): number {
    return this.#head;
  }

  /** The highest id that is in the log under a name. */
  lastId(from: string): number {
    return this.#lastIds.get(from) ?? 0;
  }

  /** Where in `entries` those above a seq begin. */
  indexAfter(seq: number): number {
    return this.entries.findLastIndex((entry) => entry.seq <= seq) + 1;
  }

  /** Appends a message, unless its name and id are there. `again`: even then. */
  append(message: NewEntry, { again = false } = {}): void {
    this.#locked(() => {
      this.tail();
      const { from, id, content, room } = message;
      if (this.#known.has(`${from} ${id}`) && !again) return;
      this.#write({ seq: this.head + SEQ_STEP, from, id, content, at: Date.now(), room });
    });
  }

  /** Reads what is new in the file. */
  tail(): void {
    const bytes = new Uint8Array(this.#file.statSync().size - this.#position);
    if (bytes.length === 0) return;
    this.#file.seekSync(this.#position, Deno.SeekMode.Start);
    const length = this.#file.readSync(bytes) ?? 0;
    // A line that somebody is still writing is read next time.
    const end = bytes.subarray(0, length).lastIndexOf(LINE_END) + 1;
    this.#position += end;
    const lines = new TextDecoder().decode(bytes.subarray(0, end)).split("\n");
    for (const line of lines) if (line) this.#take(JSON.parse(line));
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }

  #take(line: { epoch: string } | Entry): void {
    if ("epoch" in line) return void (this.#epoch = line.epoch);
    this.entries.push(line);
    this.#head = line.seq;
    this.#known.add(`${line.from} ${line.id}`);
    this.#lastIds.set(line.from, Math.max(line.id, this.lastId(line.from)));
  }

  #write(line: { epoch: string } | Entry): void {
    this.#file.writeSync(new TextEncoder().encode(`${JSON.stringify(line)}\n`));
    this.tail();
  }

  #locked(work: () => void): void {
    this.#file.lockSync(true);
    try {
      work();
    } finally {
      this.#file.unlockSync();
    }
  }
}
