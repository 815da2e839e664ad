/**
 * A `WebSocket` of `npm:ws` that notices the moment at which the peer's Close frame arrives, and what
 * comes after it. The library's `close` event comes only when TCP has ended, and it drops the rest.
 *
 * @module
 */

import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
// @ts-types="npm:@types/ws@8.18.1"
import WebSocket from "ws";

/** How `ws` is told to close; its types do not know this option yet. */
export type ObservedOptions = WebSocket.ClientOptions & {
  /** The subprotocols to ask for. Default: none. */
  protocols?: string[];
  /** How long it waits for the peer to end TCP after the Close frames, in milliseconds. */
  closeTimeout?: number;
};

/** A client connection that sees more. */
export class ObservedSocket extends WebSocket {
  /** Called when the peer's Close frame has arrived. */
  onCloseFrame = (): void => {};
  /** What the peer's Close frame says, once a legal one has arrived; 1005: it carried no code. */
  closeFrame: { code: number; reason: string } | undefined;
  /** Bytes that came after it. */
  bytesAfterClose = 0;
  /** The TCP connection, once there was an HTTP response. */
  tcp: Socket | undefined;

  constructor(url: string, { protocols = [], ...options }: ObservedOptions) {
    super(url, protocols, options);
    this.once("upgrade", (response: IncomingMessage) => this.tcp = response.socket);
    // A frame that breaks the protocol also makes the library call `close()`; then it says `error`.
    this.once("error", () => this.closeFrame = undefined);
  }

  /** Sends a Close frame of our own. */
  sendClose(code = 1000, reason = ""): void {
    super.close(code, reason);
  }

  /** Called by the library only: this is how it answers a Close frame. */
  override close(code = 1005, reason: string | Uint8Array = ""): void {
    this.closeFrame = { code, reason: String(reason) };
    this.bytesAfterClose = unreadBytes(this);
    this.tcp?.on("data", (chunk: Uint8Array) => this.bytesAfterClose += chunk.length);
    this.onCloseFrame();
    if (code === 1005) super.close();
    else super.close(code, reason as string);
  }
}

/** What came in the same chunk as the Close frame, after it. */
function unreadBytes(socket: WebSocket): number {
  const { _receiver } = socket as unknown as { _receiver?: { _bufferedBytes?: number } };
  return _receiver?._bufferedBytes ?? 0;
}
