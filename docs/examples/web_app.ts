// An application of your own, with pages, long requests and WebSockets, that leaves in order.
import { attachSignals, ConnectionSet, guardProcess, Shutdown } from "@lastcall/lastcall";

const connections = new ConnectionSet();
const reports = new Set<Promise<Response>>();

const server = Deno.serve({ port: Number(Deno.args[0] ?? 8080) }, (request) => {
  switch (new URL(request.url).pathname) {
    case "/":
      return new Response("hello\n");
    case "/readyz":
      return shutdown.isReady
        ? new Response("ready\n")
        : new Response("leaving\n", { status: 503 });
    // What takes long is not begun any more. Pages are answered to the end.
    case "/report":
      return shutdown.refusal() ?? report();
    case "/ticker":
      return shutdown.refusal() ?? ticker(request);
    default:
      return new Response("not found\n", { status: 404 });
  }
});

const shutdown: Shutdown = new Shutdown({ server, connections }, {
  budgetMs: 25_000,
  log: console,
  onReceipt: (receipt) => console.log(JSON.stringify(receipt)),
});

// The server itself waits 2 s at most for requests; this waits for those that take longer.
shutdown.addHook("finish the reports", async () => void await Promise.allSettled(reports), {
  budgetMs: 10_000,
});

// A throw in the handler of one socket would else end the process, and cut everybody.
guardProcess(console);
attachSignals(shutdown);

/** A request that takes its time. */
function report(): Promise<Response> {
  const work = new Promise<Response>((resolve) =>
    setTimeout(() => resolve(new Response("the report\n")), 1_000)
  );
  const forget = () => reports.delete(work);
  reports.add(work);
  work.then(forget, forget);
  return work;
}

/** A WebSocket that is told the time, and at the end when to come back. */
function ticker(request: Request): Response {
  // Every check comes before the upgrade: after it, Deno allows no other answer.
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    return new Response("a WebSocket is wanted\n", { status: 426 });
  }
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 30 });
  const tell = (what: unknown) => socket.send(JSON.stringify(what));
  const connection = connections.track(socket, {
    farewell({ reconnectAfterMs }) {
      tell({ comeBackInMs: reconnectAfterMs });
      return Promise.resolve(false);
    },
  });
  const ticking = setInterval(() => {
    if (connection.state === "open") tell({ time: Date.now() });
  }, 100);
  connection.ended.then(() => clearInterval(ticking));
  return response;
}
