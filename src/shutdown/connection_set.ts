/**
 * All connections of a server, from the handshake until they are gone.
 *
 * @module
 */

import { type Clock, systemClock } from "../clock.ts";
import { Connection, type ConnectionState, type TrackOptions } from "./connection.ts";

/** Tracks the WebSockets of a server, so that a shutdown can make them leave. */
export class ConnectionSet implements Iterable<Connection> {
  readonly #connections = new Set<Connection>();
  readonly #clock: Clock;

  /** `clock` is for tests. */
  constructor({ clock = systemClock }: { clock?: Clock } = {}) {
    this.#clock = clock;
  }

  /** Tracks a socket that comes fresh from `Deno.upgradeWebSocket()`; it counts from now on. */
  track(socket: WebSocket, options: TrackOptions = {}): Connection {
    const connection = new Connection(socket, { ...options, clock: this.#clock });
    this.#connections.add(connection);
    connection.ended.then(() => this.#connections.delete(connection));
    return connection;
  }

  /** How many there are in any state, those stuck in `closing` included. */
  get size(): number {
    return this.#connections.size;
  }

  /** How many there are by state. */
  countByState(): Record<Exclude<ConnectionState, "closed">, number> {
    const counts = { joining: 0, open: 0, leaving: 0, closing: 0 };
    for (const { state } of this) if (state !== "closed") counts[state] += 1;
    return counts;
  }

  /** Goes through the connections in the order in which they came. */
  [Symbol.iterator](): IterableIterator<Connection> {
    return this.#connections.values();
  }
}
