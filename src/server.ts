/**
 * Puts the server together: the chat, the routes around it, and one `Deno.serve`.
 *
 * @module
 */

import { type AdminListener, startAdmin } from "./admin/listener.ts";
import { assembleChat, type ChatParts } from "./chat.ts";
import type { Clock } from "./clock.ts";
import type { ServerConfig } from "./config.ts";
import { type Handler, listen, urlOf } from "./http/listen.ts";
import { answer, type Surroundings } from "./http/routes.ts";
import type { Log } from "./log.ts";
import type { MessageLog } from "./message_log/message_log.ts";
import { openLog } from "./message_log/open_log.ts";
import type { ListenAddress } from "./options/mod.ts";
import type { ConnectionSet } from "./shutdown/connection_set.ts";
import type { Receipt } from "./shutdown/receipt.ts";
import type { Shutdown } from "./shutdown/shutdown.ts";
import { startWarnings } from "./start_warnings.ts";
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
  /** Gets the shutdown before anybody is told that the server listens, and may send it a signal. */
  attach?: (shutdown: Shutdown) => void;
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

/** Starts a server. Rejects when it cannot listen, or cannot use its message log. */
export async function startServer(
  config: ServerConfig,
  dependencies: ServerDependencies = {},
): Promise<RunningServer> {
  const { log } = dependencies;
  const messageLog = dependencies.messageLog ??
    await openLog(config.messageLog, { ...config, log });
  const chat = await assembleFor(config, { ...dependencies, messageLog });
  const server = await listenFor(chat, config, (request, info) => answer(request, info, around));
  let admin: AdminListener | undefined;
  const shutdown = chat.shutdownWith(server, {
    observer: shutdownTracer(),
    onReceipt: dependencies.onReceipt,
    atTheEnd: (leftMs) => admin?.close(leftMs),
  });
  const around = { ...config, ...chat, shutdown };
  try {
    if (config.admin) admin = openAdmin(config, config.admin, around);
  } catch (error) {
    await shutdown.start("the admin listener cannot start");
    throw error;
  }
  dependencies.attach?.(shutdown);
  return running(config, { ...chat, server, admin, shutdown });
}

async function assembleFor(
  config: ServerConfig,
  dependencies: ServerDependencies & { messageLog: MessageLog },
): Promise<ChatParts> {
  try {
    return await assembleChat(config, dependencies);
  } catch (error) {
    await dependencies.messageLog.close();
    throw error;
  }
}

async function listenFor(
  chat: ChatParts,
  config: ServerConfig,
  handle: Handler,
): Promise<Deno.HttpServer<Deno.NetAddr>> {
  try {
    return listen(config.listen, { handle, log: chat.log });
  } catch (error) {
    await chat.close();
    throw error;
  }
}

function openAdmin(
  config: ServerConfig,
  address: ListenAddress,
  around: Surroundings & ChatParts,
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
