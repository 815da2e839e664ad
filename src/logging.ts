/**
 * Sets LogTape up for a program: text on a terminal, JSON lines elsewhere, and no secrets in either.
 *
 * @module
 */

import {
  configureSync,
  type FormattedValues,
  getAnsiColorFormatter,
  getJsonLinesFormatter,
  getLogger,
  getTextFormatter,
  type LogRecord,
  type Sink,
  type TextFormatter,
} from "@logtape/logtape";
import { redactByField } from "@logtape/redaction";
import type { Log, LogLevel } from "./log.ts";

/** How a program logs. */
export interface LoggingOptions {
  /** `auto`: text on a terminal, JSON lines elsewhere. */
  format: "auto" | "text" | "json";
  /** The least that is logged. */
  level: LogLevel;
  /** Where the lines go. Default standard output, at once, so that none is lost at an exit. */
  write?: (line: string) => void;
}

/** Fields that are never written, whoever logs them. */
const SECRETS = [
  /pass(word|phrase|code)/i,
  /secret/i,
  /token/i,
  /credential/i,
  /^authorization$/i,
  /cookie/i,
  /^session$/i,
];

const TAPE_LEVELS = { debug: "debug", info: "info", warn: "warning", error: "error" } as const;

/** Sets logging up and returns the program's log. */
export function setUpLogging({ format, level, write = printLine }: LoggingOptions): Log {
  const isText = format === "text" || (format === "auto" && Deno.stdout.isTerminal());
  const formatter = isText ? textFormatter() : getJsonLinesFormatter();
  configureSync({
    reset: true,
    sinks: { out: redactSecrets((record) => write(formatter(rendered(record)).trimEnd())) },
    loggers: [
      { category: "lastcall", lowestLevel: TAPE_LEVELS[level], sinks: ["out"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["out"] },
    ],
  });
  return getLogger("lastcall");
}

/** Wraps a sink so that secrets do not reach it. */
export function redactSecrets(sink: Sink): Sink {
  return redactByField(sink, { fieldPatterns: SECRETS, action: () => "[redacted]" });
}

function textFormatter(): TextFormatter {
  const options = {
    timestamp: "time",
    level: "ABBR",
    format: ({ timestamp, level, message }: FormattedValues) => `${timestamp} ${level} ${message}`,
  } as const;
  const isColored = Deno.stdout.isTerminal() && !Deno.noColor;
  return isColored ? getAnsiColorFormatter(options) : getTextFormatter(options);
}

/** The same record with its message as one piece of text: LogTape would put values in quotes. */
function rendered(record: LogRecord): LogRecord {
  const text = record.message.map((part) => typeof part === "string" ? part : JSON.stringify(part));
  return { ...record, message: [oneLine(text.join(""))] };
}

/** A peer's text cannot forge a log line: control characters are shown, not obeyed. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function printLine(line: string): void {
  // deno-lint-ignore no-console -- this is where the log leaves the program
  console.log(line);
}
