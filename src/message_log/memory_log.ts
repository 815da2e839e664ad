/**
 * A log in memory, for tests and demonstrations: it lives and dies with the process.
 *
 * @module
 */

import {
  type Appended,
  type Entry,
  type GrowthListener,
  type LoggedMessage,
  type MessageLog,
  MessageLogError,
  type Retention,
  type RoomRange,
} from "./message_log.ts";

interface Room {
  /** Kept messages, in order, without gaps. */
  messages: LoggedMessage[];
  head: number;
}

interface Publisher {
  /** The seq of each id that is kept. */
  seqs: Map<number, number>;
  /** The highest id that was ever appended. */
  lastId: number;
  /** The highest id that is no longer kept. */
  trimmedId: number;
}

/** The `memory:` back end. */
export class MemoryLog implements MessageLog {
  readonly epoch: string = crypto.randomUUID();
  readonly #rooms = new Map<string, Room>();
  readonly #publishers = new Map<string, Publisher>();
  readonly #listeners = new Set<GrowthListener>();
  #isClosed = false;

  /** The highest seq of a room, at once. */
  head(room: string): number {
    return this.#room(room).head;
  }

  /** See {@linkcode MessageLog.append}. */
  append(batch: readonly Entry[]): Promise<Appended[]> {
    return this.#whileOpen(() => {
      const heads = new Map<string, number>();
      const answers = batch.map((entry) => this.#appendOne(entry, heads));
      if (heads.size > 0) { for (const listener of [...this.#listeners]) listener(heads); }
      return answers;
    });
  }

  /** See {@linkcode MessageLog.read}. */
  read(room: string, after: number, limit: number): Promise<LoggedMessage[]> {
    return this.#whileOpen(() => {
      const { messages, head } = this.#room(room);
      const start = Math.max(0, after - (head - messages.length));
      return messages.slice(start, start + limit);
    });
  }

  /** See {@linkcode MessageLog.range}. */
  range(room: string): Promise<RoomRange> {
    return this.#whileOpen(() => {
      const { messages, head } = this.#room(room);
      return { first: head - messages.length + 1, head };
    });
  }

  /** See {@linkcode MessageLog.lastId}. */
  lastId(publisher: string): Promise<number> {
    return this.#whileOpen(() => this.#publishers.get(publisher)?.lastId ?? 0);
  }

  /** See {@linkcode MessageLog.watch}. */
  watch(listener: GrowthListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** See {@linkcode MessageLog.trim}. */
  trim({ maxMessages, maxAgeMs }: Retention, now: number): Promise<void> {
    return this.#whileOpen(() => {
      for (const { messages } of this.#rooms.values()) {
        const tooMany = messages.length - maxMessages;
        const young = messages.findIndex(({ at }) => at >= now - maxAgeMs);
        const tooOld = young === -1 ? messages.length : young;
        for (const gone of messages.splice(0, Math.max(0, tooMany, tooOld))) this.#forget(gone);
      }
    });
  }

  /** See {@linkcode MessageLog.probe}. */
  probe(): Promise<void> {
    return this.#whileOpen(() => {});
  }

  /** See {@linkcode MessageLog.close}. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#listeners.clear();
    return Promise.resolve();
  }

  /** Closes. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #appendOne(entry: Entry, heads: Map<string, number>): Appended {
    const { room: name, id, ...rest } = entry;
    const publisher = this.#publisher(entry.publisher);
    if (id !== undefined) {
      const known = publisher.seqs.get(id);
      if (known !== undefined) return { outcome: "duplicate", seq: known };
      if (id <= publisher.trimmedId) return { outcome: "expired" };
    }
    const room = this.#room(name);
    const seq = ++room.head;
    room.messages.push({ seq, ...rest, ...id === undefined ? {} : { id } });
    heads.set(name, seq);
    if (id !== undefined) {
      publisher.seqs.set(id, seq);
      publisher.lastId = Math.max(publisher.lastId, id);
    }
    return { outcome: "appended", seq };
  }

  #forget({ publisher: name, id }: LoggedMessage): void {
    if (id === undefined) return;
    const publisher = this.#publisher(name);
    publisher.seqs.delete(id);
    publisher.trimmedId = Math.max(publisher.trimmedId, id);
  }

  #room(name: string): Room {
    const room = this.#rooms.get(name) ?? { messages: [], head: 0 };
    this.#rooms.set(name, room);
    return room;
  }

  #publisher(name: string): Publisher {
    const publisher = this.#publishers.get(name) ??
      { seqs: new Map(), lastId: 0, trimmedId: 0 };
    this.#publishers.set(name, publisher);
    return publisher;
  }

  async #whileOpen<T>(work: () => T): Promise<T> {
    // Asynchronous even here, so that no caller comes to rely on the opposite.
    await Promise.resolve();
    if (this.#isClosed) throw new MessageLogError("closed", "Cannot use the log: it is closed");
    return work();
  }
}
