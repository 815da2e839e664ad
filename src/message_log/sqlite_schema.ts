/**
 * The tables of the log, and their version.
 *
 * - `rooms`: a room's highest seq, kept apart from its messages so that a seq is never given twice, and
 *   the `change` at which it grew last: a reader asks for the rooms that grew since the change it knows.
 * - `messages`: the log itself, in the order in which it is read. (publisher, id) is unique; messages
 *   without an id have NULL there, which never equals another NULL.
 *   The content is kept as JSON: a bare text would end at its first NUL and lose lone surrogates.
 * - `trimmed`: for publishers some of whose messages are no longer kept, the highest such id.
 */

import type { DatabaseSync } from "node:sqlite";
import { MessageLogError } from "./message_log.ts";

const VERSION = 2;

const TABLES = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE rooms (
    room INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    head INTEGER NOT NULL,
    change INTEGER NOT NULL
  );
  CREATE INDEX rooms_by_change ON rooms (change);
  CREATE TABLE messages (
    room INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    publisher TEXT NOT NULL,
    id INTEGER,
    content TEXT NOT NULL,
    at INTEGER NOT NULL,
    name TEXT,
    PRIMARY KEY (room, seq)
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX messages_by_id ON messages (publisher, id);
  CREATE TABLE trimmed (publisher TEXT PRIMARY KEY, id INTEGER NOT NULL) WITHOUT ROWID;
`;

/** From a version to the next. */
const UPGRADES: Readonly<Record<number, string>> = {
  1: "ALTER TABLE messages ADD COLUMN name TEXT",
};

/** Makes the tables where there are none, brings older ones up to date, and checks their version where there are. Returns the epoch. */
export function prepareSchema(database: DatabaseSync, path: string): string {
  database.exec("BEGIN IMMEDIATE");
  try {
    const { user_version: version } = database.prepare("PRAGMA user_version").get() as {
      user_version: number;
    };
    if (version > VERSION) throw newerSchema(path, version);
    if (version === 0) createTables(database);
    else upgradeTables(database, version);
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
  const row = database.prepare("SELECT value FROM meta WHERE name = 'epoch'").get();
  return String(row?.value);
}

function createTables(database: DatabaseSync): void {
  database.exec(TABLES);
  database.prepare("INSERT INTO meta VALUES ('epoch', ?)").run(crypto.randomUUID());
  database.exec(`PRAGMA user_version = ${VERSION}`);
}

function upgradeTables(database: DatabaseSync, version: number): void {
  for (let from = version; from < VERSION; from++) database.exec(UPGRADES[from]!);
  if (version < VERSION) database.exec(`PRAGMA user_version = ${VERSION}`);
}

function newerSchema(path: string, version: number): MessageLogError {
  return new MessageLogError(
    "newer_schema",
    `Cannot open the message log ${path}: its schema must be at most version ${VERSION}, got ` +
      `${version}; it was made by a newer Last Call`,
  );
}
