/**
 * The part of a WebSocket that is used, so that any will do.
 *
 * @module
 */

/** An event of a {@linkcode SocketLike}; each field is there with the events that have it. */
export interface SocketEventLike {
  /** With `message`. */
  readonly data?: unknown;
  /** With `close`. */
  readonly code?: number;
  /** With `close`. */
  readonly reason?: string;
  /** With `error`, in some runtimes. */
  readonly message?: string;
  /** What happened. */
  readonly type: string;
}

/** A WebSocket: that of a browser, of Deno, of Node, or of `npm:ws`. */
export interface SocketLike {
  /** The subprotocol, once it is open. */
  readonly protocol: string;
  /** Sends a text frame. */
  send(text: string): void;
  /** Starts the closing handshake, or gives up on connecting. */
  close(code?: number, reason?: string): void;
  /** Listens to `open`, `message`, `close` and `error`. */
  addEventListener(type: SocketEventName, listener: (event: SocketEventLike) => void): void;
  /** Listens no more. */
  removeEventListener(type: SocketEventName, listener: (event: SocketEventLike) => void): void;
}

/** The events that are listened to. */
export type SocketEventName = "open" | "message" | "close" | "error";

/** A socket of the runtime. */
export function openWebSocket(url: string, protocols: string[]): SocketLike {
  const socket = new WebSocket(url, protocols);
  // A blob could not be read at once.
  socket.binaryType = "arraybuffer";
  return socket;
}
