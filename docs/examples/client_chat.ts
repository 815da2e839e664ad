// A chat in a terminal: every line typed is said, what is said is shown, restarts are survived.
import { ChatClient } from "@lastcall/lastcall/client";

const chat = new ChatClient(Deno.args[0] ?? "ws://localhost:8080/ws", {
  room: "lobby",
  history: 20,
  // The server wants to know where a client comes from; a browser says so by itself.
  createSocket: (url, protocols) =>
    new WebSocket(url, { protocols, headers: { origin: "http://localhost:8080" } }),
});

chat.on(
  "message",
  ({ from, isMine, content }) => console.log(`${isMine ? "I" : from}: ${content}`),
);
chat.on("state", ({ name }) => console.log(`(${name})`));
chat.on("gap", ({ reason }) => console.log(`(something was missed: ${reason})`));
chat.on("failed", ({ message, content }) => console.log(`(${message}: ${content})`));

for await (const typed of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  for (const line of typed.split("\n")) if (line !== "") chat.publish(line);
}
await chat.close();
