/**
 * Looks at the frames of a socket on their way, for those who try the protocol out.
 */

import type { SocketLike } from "../client/mod.ts";
import type { CreateSocket } from "./line.ts";

/** Something that was seen. */
export interface Seen {
  what: "open" | "sent" | "came" | "closed";
  text: string;
}

/** Sockets as `create` makes them, with everything on them told to `note`. */
export function tapped(create: CreateSocket, note: (seen: Seen) => void): CreateSocket {
  return (url, protocols) => {
    const socket = create(url, protocols);
    socket.addEventListener("open", () => note({ what: "open", text: opened(url, socket) }));
    socket.addEventListener("message", ({ data }) => note({ what: "came", text: shown(data) }));
    socket.addEventListener("close", ({ code = 1006, reason = "" }) => {
      note({ what: "closed", text: reason === "" ? `code ${code}` : `code ${code}, ${reason}` });
    });
    const send = socket.send.bind(socket);
    socket.send = (data: string) => {
      note({ what: "sent", text: shown(data) });
      send(data);
    };
    return socket;
  };
}

function opened(url: string, { protocol }: SocketLike): string {
  return `${url}, ${protocol === "" ? "no subprotocol" : protocol}`;
}

/** A session is a secret: whoever looks over the shoulder must not get it. */
function shown(data: unknown): string {
  return String(data).replaceAll(/("session":)"[^"]*"/g, '$1"…"');
}
