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
  const toLine = isText ? textLine() : jsonLine();
  configureSync({
    reset: true,
    sinks: { out: redactSecrets((record) => write(toLine(record))) },
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

function textLine(): (record: LogRecord) => string {
  const options = {
    timestamp: "time",
    level: "ABBR",
    format: ({ timestamp, level, message }: FormattedValues) => `${timestamp} ${level} ${message}`,
  } as const;
  const isColored = Deno.stdout.isTerminal() && !Deno.noColor;
  const format = isColored ? getAnsiColorFormatter(options) : getTextFormatter(options);
  return (record) => {
    const message = plainMessage(record).replace(/[\p{Cc}\u2028\u2029]/gu, escaped);
    return format({ ...record, message: [message] }).trimEnd();
  };
}

function jsonLine(): (record: LogRecord) => string {
  const format = getJsonLinesFormatter();
  return (record) =>
    // JSON escapes the older control characters by itself.
    format({ ...record, message: [plainMessage(record)] }).trimEnd()
      .replace(/[\u007f-\u009f\u2028\u2029]/g, escaped);
}

/** The message as one piece of text: LogTape would put values in quotes. */
function plainMessage({ message }: LogRecord): string {
  return message.map((part) => {
    if (typeof part === "string") return part;
    return part instanceof Error ? `${part.name}: ${part.message}` : JSON.stringify(part);
  }).join("");
}

/** A peer's text cannot forge a line or steer a terminal: control characters are shown, not obeyed. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function printLine(line: string): void {
  // deno-lint-ignore no-console -- this is where the log leaves the program
  console.log(line);
}
