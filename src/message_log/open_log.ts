/**
 * From the text of `--log` to a log.
 *
 * @module
 */

import { MemoryLog } from "./memory_log.ts";
import type { MessageLog } from "./message_log.ts";

/** Where a log is kept. */
export type LogSpec = { kind: "memory" } | { kind: "sqlite"; path: string };

/** `memory:`, `sqlite:PATH`; `undefined` for anything else. */
export function parseLogSpec(text: string): LogSpec | undefined {
  if (text.trim() === "memory:") return { kind: "memory" };
  const path = /^sqlite:(.+)$/.exec(text.trim())?.[1];
  return path ? { kind: "sqlite", path } : undefined;
}

/** Opens a log. Rejects with a `MessageLogError`. */
export async function openLog(
  spec: LogSpec,
  { durability }: { durability: "normal" | "full" },
): Promise<MessageLog> {
  if (spec.kind === "memory") return new MemoryLog();
  // Loaded only here, so that a log in memory needs nothing of it.
  const { SqliteLog } = await import("./sqlite_log.ts");
  return await SqliteLog.open(spec.path, { durability });
}
