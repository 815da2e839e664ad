/**
 * A broadcast server as one would write it with `ws` on Node: every text goes to every client.
 * Its argument is the file of the `ws` package; it prints its URL.
 */

import process from "node:process";

const { WebSocketServer } = await import(process.argv[2]);
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });

server.on("connection", (client) => {
  client.on("error", () => {});
  client.on("message", (data) => {
    for (const other of server.clients) other.send(data, { binary: false });
  });
});
server.on("listening", () => {
  process.stdout.write(`ws://127.0.0.1:${server.address().port}/\n`);
});
