/**
 * A foreign WebSocket server, as somebody else would write it with `npm:ws`: port from `PORT`,
 * behaviours as arguments.
 *
 * ```text
 * broadcast            text goes to all others, instead of back to its sender
 * dies (default)       SIGTERM ends the process, as in every program that does not care
 * closes[=CODE]        SIGTERM: close every client with CODE (1001), then exit 0
 * talks                as `closes`, but sends another frame right after each Close
 * ignores              SIGTERM: nothing happens
 * refuses              every second client gets a 503
 * crashes              exits with 7 when the first message arrives
 * ```
 */

import process from "node:process";
// @ts-types="npm:@types/ws@8.18.1"
import { type WebSocket, WebSocketServer } from "ws";

const behaviours = new Map(Deno.args.map((word) => {
  const [name, value = "1001"] = word.split("=");
  return [name!, value];
}));
const says = (word: string) => behaviours.has(word);
let asked = 0;

const server = new WebSocketServer({
  port: Number(process.env.PORT),
  host: "127.0.0.1",
  verifyClient: (_, answer) => says("refuses") && asked++ % 2 ? answer(false, 503) : answer(true),
});

server.on("listening", () => Deno.stdout.writeSync(new TextEncoder().encode("listening\n")));
server.on("connection", (client) => {
  client.on("message", (data, isBinary) => {
    if (says("crashes")) Deno.exit(7);
    const receivers = says("broadcast")
      ? [...server.clients].filter((c) => c !== client)
      : [client];
    for (const receiver of receivers) receiver.send(data, { binary: isBinary });
  });
  client.on("error", () => {});
});

if (says("ignores")) Deno.addSignalListener("SIGTERM", () => {});
if (says("closes") || says("talks")) Deno.addSignalListener("SIGTERM", closeAll);

function closeAll(): void {
  for (const client of server.clients) {
    client.close(Number(behaviours.get("closes") ?? behaviours.get("talks")), "bye");
    if (says("talks")) writeRaw(client, [0x81, 0x02, 0x68, 0x69]);
  }
  server.close(() => Deno.exit(0));
}

/** Past the library, which knows better than to send after Close. */
function writeRaw(client: WebSocket, bytes: number[]): void {
  (client as unknown as { _socket: { write(bytes: Uint8Array): void } })._socket
    .write(Uint8Array.from(bytes));
}
