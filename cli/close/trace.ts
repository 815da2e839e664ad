/**
 * What one connection and its end looked like, as plain data. Times are milliseconds since the start.
 *
 * @module
 */

/** How the handshake went. */
export type Handshake =
  | { how: "open"; atMs: number; headers: Record<string, string>; subprotocol: string }
  | { how: "refused"; atMs: number; status: number; headers: Record<string, string>; body: string }
  | { how: "failed"; atMs: number; error: string };

/** Everything that was seen of one connection. */
export interface Trace {
  url: string;
  origin: string;
  timeoutMs: number;
  handshake: Handshake;
  /** Our Close frame, when we closed first. */
  sent?: { atMs: number; code: number; reason: string };
  /** The server's Close frame; code 1005: it carried none. */
  received?: { atMs: number; code: number; reason: string };
  /** The server broke the protocol. */
  broken?: { atMs: number; error: string };
  /** Messages that came before the server's Close. */
  messages: number;
  /** Bytes that came after the server's Close. */
  bytesAfterClose: number;
  /** How the server ended TCP; absent: not within the timeout. */
  tcp?: { atMs: number; how: "fin" | "reset" };
}
