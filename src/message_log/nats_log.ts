/**
 * The place of the log in NATS.
 *
 * @module
 */

import type { NatsConnection } from "@nats-io/transport-node";
import { type MessageLog, MessageLogError } from "./message_log.ts";

/** A log in a stream of JetStream. */
export class NatsLog {
  /** Opens it. Rejects with a {@linkcode MessageLogError}. */
  static open(
    _connection: NatsConnection,
    _options: { stream: string; replicas: 1 | 3; maxAgeMs: number; maxMessageBytes: number },
  ): Promise<MessageLog> {
    return Promise.reject(
      new MessageLogError("cannot_open", "There is no message log in NATS yet"),
    );
  }
}
