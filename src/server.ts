/**
 * Puts the server together: connections, hub, routes and shutdown around one `Deno.serve`.
 *
 * @module
 */

import { Hub, LOBBY } from "./chat/hub.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type AdminListener, startAdmin } from "./admin/listener.ts";
import type { ServerConfig } from "./config.ts";
import { listen, urlOf } from "./http/listen.ts";
import { answer, type Surroundings } from "./http/routes.ts";
import type { LoadMonitor } from "./load/monitor.ts";
import { watchLoad } from "./load/watch_load.ts";
import { type Log, silentLog } from "./log.ts";
import type { MessageLog } from "./message_log/message_log.ts";
import { openLog } from "./message_log/open_log.ts";
import type { ListenAddress } from "./options/mod.ts";
import { retain } from "./message_log/retain.ts";
import { ConnectionSet } from "./shutdown/connection_set.ts";
import type { ShutdownOptions } from "./shutdown/options.ts";
import type { Receipt } from "./shutdown/receipt.ts";
import { Shutdown } from "./shutdown/shutdown.ts";
import { startWarnings } from "./start_warnings.ts";
import { Stats } from "./stats.ts";
import { shutdownTracer } from "./tracing.ts";

/** What the server takes from outside; tests bring their own. */
export interface ServerDependencies {
  /** Where everything is told. Default: nowhere. */
  log?: Log;
  /** Time. Default: the machine's. */
  clock?: Clock;
  /** Where messages are kept; closed with the server. Default: what the config says. */
  messageLog?: MessageLog;
  /** Resident memory now, in bytes. Default: this process's. */
  memoryBytes?: () => number;
  /** Keeps the receipt. */
  onReceipt?: (receipt: Receipt) => void | Promise<void>;
}

/** A server that runs. */
export interface RunningServer extends AsyncDisposable {
  /** Where clients connect: `ws://localhost:8080/ws`. */
  url: string;
  /** The port, also when it was asked for as 0. */
  port: number;
  /** The port of the admin listener, if there is one. */
  adminPort?: number;
  /** How it ends. */
  shutdown: Shutdown;
  /** Who is connected. */
  connections: ConnectionSet;
}

/** What every part of the server works with. */
interface Foundation {
  log: Log;
  clock: Clock;
  messageLog: MessageLog;
  stats: Stats;
  connections: ConnectionSet;
  hub: Hub;
}

/** Starts a server. Rejects when it cannot listen, or cannot use its message log. */
export async function startServer(
  config: ServerConfig,
  dependencies: ServerDependencies = {},
): Promise<RunningServer> {
  const base = await layFoundation(config, dependencies);
  const { log, connections } = base;
  const server = listen(config.listen, {
    handle: (request, address) => answer(request, address, around),
    log,
  });
  let admin: AdminListener | undefined;
  const shutdown = new Shutdown({ server, connections }, {
    ...shutdownOptions(config, base),
    onReceipt: dependencies.onReceipt,
    atTheEnd: (leftMs) => admin?.close(leftMs),
  });
  const monitor = watchLoad(config, { ...base, shutdown, memoryBytes: dependencies.memoryBytes });
  const around: Surroundings = { ...config, ...base, shutdown, monitor };
  closeLogAtTheEnd(config, { ...base, shutdown, monitor });
  try {
    if (config.admin) admin = openAdmin(config, config.admin, { ...around, ...base });
  } catch (error) {
    await shutdown.start("the admin listener cannot start");
    throw error;
  }
  return running(config, { server, admin, shutdown, connections, log });
}

async function layFoundation(
  config: ServerConfig,
  { log = silentLog, clock = systemClock, messageLog: given }: ServerDependencies,
): Promise<Foundation> {
  const messageLog = given ?? await openLog(config.messageLog, config);
  const stats = new Stats();
  const { alternates = [] } = config;
  const hub = new Hub({ limits: config, alternates, messageLog, log, stats, clock });
  await hub.room(LOBBY);
  return { log, clock, messageLog, stats, hub, connections: new ConnectionSet({ clock }) };
}

function shutdownOptions(config: ServerConfig, { log, clock, stats }: Foundation): ShutdownOptions {
  return {
    ...config,
    log,
    clock,
    counts: () => stats.toJSON(),
    hasAlternates: (config.alternates ?? []).length > 0,
    observer: shutdownTracer(),
  };
}

/** The log is kept small until the end, and closed when everybody has left. */
function closeLogAtTheEnd(
  config: ServerConfig,
  { messageLog, hub, clock, log, shutdown, monitor }: Foundation & {
    shutdown: Shutdown;
    monitor: LoadMonitor;
  },
): void {
  const retaining = retain(messageLog, config, { clock, log });
  shutdown.addHook("close the message log", async () => {
    for (const work of [retaining, monitor]) work[Symbol.dispose]();
    await hub.close();
    await messageLog.close();
  });
}

function openAdmin(
  config: ServerConfig,
  address: ListenAddress,
  around: Surroundings & Foundation,
): AdminListener {
  const admin = startAdmin(address, { ...around, config });
  around.log.info("Operators find {url}", {
    event: "admin",
    url: `${urlOf(address, admin)}/status`,
  });
  return admin;
}

function running(
  config: ServerConfig,
  { server, admin, shutdown, connections, log }: {
    server: Deno.HttpServer<Deno.NetAddr>;
    admin: AdminListener | undefined;
    shutdown: Shutdown;
    connections: ConnectionSet;
    log: Log;
  },
): RunningServer {
  const { port } = server.addr;
  const url = `${urlOf(config.listen, server.addr).replace(/^http/, "ws")}/ws`;
  log.info("Listening on {url}", { event: "listening", url, port });
  for (const warning of startWarnings(config, url)) log.warn("{warning}", { warning });
  return {
    url,
    port,
    ...admin ? { adminPort: admin.port } : {},
    shutdown,
    connections,
    async [Symbol.asyncDispose]() {
      await shutdown.start("dispose");
    },
  };
}
