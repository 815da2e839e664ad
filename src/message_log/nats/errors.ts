/**
 * From the errors of NATS to ours.
 */

import { JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import { MessageLogError, type MessageLogTrouble } from "../message_log.ts";

/** What JetStream answers when there is no room for more: of the account, the stream, the disk. */
const FULL_CODES = new Set([10002, 10023, 10028, 10047, 10054]);
/** "The message was not stored", with the reason in its text alone. */
const NOT_STORED_CODE = 10077;

/** Whether the same request may succeed in a moment: servers come and go, leaders change. */
export function isPassing(error: unknown): boolean {
  if (error instanceof errors.PermissionViolationError) return false;
  if (error instanceof errors.InvalidArgumentError) return false;
  if (error instanceof JetStreamApiError) return !isFull(error) && error.status >= 500;
  if (error instanceof MessageLogError) return error.trouble === "unavailable";
  return true;
}

/** The error as one of ours: what could not be done, with which log, and why. */
export function natsError(doing: string, log: string, error: unknown): MessageLogError {
  if (error instanceof MessageLogError) return error;
  const { trouble, why } = reasonOf(error);
  return new MessageLogError(trouble, `Cannot ${doing} the message log ${log}: ${why}`, {
    cause: error,
  });
}

/** Why, in a few words. */
export function reasonOf(error: unknown): { trouble: MessageLogTrouble; why: string } {
  if (error instanceof MessageLogError) return { trouble: error.trouble, why: error.message };
  if (error instanceof errors.ClosedConnectionError) {
    return { trouble: "closed", why: "the connection is closed" };
  }
  if (error instanceof errors.TimeoutError) {
    return { trouble: "unavailable", why: "NATS does not answer" };
  }
  if (isNoResponders(error)) {
    return { trouble: "unavailable", why: "nobody leads the stream, or JetStream is not enabled" };
  }
  const why = error instanceof Error ? error.message : String(error);
  if (isFull(error)) return { trouble: "full", why };
  return { trouble: isPassing(error) ? "unavailable" : "failed", why };
}

function isNoResponders(error: unknown): boolean {
  if (error instanceof errors.NoRespondersError) return true;
  if (error instanceof errors.RequestError) return error.isNoResponders();
  // JetStream wraps it.
  return error instanceof Error && error.cause !== undefined && isNoResponders(error.cause);
}

function isFull(error: unknown): boolean {
  return error instanceof JetStreamApiError &&
    (FULL_CODES.has(error.code) ||
      error.code === NOT_STORED_CODE && /maximum|insufficient|no space/i.test(error.message));
}
