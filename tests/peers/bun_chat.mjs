/**
 * A chat on Bun, by publish and subscribe. Without an argument it handles no signal. `stop`: SIGTERM calls
 * `server.stop()`, which waits for whoever is connected. `stop-now`: `server.stop(true)`, which does not.
 */

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(Bun.env.PORT),
  fetch: (request, server) =>
    server.upgrade(request) ? undefined : new Response("a WebSocket is wanted\n", { status: 426 }),
  websocket: {
    open: (client) => client.subscribe("chat"),
    message: (client, text) => client.publish("chat", text),
  },
});

const mode = Bun.argv[2];
if (mode) {
  process.on("SIGTERM", async () => {
    await server.stop(mode === "stop-now");
    process.exit(0);
  });
}
