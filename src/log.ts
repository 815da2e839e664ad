/**
 * What the server needs of a logger. A LogTape `Logger` fits; so does a list in a test.
 *
 * @module
 */

/** How much a record matters. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Writes one record: a message with `{placeholders}`, and the fields that fill them. */
export type LogRecordWriter = (message: string, fields?: Record<string, unknown>) => void;

/** One writer a level. */
export type Log = Readonly<Record<LogLevel, LogRecordWriter>>;

const ignore: LogRecordWriter = () => {};

/** A log that goes nowhere: the default of the modules that a foreign application embeds. */
export const silentLog: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
