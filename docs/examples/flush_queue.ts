// A hook that writes out what is still queued when the clients are gone, within its share of the time.
import { attachSignals, ConnectionSet, Shutdown } from "@lastcall/lastcall";

const FLUSH_MS = 2_000;
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

const shutdown: Shutdown = new Shutdown({ server, connections }, {
  onReceipt: (receipt) => console.log(JSON.stringify(receipt)),
});

shutdown.addHook("close the store", () => console.log("store closed"));
// Registered later, so it runs first: the store is still open.
shutdown.addHook("flush the queue", async (signal) => {
  // Stops a little before its time is over: what it does after that is not waited for.
  const enough = AbortSignal.any([signal, AbortSignal.timeout(FLUSH_MS - 200)]);
  while (queue.length > 0 && !enough.aborted) await save(queue.shift()!);
  // The receipt has the reason, and the exit code is 1.
  if (queue.length > 0) throw new Error(`${queue.length} items are not saved`);
}, { budgetMs: FLUSH_MS });

attachSignals(shutdown);

async function save(item: string): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 5));
  console.log(`saved ${item}`);
}
