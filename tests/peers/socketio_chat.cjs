/**
 * A chat on Socket.IO and Node, WebSocket only. Without an argument it handles no signal; `closes`: SIGTERM
 * calls `io.close()`, which its documentation has for this.
 *
 * Socket.IO has a protocol of its own on top of WebSocket. Its server is used as it is; what a client of
 * Socket.IO would add to a plain text is added at its door, in {@linkcode PlainSocket}. Frames to clients
 * leave as Socket.IO makes them.
 */

const process = require("node:process");
const { Server } = require("socket.io");
const { WebSocket, WebSocketServer } = require("ws");

/** Hears `{"content": …}` and passes it on as what `socket.send({ content: … })` would have sent. */
class PlainSocket extends WebSocket {
  #greeted = false;

  on(event, listener) {
    super.on(event, listener);
    if (event === "message" && !this.#greeted) {
      this.#greeted = true;
      // A client first asks for the main namespace. Deferred: the server is still setting up.
      setImmediate(() => super.emit("message", "40", false));
    }
    return this;
  }

  emit(event, ...args) {
    if (event !== "message") return super.emit(event, ...args);
    return super.emit("message", `42["message",${args[0]}]`, false);
  }

  send(data, ...rest) {
    super.send(data, ...rest);
    // Its heartbeat, which a client must answer.
    if (data === "2") setImmediate(() => super.emit("message", "3", false));
  }
}

class PlainSocketServer extends WebSocketServer {
  constructor(options) {
    super({ ...options, WebSocket: PlainSocket });
  }
}

const io = new Server({ transports: ["websocket"], wsEngine: PlainSocketServer });
io.on("connection", (socket) => {
  socket.on("message", (message) => socket.broadcast.emit("message", message));
});
io.listen(Number(process.env.PORT));

if (process.argv[2] === "closes") {
  process.on("SIGTERM", () => io.close(() => process.exit(0)));
}
