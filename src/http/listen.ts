/**
 * One HTTP listener: an address that can be used or a sentence why not, and a handler that may throw.
 */

import { CATEGORIES } from "../errors.ts";
import type { Log } from "../log.ts";
import type { ListenAddress } from "../options/mod.ts";
import { addressOf } from "./address.ts";

/**
 * Connections that may wait to be taken. Those who come back from a restart elsewhere come by the hundred
 * in a second; whom the queue has no room for tries again after 1, 3, 7, 15 seconds. The system may allow
 * less (`net.core.somaxconn`).
 */
const TCP_BACKLOG = 4_096;

/** Answers a request; `info` tells whose it is. */
export type Handler = (
  request: Request,
  info: { remoteAddr: Deno.NetAddr },
) => Response | Promise<Response>;

/** Listens. Throws, with a sentence, when it cannot. */
export function listen(
  { host, port }: ListenAddress,
  { handle, log }: { handle: Handler; log: Log },
): Deno.HttpServer<Deno.NetAddr> {
  const hostname = host || "0.0.0.0";
  try {
    const options = { hostname, port, tcpBacklog: TCP_BACKLOG, onListen() {} };
    return Deno.serve(options, guarded(handle, log));
  } catch (error) {
    const why = error instanceof Deno.errors.AddrInUse ? "the port is in use" : String(error);
    throw new Error(`Cannot listen on ${hostname}:${port}: ${why}`, { cause: error });
  }
}

/** `http://HOST:PORT` of a listener, as somebody on this machine would write it. */
export function urlOf({ host }: ListenAddress, { port }: { port: number }): string {
  const name = host || "localhost";
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`;
}

function guarded(handle: Handler, log: Log): Deno.ServeHandler<Deno.NetAddr> {
  return async (request, info) => {
    try {
      return await handle(request, info);
    } catch (error) {
      const address = addressOf(info.remoteAddr);
      const { level, meaning } = CATEGORIES.handler_error;
      log[level](`Client {address} ${meaning}`, {
        address,
        category: "handler_error",
        error: String(error),
      });
      return new Response("Internal server error\n", { status: 500 });
    }
  };
}
