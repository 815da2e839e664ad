// A hook that writes out what is still queued when the clients are gone.
import { attachSignals, ConnectionSet, Shutdown } from "@lastcall/lastcall";

const queue: string[] = [];
const connections = new ConnectionSet();

const server = Deno.serve({ port: Number(Deno.args[0] ?? 8080) }, (request) => {
  const refusal = shutdown.refusal();
  if (refusal) return refusal;
  const { socket, response } = Deno.upgradeWebSocket(request);
  connections.track(socket);
  socket.onmessage = (event) => queue.push(event.data);
  return response;
});

const shutdown: Shutdown = new Shutdown({ server, connections });

shutdown.addHook("close the store", () => console.log("store closed"));
// Registered later, so it runs first: the store is still open.
shutdown.addHook("flush the queue", async (signal) => {
  while (queue.length > 0 && !signal.aborted) await save(queue.shift()!);
}, { budgetMs: 2_000 });

attachSignals(shutdown);

async function save(item: string): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 5));
  console.log(`saved ${item}`);
}
