// The chat inside another application, which has its own pages and its own login.
import { attachSignals, createChat, openLog } from "@lastcall/lastcall";

const [port = "8080", path = "data/mounted_chat.db"] = Deno.args;
/** Who is logged in, by the ticket in their cookie; yours are in a database. */
const MEMBERS = new Map([["open-sesame", "Ann"]]);

const chat = await createChat({
  allowedOrigins: ["http://localhost:8080"],
  maxClients: 2_000,
  budgetMs: 20_000,
}, {
  messageLog: await openLog({ kind: "sqlite", path }, { durability: "normal" }),
  log: console,
});

const server = Deno.serve({ port: Number(port) }, (request, info) => {
  switch (new URL(request.url).pathname) {
    case "/":
      return new Response("the application\n");
    case "/readyz":
      return readiness(chat.whyNotReady());
    case "/chat/ws":
      return isMember(request)
        ? chat.handle(request, info)
        : new Response("Log in first\n", { status: 401 });
    default:
      return new Response("not found\n", { status: 404 });
  }
});

const shutdown = chat.shutdownWith(server, {
  onReceipt: (receipt) => console.log(JSON.stringify(receipt)),
});
// Hooks run last come first: this one before the chat closes its log.
shutdown.addHook("say goodbye", () => console.log(`${MEMBERS.size} members, goodbye`));
attachSignals(shutdown);

function readiness(why: string | undefined): Response {
  return new Response(`${why ?? "ready"}\n`, { status: why ? 503 : 200 });
}

function isMember({ headers }: Request): boolean {
  const ticket = /(?:^|;\s*)ticket=([^;]*)/.exec(headers.get("cookie") ?? "")?.[1];
  return MEMBERS.has(ticket ?? "");
}
