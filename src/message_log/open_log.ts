/**
 * From the text of `--log` to a log.
 *
 * @module
 */

import type { Log } from "../log.ts";
import { MemoryLog } from "./memory_log.ts";
import type { MessageLog } from "./message_log.ts";
import { natsAddress, type NatsConnectOptions, type NatsSpec, readNatsSpec } from "./nats/spec.ts";

/** Where a log is kept. */
export type LogSpec = { kind: "memory" } | { kind: "sqlite"; path: string } | NatsSpec;

/** What a log is opened with. Each back end takes what concerns it. */
export interface LogOptions extends NatsConnectOptions {
  /** What a message in SQLite survives once it is accepted: `full` also a power cut. */
  durability: "normal" | "full";
  /** How long a stream of NATS keeps messages, in ms. Default: 24 h. */
  retainAgeMs?: number;
  /** The largest message, in bytes of its content. Default: 512. */
  maxMessageSize?: number;
  /** How many servers of NATS have each message before it is accepted. Default: 1. */
  natsReplicas?: 1 | 3;
  /** Where a log that others keep tells of them. Default: nowhere. */
  log?: Log | undefined;
}

/** `memory:`, `sqlite:PATH`, `nats://HOST:PORT,…/STREAM`; `undefined` for anything else. */
export function parseLogSpec(text: string): LogSpec | undefined {
  if (text.trim() === "memory:") return { kind: "memory" };
  const path = /^sqlite:(.+)$/.exec(text.trim())?.[1];
  if (path) return { kind: "sqlite", path };
  const nats = readNatsSpec(text);
  return typeof nats === "string" ? undefined : nats;
}

/** Opens a log. Rejects with a `MessageLogError`. */
export async function openLog(spec: LogSpec, options: LogOptions): Promise<MessageLog> {
  // Each is loaded only where it is asked for: a log in memory needs nothing of the others.
  switch (spec.kind) {
    case "memory":
      return new MemoryLog();
    case "sqlite": {
      const { SqliteLog } = await import("./sqlite_log.ts");
      return await SqliteLog.open(spec.path, { durability: options.durability });
    }
    case "nats":
      return await openNatsLog(spec, options);
  }
}

async function openNatsLog(spec: NatsSpec, options: LogOptions): Promise<MessageLog> {
  const { connectNats } = await import("./nats/connect.ts");
  const { NatsLog } = await import("./nats_log.ts");
  return await NatsLog.open(await connectNats(spec, options), {
    stream: spec.stream,
    replicas: options.natsReplicas ?? 1,
    maxAgeMs: options.retainAgeMs ?? 24 * 3_600_000,
    maxMessageBytes: options.maxMessageSize ?? 512,
    hasOthers: spec.servers.length > 1,
    name: natsAddress(spec),
    ...options.log ? { log: options.log } : {},
  });
}
