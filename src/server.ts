/**
 * Puts the server together: connections, hub, routes and shutdown around one `Deno.serve`.
 *
 * @module
 */

import { Hub, LOBBY } from "./chat/hub.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { ServerConfig } from "./config.ts";
import { CATEGORIES } from "./errors.ts";
import { answer, type Surroundings } from "./http/routes.ts";
import { normalOrigin } from "./http/origin.ts";
import { type Log, silentLog } from "./log.ts";
import type { MessageLog } from "./message_log/message_log.ts";
import { openLog } from "./message_log/open_log.ts";
import { retain } from "./message_log/retain.ts";
import { budgetWarnings } from "./shutdown/budget.ts";
import { ConnectionSet } from "./shutdown/connection_set.ts";
import type { Receipt } from "./shutdown/receipt.ts";
import { Shutdown } from "./shutdown/shutdown.ts";
import { Stats } from "./stats.ts";

/** What the server takes from outside; tests bring their own. */
export interface ServerDependencies {
  /** Where everything is told. Default: nowhere. */
  log?: Log;
  /** Time. Default: the machine's. */
  clock?: Clock;
  /** Where messages are kept; closed with the server. Default: what the config says. */
  messageLog?: MessageLog;
  /** Keeps the receipt. */
  onReceipt?: (receipt: Receipt) => void | Promise<void>;
}

/** A server that runs. */
export interface RunningServer extends AsyncDisposable {
  /** Where clients connect: `ws://localhost:8080/ws`. */
  url: string;
  /** The port, also when it was asked for as 0. */
  port: number;
  /** How it ends. */
  shutdown: Shutdown;
  /** Who is connected. */
  connections: ConnectionSet;
}

/** Starts a server. Rejects when it cannot listen, or cannot use its message log. */
export async function startServer(
  config: ServerConfig,
  { log = silentLog, clock = systemClock, messageLog: given, onReceipt }: ServerDependencies = {},
): Promise<RunningServer> {
  const messageLog = given ?? await openLog(config.messageLog, config);
  const stats = new Stats();
  const connections = new ConnectionSet({ clock });
  const { alternates = [] } = config;
  const hub = new Hub({ limits: config, alternates, messageLog, log, stats, clock });
  await hub.room(LOBBY);
  const server = listen(config, log, (request, address) => answer(request, address, around));
  const counts = () => stats.toJSON();
  const shutdown = new Shutdown({ server, connections }, {
    ...config,
    log,
    clock,
    counts,
    onReceipt,
    hasAlternates: alternates.length > 0,
  });
  const retaining = retain(messageLog, config, { clock, log });
  shutdown.addHook("close the message log", async () => {
    retaining[Symbol.dispose]();
    await hub.close();
    await messageLog.close();
  });
  const around: Surroundings = { ...config, connections, hub, shutdown, log, stats };
  const { port } = server.addr;
  const host = config.listen.host || "localhost";
  const url = `ws://${host.includes(":") ? `[${host}]` : host}:${port}/ws`;
  log.info("Listening on {url}", { event: "listening", url, port });
  for (const warning of startWarnings(config, url)) log.warn("{warning}", { warning });
  return {
    url,
    port,
    shutdown,
    connections,
    async [Symbol.asyncDispose]() {
      await shutdown.start("dispose");
    },
  };
}

function listen(
  { listen: { host, port } }: ServerConfig,
  log: Log,
  handle: (request: Request, address: string) => Response | Promise<Response>,
): Deno.HttpServer<Deno.NetAddr> {
  const options = {
    hostname: host || "0.0.0.0",
    port,
    onListen() {},
  };
  const guarded = async (request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>) => {
    const address = addressOf(info.remoteAddr);
    try {
      return await handle(request, address);
    } catch (error) {
      const { level, meaning } = CATEGORIES.handler_error;
      log[level](`Client {address} ${meaning}`, {
        address,
        category: "handler_error",
        error: String(error),
      });
      return new Response("Internal server error\n", { status: 500 });
    }
  };
  try {
    return Deno.serve(options, guarded);
  } catch (error) {
    const why = error instanceof Deno.errors.AddrInUse ? "the port is in use" : String(error);
    throw new Error(`Cannot listen on ${options.hostname}:${port}: ${why}`, { cause: error });
  }
}

function addressOf({ hostname, port }: Deno.NetAddr): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/** What the operator should know before the first client comes. */
function startWarnings(config: ServerConfig, url: string): string[] {
  const { allowedOrigins, maxClients } = config;
  const page = normalOrigin(url.replace(/^ws/, "http"))!;
  const refusesItself = !allowedOrigins.includes("*") && !allowedOrigins.includes(page);
  return [
    ...budgetWarnings(config, { maxClients }),
    ...refusesItself
      ? [
        `The chat page will be refused: ${page} is not one of the allowed origins (${allowedOrigins})`,
      ]
      : [],
  ];
}
