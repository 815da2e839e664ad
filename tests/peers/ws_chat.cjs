/**
 * A chat on `ws` and Node, after the broadcast example in its README. Without an argument it handles no
 * signal, as in that example. `closes`: SIGTERM does what is commonly recommended, no new connections
 * and a Close frame to everybody.
 */

const process = require("node:process");
const { WebSocket, WebSocketServer } = require("ws");

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.env.PORT) });

server.on("connection", (client) => {
  client.on("error", () => {});
  client.on("message", (data, isBinary) => {
    for (const other of server.clients) {
      if (other === client || other.readyState !== WebSocket.OPEN) continue;
      other.send(data, { binary: isBinary });
    }
  });
});

if (process.argv[2] === "closes") {
  process.on("SIGTERM", () => {
    server.close(() => process.exit(0));
    for (const client of server.clients) client.close(1001, "going away");
  });
}
