/**
 * A server that shakes hands properly and then does what a test wants, down to single bytes. It stands
 * on `node:net`, whose sockets can be reset.
 */

import { createHash } from "node:crypto";
import { once } from "node:events";
import net from "node:net";

const ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** What to do with a connection: `opened` after the handshake, `heard` at each chunk after that. */
export interface Behaviour {
  opened?: (socket: net.Socket) => void;
  heard?: (socket: net.Socket, bytes: Uint8Array) => void;
  /** Said instead of shaking hands. */
  response?: string;
}

/** A listening server; its clients are cut when it is disposed. */
export interface RawServer extends AsyncDisposable {
  url: string;
}

/** Listens on a free port. */
export async function serveRaw({ opened, heard, response }: Behaviour): Promise<RawServer> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", (head) => {
      if (response) return void socket.end(response);
      socket.write(accept(String(head)));
      socket.on("data", (bytes) => heard?.(socket, bytes as Uint8Array));
      opened?.(socket);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `ws://127.0.0.1:${(server.address() as net.AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function accept(head: string): string {
  const key = /^sec-websocket-key: *(\S+)/im.exec(head)?.[1];
  const proof = createHash("sha1").update(`${key}${ACCEPT_GUID}`).digest("base64");
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    `Sec-WebSocket-Accept: ${proof}\r\n\r\n`;
}
