/**
 * A chat on nothing but Deno. Without an argument it handles no signal. `shutdown`: SIGTERM awaits
 * `server.shutdown()`, as one does for HTTP. `closes`: it closes every socket first.
 */

const clients = new Set<WebSocket>();

const server = Deno.serve(
  { hostname: "127.0.0.1", port: Number(Deno.env.get("PORT")), onListen() {} },
  (request) => {
    if (request.headers.get("upgrade") !== "websocket") return new Response(null, { status: 426 });
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => clients.add(socket);
    socket.onclose = () => clients.delete(socket);
    socket.onmessage = ({ data }) => {
      for (const other of clients) {
        if (other !== socket && other.readyState === WebSocket.OPEN) other.send(data);
      }
    };
    return response;
  },
);

const [mode] = Deno.args;
if (mode) {
  Deno.addSignalListener("SIGTERM", async () => {
    if (mode === "closes") { for (const socket of clients) socket.close(1001, "going away"); }
    await server.shutdown();
    Deno.exit(0);
  });
}
