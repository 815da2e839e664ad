/**
 * Reads what a server sent: unknown types and fields are passed over, known ones must fit.
 *
 * @module
 */

import type {
  DoneFrame,
  DrainFrame,
  FreshStartReason,
  Limits,
  MessageItem,
  MessagesFrame,
  PeopleFrame,
  RejectedFrame,
  RejectionCode,
  ServerFrame,
  WelcomeFrame,
} from "./frame_types.ts";
import {
  type Fields,
  isDuration,
  isIntegerFrom,
  isNonEmptyString,
  isObject,
  mustBe,
  parseObject,
  type WrongFrame,
} from "./shape.ts";

type Read = (fields: Fields) => ServerFrame | undefined;

const READERS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ["welcome", readWelcome],
  ["messages", readMessages],
  ["rejected", readRejected],
  ["drain", readDrain],
  ["done", readDone],
  ["people", readPeople],
]);

/**
 * The frame in `text`; `undefined` for a type that is not known, which is to be ignored; what is wrong
 * with anything else. A known type of another shape must not be ignored: who passes over a `messages`
 * loses what was in it, and has to resume instead. Never throws.
 */
export function parseServerFrame(text: string): ServerFrame | WrongFrame | undefined {
  const fields = parseObject(text);
  if (!fields) return { wrong: "Cannot read the frame: it must be a JSON object" };
  if (typeof fields.type !== "string") {
    return { wrong: mustBe("read the frame", "type must be a string", fields.type) };
  }
  const read = READERS.get(fields.type);
  if (!read) return undefined;
  return read(fields) ?? { wrong: `Cannot read the ${fields.type}: a field has another shape` };
}

function readWelcome(fields: Fields): WelcomeFrame | undefined {
  const { session, from, epoch, seq, lastId, recovered, reason } = fields;
  const limits = readLimits(fields.limits);
  if (!isNonEmptyString(session) || !isNonEmptyString(from) || !isNonEmptyString(epoch)) return;
  if (!isIntegerFrom(0, seq) || !isIntegerFrom(0, lastId) || !limits) return;
  const common = { type: "welcome", session, from, epoch, seq, lastId, limits } as const;
  if (recovered === true) return { ...common, recovered };
  // A reason that is not known: something is missed, and the log is the same if the epoch is.
  if (recovered === false) return { ...common, recovered, reason: readReason(reason) };
  return undefined;
}

function readReason(reason: unknown): FreshStartReason {
  return reason === "new" || reason === "epoch_changed" ? reason : "trimmed";
}

function readLimits(value: unknown): Limits | undefined {
  if (!isObject(value)) return undefined;
  const { maxMessageSize, rateLimitBurst, rateLimitRefillMs } = value;
  if (!isIntegerFrom(1, maxMessageSize) || !isIntegerFrom(1, rateLimitBurst)) return undefined;
  if (!isDuration(rateLimitRefillMs)) return undefined;
  return { maxMessageSize, rateLimitBurst, rateLimitRefillMs };
}

function readMessages({ items }: Fields): MessagesFrame | undefined {
  if (!Array.isArray(items)) return undefined;
  const read: MessageItem[] = [];
  for (const value of items) {
    const item = readItem(value);
    if (!item) return undefined;
    read.push(item);
  }
  return { type: "messages", items: read };
}

function readItem(value: unknown): MessageItem | undefined {
  if (!isObject(value)) return undefined;
  const { seq, from, name, id, content, at } = value;
  if (!isIntegerFrom(1, seq) || typeof from !== "string") return undefined;
  if (typeof content !== "string" || !isDuration(at)) return undefined;
  const item: MessageItem = { seq, from, content, at };
  if (name !== undefined) {
    if (typeof name !== "string") return undefined;
    item.name = name;
  }
  if (id === undefined) return item;
  return isIntegerFrom(1, id) ? { ...item, id } : undefined;
}

const REJECTION_CODES: ReadonlySet<unknown> = new Set<RejectionCode>([
  "rate_limited",
  "unavailable",
  "draining",
  "too_large",
  "invalid",
  "expired",
]);

function readRejected({ id, code, retryAfterMs }: Fields): RejectedFrame | undefined {
  if (!isIntegerFrom(1, id) || typeof code !== "string") return undefined;
  const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (!isRetry(retry)) return undefined;
  return { type: "rejected", id, code: readCode(code, "retryAfterMs" in retry), ...retry };
}

function isRetry(retry: { retryAfterMs?: unknown }): retry is { retryAfterMs?: number } {
  return !("retryAfterMs" in retry) || isDuration(retry.retryAfterMs);
}

/** A code that is not known is read by what `retryAfterMs` says: whether to send it again. */
function readCode(code: string, mayHelp: boolean): RejectionCode {
  if (REJECTION_CODES.has(code)) return code as RejectionCode;
  return mayHelp ? "unavailable" : "invalid";
}

function readDrain({ closeInMs, reconnectAfterMs, alternates }: Fields): DrainFrame | undefined {
  if (!isDuration(closeInMs) || !isDuration(reconnectAfterMs)) return undefined;
  const drain = { type: "drain", closeInMs, reconnectAfterMs } as const;
  if (alternates === undefined) return drain;
  return isTexts(alternates) ? { ...drain, alternates } : undefined;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function readDone({ lastId }: Fields): DoneFrame | undefined {
  return isIntegerFrom(0, lastId) ? { type: "done", lastId } : undefined;
}

function readPeople({ here, names }: Fields): PeopleFrame | undefined {
  if (!isIntegerFrom(0, here) || !isTexts(names)) return undefined;
  return { type: "people", here, names };
}
