/**
 * How a log in NATS is used.
 *
 * @module
 */

import type { Clock } from "../../clock.ts";
import type { Log } from "../../log.ts";

/** How a stream is used. */
export interface NatsLogOptions {
  /** The name of the stream. */
  stream: string;
  /** On how many servers each message is kept: 1 or 3. Default 1. */
  replicas?: number;
  /** How long NATS keeps messages at most, in ms; see `trim()`. Default a day. */
  maxAgeMs?: number;
  /** The largest body that NATS must take, in bytes. */
  maxMessageBytes?: number;
  /** How long a message may wait for NATS before it is told to be unknown. Default 10 s. */
  waitMs?: number;
  /** There are other servers than the one that we are connected to. */
  hasOthers?: boolean;
  /** How errors call the log. Default: by the server that it is connected to. */
  name?: string;
  /** Where it is told that the connection was lost, and is back. Default: nowhere. */
  log?: Log;
  /** Time. */
  clock?: Clock;
}
