/**
 * What this project's server tells about itself on stdout: JSON lines, of which two matter here.
 *
 * @module
 */

import type { Receipt } from "./run.ts";

/** A line that we were waiting for. */
export type ServerEvent =
  | { event: "listening"; url: string }
  | { event: "receipt"; receipt: Receipt };

/** Reads a log line; `undefined` when it is none, or none that matters. */
export function readServerLine(line: string): ServerEvent | undefined {
  const properties = parseRecord(line)?.properties;
  if (properties?.event === "listening" && typeof properties.url === "string") {
    return { event: "listening", url: properties.url };
  }
  if (properties?.event === "receipt" && isReceipt(properties.receipt)) {
    return { event: "receipt", receipt: properties.receipt };
  }
  return undefined;
}

/** A log line as a person would want it; other lines as they are. */
export function readableLine(line: string): string {
  const { level, message } = parseRecord(line) ?? {};
  return typeof level === "string" ? `${level.padEnd(5)} ${message}` : line;
}

interface LogRecord {
  level?: unknown;
  message?: unknown;
  properties?: Record<string, unknown>;
}

function parseRecord(line: string): LogRecord | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isReceipt(value: unknown): value is Receipt {
  const { clients, exitCode, durationMs } = (value ?? {}) as Partial<Receipt>;
  const counts = [exitCode, durationMs, clients?.total, clients?.closed];
  return counts.every((count) => typeof count === "number") &&
    typeof clients?.byCode === "object";
}
