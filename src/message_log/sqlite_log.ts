/**
 * The log in one SQLite file, shared by all processes of a machine that open it.
 *
 * A batch is one transaction, so its cost is nearly that of one commit. In WAL mode readers never wait
 * for a writer; writers wait for each other for a moment. `durability: "normal"` survives a killed
 * process; `"full"` also survives a power cut, at several times the cost of a commit.
 *
 * Other processes' appends are noticed by `PRAGMA data_version`, which costs 3 µs, asked every few ms
 * while somebody watches.
 *
 * @module
 */

import { DatabaseSync, type StatementSync } from "node:sqlite";
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
import { sqliteError } from "./sqlite_errors.ts";
import { prepareSchema } from "./sqlite_schema.ts";

/** How a file is used. */
export interface SqliteLogOptions {
  /** `normal` survives a killed process, `full` also a power cut. Default `normal`. */
  durability?: "normal" | "full";
}

/** How often other processes' appends are looked for. */
const POLL_MS = 10;
/** How many messages of a room one call of `trim()` removes at most. */
const TRIM_STEP = 10_000;
/** How long a writer waits for another; the event loop stands still meanwhile. */
const BUSY_MS = 500;

/** The `sqlite:PATH` back end. */
export class SqliteLog implements MessageLog {
  /** See {@linkcode MessageLog.epoch}. */
  readonly epoch: string;
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #sql: Statements;
  readonly #listeners = new Set<GrowthListener>();
  #poll: ReturnType<typeof setInterval> | undefined;
  #dataVersion = 0;
  #change = 0;
  #hasTrimmed = true;
  #isClosed = false;

  private constructor(path: string, database: DatabaseSync, epoch: string) {
    this.#path = path;
    this.#database = database;
    this.epoch = epoch;
    this.#sql = prepareStatements(database);
    this.#noteTrimmed();
  }

  /** Opens a file, and makes it where there is none; its folder too. */
  static async open(path: string, options: SqliteLogOptions = {}): Promise<SqliteLog> {
    let database: DatabaseSync | undefined;
    try {
      await Deno.mkdir(path.replace(/[^/\\]*$/, "") || ".", { recursive: true });
      database = new DatabaseSync(path, { timeout: BUSY_MS });
      database.exec("PRAGMA journal_mode = WAL");
      database.exec(`PRAGMA synchronous = ${options.durability === "full" ? "FULL" : "NORMAL"}`);
      return new SqliteLog(path, database, prepareSchema(database, path));
    } catch (error) {
      database?.close();
      throw sqliteError("open", path, error);
    }
  }

