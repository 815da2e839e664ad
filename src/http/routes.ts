/**
 * What the server answers over HTTP.
 */

import { STATUS_CODE } from "@std/http/status";
import type { Shutdown } from "../shutdown/shutdown.ts";
import { chatPage, pageIcon, styleSheet } from "./chat_page.ts";
import { type ReadinessSurroundings, whyNotReady } from "./readiness.ts";
import { scriptFile } from "./script_files.ts";

/** Whose a request is. */
interface RequestInfo {
  remoteAddr: Deno.Addr;
}

/** What the routes need of the server. */
export interface Surroundings extends ReadinessSurroundings {
  /** Lets a client into the chat, or says why not. */
  handle(request: Request, info: RequestInfo): Promise<Response>;
  /** Whether the server is leaving, and how far it has got. */
  shutdown: Shutdown;
}

type Route = (around: Surroundings, request: Request) => Response | Promise<Response>;

const ROUTES: Readonly<Record<string, Route>> = {
  "/": (_, request) => isForBrowser(request) ? chatPage() : greeting(),
  "/test": chatPage,
  "/page/page.css": styleSheet,
  "/page/icon.svg": pageIcon,
  "/livez": () => text("live"),
  "/readyz": readiness,
  "/drain": drainProgress,
};

/** Answers one request. */
export async function answer(
  request: Request,
  info: RequestInfo,
  around: Surroundings,
): Promise<Response> {
  const pathname = URL.parse(request.url)?.pathname;
  if (pathname === undefined) return text("Host is malformed", STATUS_CODE.BadRequest);
  if (pathname === "/ws") return await around.handle(request, info);
  const route = routeTo(pathname);
  if (!route) return text("Not found", STATUS_CODE.NotFound);
  if (request.method !== "GET" && request.method !== "HEAD") {
    return text("Method must be GET or HEAD", STATUS_CODE.MethodNotAllowed, { allow: "GET, HEAD" });
  }
  const response = await route(around, request);
  // A kept-alive connection would find nobody at its other end soon.
  if (!around.shutdown.isReady) response.headers.set("connection", "close");
  return response;
}

function routeTo(pathname: string): Route | undefined {
  if (Object.hasOwn(ROUTES, pathname)) return ROUTES[pathname];
  return /^\/(?:client|page)\//.test(pathname) ? () => scriptFile(pathname.slice(1)) : undefined;
}

/** Browsers ask for HTML by its name; tools ask for anything, or do not say. */
function isForBrowser({ headers }: Request): boolean {
  return (headers.get("accept") ?? "").toLowerCase().includes("text/html");
}

function greeting(): Response {
  const line = "Last Call is running: a WebSocket chat on /ws, a page for it here in a browser";
  return text(line, STATUS_CODE.OK, { vary: "accept" });
}

/** 503 with a reason, unless new clients are welcome. */
export function readiness(around: Surroundings): Response {
  const why = whyNotReady(around);
  return why ? text(`Not ready: ${why}`, STATUS_CODE.ServiceUnavailable) : text("ready");
}

/** Where a shutdown stands, and who is still there. */
export function drainProgress({ shutdown, connections }: Surroundings): Response {
  return Response.json({ ...shutdown.progress(), connections: connections.countByState() });
}

/** An answer in plain text. */
export function text(body: string, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(`${body}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", ...headers },
  });
}
