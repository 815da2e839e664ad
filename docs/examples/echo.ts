// An echo server of your own that leaves in order: 1012 to each client in its slot, hooks, a receipt.
import { attachSignals, ConnectionSet, Shutdown } from "@lastcall/lastcall";

const connections = new ConnectionSet();

const server = Deno.serve({ port: Number(Deno.args[0] ?? 8080) }, (request) => {
  // Before the upgrade: after it, Deno allows no other answer.
  const refusal = shutdown.refusal();
  if (refusal) return refusal;
  const { socket, response } = Deno.upgradeWebSocket(request);
  connections.track(socket);
  socket.onmessage = (event) => socket.send(event.data);
  return response;
});

const shutdown: Shutdown = new Shutdown({ server, connections }, {
  budgetMs: 25_000,
  onReceipt: (receipt) => console.log(JSON.stringify(receipt)),
});

attachSignals(shutdown);
