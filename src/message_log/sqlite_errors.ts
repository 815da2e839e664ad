/**
 * From SQLite's errors to ours. Deno passes only their text on, so the text is read, here and nowhere
 * else.
 */

import { MessageLogError, type MessageLogTrouble } from "./message_log.ts";

const TROUBLES: readonly [RegExp, MessageLogTrouble, string][] = [
  [/database or disk is full/, "full", "the disk is full"],
  [/database is locked|database table is locked/, "locked", "another program holds it locked"],
  [/readonly database|read-?only/i, "read_only", "it is read-only"],
  [/not a database|malformed|corrupt/, "corrupt", "it is not an intact SQLite database"],
  [
    /unable to open|Not a directory|NotCapable|Requires (read|write) access|denied/i,
    "cannot_open",
    "it cannot be opened",
  ],
];

/** The error as one of ours: what could not be done, with which file, and why. */
export function sqliteError(doing: string, path: string, error: unknown): MessageLogError {
  if (error instanceof MessageLogError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const found = TROUBLES.find(([pattern]) => pattern.test(text));
  const other = doing === "open" ? "cannot_open" : "failed";
  const [, trouble, why] = found ?? [undefined, other, text] as const;
  return new MessageLogError(trouble, `Cannot ${doing} the message log ${path}: ${why || text}`, {
    cause: error,
  });
}
