/**
 * A chat on uWebSockets.js and Node, by publish and subscribe. Without an argument it handles no signal.
 * `close`: SIGTERM calls `app.close()`, which closes everything at once. `ends`: SIGTERM stops listening and
 * ends every connection with a Close frame.
 *
 * uWebSockets.js is not on npm; `uwebsockets` is somebody else's copy of it, binaries included.
 */

const process = require("node:process");
const uws = require("uwebsockets");

const clients = new Set();
let listening;

const app = uws.App().ws("/*", {
  open(client) {
    clients.add(client);
    client.subscribe("chat");
  },
  message: (client, text, isBinary) => client.publish("chat", text, isBinary),
  close: (client) => clients.delete(client),
});
app.listen("127.0.0.1", Number(process.env.PORT), (socket) => listening = socket);

if (process.argv[2] === "close") process.on("SIGTERM", () => app.close());
if (process.argv[2] === "ends") {
  process.on("SIGTERM", () => {
    uws.us_listen_socket_close(listening);
    for (const client of clients) client.end(1001, "going away");
  });
}
