/**
 * A broadcast server as one would write it on Bun: every text goes to every client, by publish and
 * subscribe. It prints its URL.
 */

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request, server) =>
    server.upgrade(request) ? undefined : new Response("a WebSocket is wanted\n", { status: 426 }),
  websocket: {
    perMessageDeflate: false,
    open: (client) => client.subscribe("room"),
    message: (_, text) => server.publish("room", text),
  },
});
await Bun.write(Bun.stdout, `ws://127.0.0.1:${server.port}/\n`);
