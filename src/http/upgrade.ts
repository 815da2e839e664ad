/**
 * From an upgrade request to a member of the chat, or to a refusal with its reason.
 */

import { STATUS_CODE } from "@std/http/status";
import { type Hub, LOBBY } from "../chat/hub.ts";
import type { Room } from "../chat/room.ts";
import { SUBPROTOCOL } from "../client/frames.ts";
import { CATEGORIES, type Category } from "../errors.ts";
import type { LoadMonitor } from "../load/monitor.ts";
import type { Log } from "../log.ts";
import type { ConnectionSet } from "../shutdown/connection_set.ts";
import type { Shutdown } from "../shutdown/shutdown.ts";
import type { Stats } from "../stats.ts";
import { checkHandshake, hasToken, type Refusal } from "./handshake.ts";

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
  shutdown: Pick<Shutdown, "refusal">;
  /** Whether the server can carry it. */
  monitor: LoadMonitor;
  /** Where refusals are told. */
  log: Log;
  /** Where they are counted. */
  stats: Stats;
}

/** Upgrades a request from `address`, or says why not. */
export async function upgrade(
  request: Request,
  address: string,
  around: UpgradeSurroundings,
): Promise<Response> {
  const context = { address, request, around };
  const refusal = checkHandshake(request, around.allowedOrigins);
  if (refusal) return refuse(refusal, context);
  const room = await openRoom(request, around);
  if ("status" in room) return refuse(room, context);
  const draining = around.shutdown.refusal();
  if (draining) {
    note("draining", context);
    return draining;
  }
  if (around.connections.size >= around.maxClients) return refuse(fullRefusal(around), context);
  const overload = around.monitor.refusal;
  if (overload) return refuse(overloadRefusal(overload), context);
  return join(request, room, context);
}

/** The room that a request names, or why there is none for it. */
async function openRoom(
  request: Request,
  { hub, log }: UpgradeSurroundings,
): Promise<Room | Refusal> {
  const name = new URL(request.url).searchParams.get("room") ?? LOBBY;
  if (!ROOM_NAME.test(name)) {
    return {
      status: STATUS_CODE.BadRequest,
      category: "bad_upgrade",
      reason: "room must be 1 to 64 of a-z 0-9 . _ -, beginning with a letter or digit",
    };
  }
  try {
    return await hub.room(name);
  } catch (error) {
    log.error("Cannot open a room: {error}", { category: "log_unavailable", error: String(error) });
    return comeBackLater("log_unavailable", "The message log is unavailable");
  }
}

const ROOM_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/**
 * The point of no return: after `Deno.upgradeWebSocket()` only its own response may be returned, and
 * nothing may throw.
 */
function join(request: Request, room: Room, { address, around }: RefusalContext): Response {
  const { connections, hub, idleTimeoutMs } = around;
  // Whoever asks for another protocol, or for none, gets the plain one.
  const isV1 = hasToken(request.headers.get("sec-websocket-protocol"), SUBPROTOCOL);
  const { socket, response } = Deno.upgradeWebSocket(request, {
    idleTimeout: idleTimeoutMs / 1_000,
    ...isV1 ? { protocol: SUBPROTOCOL } : {},
  });
  const connection = connections.track(socket, { address });
  connection.farewell = isV1 ? hub.joinV1(connection, room) : hub.joinPlain(connection, room);
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
  return comeBackLater("full", `The server is full: ${connections.size} of ${maxClients} clients`);
}

function overloadRefusal(why: string): Refusal {
  return comeBackLater("busy", `The server is overloaded: ${why}`);
}

function comeBackLater(category: Category, reason: string): Refusal {
  return {
    status: STATUS_CODE.ServiceUnavailable,
    category,
    reason,
    headers: { "retry-after": "5", "connection": "close" },
  };
}
