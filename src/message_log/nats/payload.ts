/**
 * Whether every message that the server accepts fits into a message of NATS.
 */

import type { NatsConnection } from "@nats-io/transport-node";
import { MessageLogError } from "../message_log.ts";

/** A message may grow to six times its size by what JSON escapes. */
const GROWTH_BY_JSON = 6;
const ENVELOPE_BYTES = 1_024;

/** Throws when messages of so many bytes might not fit. */
export function checkPayload({ info }: NatsConnection, maxMessageBytes: number): void {
  const needed = maxMessageBytes * GROWTH_BY_JSON + ENVELOPE_BYTES;
  const allowed = info?.max_payload ?? Infinity;
  if (needed <= allowed) return;
  throw new MessageLogError(
    "mismatch",
    `Cannot use the NATS server: its max_payload must be at least ${needed} for messages of ` +
      `${maxMessageBytes} bytes, got ${allowed}`,
  );
}