  /** See {@linkcode MessageLog.append}. */
  append(batch: readonly Entry[]): Promise<Appended[]> {
    return this.#run("write", () => {
      const heads = new Map<string, number>();
      const answers = this.#transaction(() => {
        const rooms = new Map<string, RoomRow>();
        const appended = batch.map((entry) => this.#appendOne(entry, rooms));
        if (rooms.size > 0) this.#saveHeads(rooms, heads);
        return appended;
      });
      if (heads.size > 0) this.#tell(heads);
      return answers;
    });
  }

  /** See {@linkcode MessageLog.read}. */
  read(room: string, after: number, limit: number): Promise<LoggedMessage[]> {
    return this.#run("read", () => {
      const row = this.#sql.room.get(room) as unknown as RoomRow | undefined;
      if (!row) return [];
      return this.#sql.read.all(row.room, after, limit).map(messageOf);
    });
  }

  /** See {@linkcode MessageLog.range}. */
  range(room: string): Promise<RoomRange> {
    return this.#run("read", () => {
      const row = this.#sql.room.get(room) as unknown as RoomRow | undefined;
      if (!row) return { first: 1, head: 0 };
      const { first } = this.#sql.first.get(row.room) as { first: number | null };
      return { first: first ?? row.head + 1, head: row.head };
    });
  }

  /** See {@linkcode MessageLog.lastId}. */
  lastId(publisher: string): Promise<number> {
    return this.#run("read", () => {
      const { last } = this.#sql.lastId.get(publisher) as { last: number | null };
      return Math.max(last ?? 0, this.#trimmedId(publisher));
    });
  }

  /** See {@linkcode MessageLog.bytes}; without what is still in the write-ahead log. */
  bytes(): Promise<number> {
    return this.#run("read", () => (this.#sql.bytes.get() as { bytes: number }).bytes);
  }

  /** See {@linkcode MessageLog.watch}. */
  watch(listener: GrowthListener): Disposable {
    if (this.#listeners.size === 0) this.#startPolling();
    this.#listeners.add(listener);
    return {
      [Symbol.dispose]: () => {
        this.#listeners.delete(listener);
        if (this.#listeners.size === 0) clearInterval(this.#poll);
      },
    };
  }

  /** See {@linkcode MessageLog.trim}. */
  trim({ maxMessages, maxAgeMs }: Retention, now: number): Promise<void> {
    return this.#run("trim", () => {
      this.#transaction(() => {
        for (const { room, head } of this.#sql.rooms.all() as unknown as RoomRow[]) {
          const last = this.#lastToTrim(room, { head, maxMessages, before: now - maxAgeMs });
          this.#sql.noteTrimmed.run(room, last);
          this.#sql.trim.run(room, last);
        }
      });
      this.#noteTrimmed();
    });
  }

  /** See {@linkcode MessageLog.probe}. */
  probe(): Promise<void> {
    return this.#run("write", () => void this.#transaction(() => this.#sql.probe.run(Date.now())));
  }

  /** See {@linkcode MessageLog.close}. */
  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      clearInterval(this.#poll);
      this.#listeners.clear();
      this.#database.close();
    }
    return Promise.resolve();
  }

  /** Closes. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #appendOne(
    { room: roomName, publisher, id, name, content, at }: Entry,
    rooms: Map<string, RoomRow>,
  ): Appended {
    if (id !== undefined) {
      const known = this.#sql.seqOf.get(publisher, id) as { seq: number } | undefined;
      if (known) return { outcome: "duplicate", seq: known.seq };
      if (this.#hasTrimmed && id <= this.#trimmedId(publisher)) return { outcome: "expired" };
    }
    const room = rooms.get(roomName) ?? this.#sql.upsertRoom.get(roomName) as unknown as RoomRow;
    rooms.set(roomName, room);
    room.head += 1;
    const said = JSON.stringify(content);
    this.#sql.insert.run(room.room, room.head, publisher, id ?? null, said, at, name ?? null);
    return { outcome: "appended", seq: room.head };
  }

  #saveHeads(rooms: Map<string, RoomRow>, heads: Map<string, number>): void {
    const { change } = this.#sql.nextChange.get() as { change: number };
    for (const [name, { room, head }] of rooms) {
      this.#sql.saveHead.run(head, change, room);
      heads.set(name, head);
    }
  }

  /** The seq up to which to trim; at most a step further than before, so that nobody waits long. */
  #lastToTrim(
    room: number,
    { head, maxMessages, before }: { head: number; maxMessages: number; before: number },
  ): number {
    const { first } = this.#sql.first.get(room) as { first: number | null };
    const young = this.#sql.firstSince.get(room, before) as { seq: number } | undefined;
    const last = Math.max(head - maxMessages, (young?.seq ?? head + 1) - 1);
    return Math.min(last, (first ?? head + 1) - 1 + TRIM_STEP);
  }

  #trimmedId(publisher: string): number {
    return (this.#sql.trimmedId.get(publisher) as { id: number } | undefined)?.id ?? 0;
  }

  #noteTrimmed(): void {
    this.#hasTrimmed = this.#sql.anyTrimmed.get() !== undefined;
  }

  #startPolling(): void {
    const { change } = this.#sql.lastChange.get() as { change: number | null };
    this.#change = change ?? 0;
    this.#dataVersion = this.#readDataVersion();
    this.#poll = setInterval(() => this.#look(), POLL_MS);
  }

  /** Looks whether another process appended, and what. */
  #look(): void {
    try {
      const version = this.#readDataVersion();
      if (version === this.#dataVersion) return;
      this.#dataVersion = version;
      const grown = this.#sql.grownSince.all(this.#change) as unknown as (RoomRow & {
        name: string;
        change: number;
      })[];
      if (grown.length === 0) return;
      this.#change = Math.max(...grown.map(({ change }) => change));
      // Trimming is another process's as often as ours.
      this.#noteTrimmed();
      this.#tell(new Map(grown.map(({ name, head }) => [name, head])));
    } catch {
      // Looked for again in a moment; whoever reads or writes meets the trouble itself.
    }
  }

  #readDataVersion(): number {
    return (this.#sql.dataVersion.get() as { data_version: number }).data_version;
  }

  #tell(heads: ReadonlyMap<string, number>): void {
    for (const listener of [...this.#listeners]) listener(heads);
  }

  #transaction<T>(work: () => T): T {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      // SQLite has rolled back by itself when the disk is full.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  async #run<T>(doing: string, work: () => T): Promise<T> {
    await Promise.resolve();
    if (this.#isClosed) throw new MessageLogError("closed", "Cannot use the log: it is closed");
    try {
      return work();
    } catch (error) {
      throw sqliteError(doing, this.#path, error);
    }
  }
}

interface RoomRow {
  room: number;
  head: number;
}

type Statements = Record<keyof typeof SQL, StatementSync>;

const SQL = {
  bytes: "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size",
  dataVersion: "PRAGMA data_version",
  room: "SELECT room, head FROM rooms WHERE name = ?",
  rooms: "SELECT room, head FROM rooms",
  upsertRoom: `INSERT INTO rooms (name, head, change) VALUES (?, 0, 0)
    ON CONFLICT (name) DO UPDATE SET name = name RETURNING room, head`,
  nextChange: "SELECT coalesce(max(change), 0) + 1 AS change FROM rooms",
  lastChange: "SELECT max(change) AS change FROM rooms",
  saveHead: "UPDATE rooms SET head = ?, change = ? WHERE room = ?",
  grownSince: "SELECT name, room, head, change FROM rooms WHERE change > ?",
  insert: `INSERT INTO messages (room, seq, publisher, id, content, at, name)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
  seqOf: "SELECT seq FROM messages WHERE publisher = ? AND id = ?",
  lastId: "SELECT max(id) AS last FROM messages WHERE publisher = ?",
  read: `SELECT seq, publisher, id, content, at, name FROM messages
    WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?`,
  first: "SELECT min(seq) AS first FROM messages WHERE room = ?",
  firstSince: "SELECT seq FROM messages WHERE room = ? AND at >= ? ORDER BY seq LIMIT 1",
  noteTrimmed: `INSERT INTO trimmed
    SELECT publisher, max(id) FROM messages
    WHERE room = ? AND seq <= ? AND id IS NOT NULL GROUP BY publisher
    ON CONFLICT (publisher) DO UPDATE SET id = max(id, excluded.id)`,
  trim: "DELETE FROM messages WHERE room = ? AND seq <= ?",
  trimmedId: "SELECT id FROM trimmed WHERE publisher = ?",
  anyTrimmed: "SELECT 1 FROM trimmed LIMIT 1",
  probe:
    "INSERT INTO meta VALUES ('probed', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
} as const;

function prepareStatements(database: DatabaseSync): Statements {
  return Object.fromEntries(
    Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)]),
  ) as Statements;
}

function messageOf(row: Record<string, unknown>): LoggedMessage {
  const { seq, publisher, id, name, content, at } = row as unknown as LoggedMessage & {
    id: number | null;
    name: string | null;
  };
  const message: LoggedMessage = { seq, publisher, content: JSON.parse(content), at };
  if (id !== null) message.id = id;
  if (name !== null) message.name = name;
  return message;
}
