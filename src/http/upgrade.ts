/**
 * From an upgrade request to a member of the chat, or to a refusal with its reason.
 */

import { STATUS_CODE } from "@std/http/status";
import type { Hub } from "../chat/hub.ts";
import { CATEGORIES, type Category } from "../errors.ts";
import type { Log } from "../log.ts";
import type { ConnectionSet } from "../shutdown/connection_set.ts";
import type { Shutdown } from "../shutdown/shutdown.ts";
import type { Stats } from "../stats.ts";
import { checkHandshake, type Refusal } from "./handshake.ts";

/** What an upgrade needs of the server. */
export interface UpgradeSurroundings {
  /** Origins that may connect. */
  allowedOrigins: readonly string[];
  /** Connections at most. */
  maxClients: number;
  /** Silence after which a connection is given up, in ms. */
  idleTimeoutMs: number;
  /** Where the connection is tracked. */
  connections: ConnectionSet;
  /** Where it takes part. */
  hub: Hub;
  /** Whether it still may. */
  shutdown: Shutdown;
  /** Where refusals are told. */
  log: Log;
  /** Where they are counted. */
  stats: Stats;
}

/** Upgrades a request from `address`, or says why not. */
export function upgrade(request: Request, address: string, around: UpgradeSurroundings): Response {
  const refusal = checkHandshake(request, around.allowedOrigins);
  if (refusal) return refuse(refusal, { address, request, around });
  const draining = around.shutdown.refusal();
  if (draining) {
    note("draining", { address, request, around });
    return draining;
  }
  if (around.connections.size >= around.maxClients) {
    return refuse(fullRefusal(around), { address, request, around });
  }
  return join(request, address, around);
}

/**
 * The point of no return: after `Deno.upgradeWebSocket()` only its own response may be returned, and
 * nothing may throw.
 */
function join(request: Request, address: string, around: UpgradeSurroundings): Response {
  const { connections, hub, idleTimeoutMs } = around;
  const { socket, response } = Deno.upgradeWebSocket(request, {
    idleTimeout: idleTimeoutMs / 1_000,
  });
  const connection = connections.track(socket, { address, beforeLeave: () => hub.delivered() });
  hub.join(connection);
  return response;
}

interface RefusalContext {
  address: string;
  request: Request;
  around: UpgradeSurroundings;
}

function refuse(refusal: Refusal, context: RefusalContext): Response {
  note(refusal.category, context, refusal.reason);
  return new Response(`${refusal.reason}\n`, {
    status: refusal.status,
    headers: { "content-type": "text/plain; charset=utf-8", ...refusal.headers },
  });
}

function note(
  category: Category,
  { address, request, around }: RefusalContext,
  why?: string,
): void {
  const { level, meaning } = CATEGORIES[category];
  const origin = request.headers.get("origin");
  around.stats.add(`refused.${category}`);
  around.log[level](`Client {address} ${meaning}${why ? " ({why})" : ""}`, {
    address,
    category,
    origin,
    why,
  });
}

function fullRefusal({ connections, maxClients }: UpgradeSurroundings): Refusal {
  return {
    status: STATUS_CODE.ServiceUnavailable,
    category: "full",
    reason: `The server is full: ${connections.size} of ${maxClients} clients`,
    headers: { "retry-after": "5", "connection": "close" },
  };
}
