/**
 * What the admin listener answers.
 */

import { STATUS_CODE } from "@std/http/status";
import { whyNotReady } from "../http/readiness.ts";
import { drainProgress, readiness, text } from "../http/routes.ts";
import { METRICS_TYPE, renderMetrics } from "../metrics/render.ts";
import { PHASES } from "../shutdown/receipt.ts";
import { asset } from "./assets.ts";
import { isFromBrowser } from "./browser_check.ts";
import { statusReport } from "./status_report.ts";
import type { AdminSurroundings } from "./surroundings.ts";
import { takeVitals } from "./vitals.ts";
import type { Watchers } from "./watchers.ts";

type Route = (around: AdminSurroundings) => Response | Promise<Response>;

const ROUTES: Readonly<Record<string, Route>> = {
  "/": () => new Response(null, { status: 302, headers: { location: "/status" } }),
  "/livez": () => text("live"),
  "/readyz": readiness,
  "/drain": drainProgress,
  "/metrics": metrics,
  "/status.json": status,
};

/** Answers one request. */
export async function answerAdmin(
  request: Request,
  { around, watchers }: { around: AdminSurroundings; watchers: Watchers },
): Promise<Response> {
  const url = URL.parse(request.url);
  if (!url) return text("Host is malformed", STATUS_CODE.BadRequest);
  const { pathname, searchParams } = url;
  if (pathname === "/drain" && request.method === "POST") return startDrain(request, around);
  const route = Object.hasOwn(ROUTES, pathname) ? ROUTES[pathname]! : asset(pathname);
  if (!route) return text("Not found", STATUS_CODE.NotFound);
  if (request.method !== "GET" && request.method !== "HEAD") {
    const allow = pathname === "/drain" ? "GET, HEAD, POST" : "GET, HEAD";
    return text(`Method must be one of ${allow}`, STATUS_CODE.MethodNotAllowed, { allow });
  }
  const page = searchParams.get("watch");
  if (page) watchers.note(page, { isDone: around.shutdown.state === "done" });
  return await route(around);
}

/** Starts the shutdown, as a signal would; what becomes of it is at `GET /drain`. */
function startDrain({ headers }: Request, { shutdown, log }: AdminSurroundings): Response {
  if (isFromBrowser(headers)) {
    log.warn("Refused to start a shutdown for a web page", { origin: headers.get("origin") });
    return text("A web page may not start a shutdown", STATUS_CODE.Forbidden);
  }
  shutdown.start("POST /drain").catch((error) => {
    log.error("The shutdown failed: {error}", { error: String(error) });
  });
  return Response.json(shutdown.progress(), { status: STATUS_CODE.Accepted });
}

async function metrics(around: AdminSurroundings): Promise<Response> {
  const body = await renderMetrics(await takeVitals(around));
  return new Response(body, { headers: { "content-type": METRICS_TYPE } });
}

async function status(around: AdminSurroundings): Promise<Response> {
  const { sampler, monitor, shutdown, hub, config, clock } = around;
  const report = statusReport({
    vitals: await takeVitals(around),
    rates: sampler.rates,
    judgement: monitor.judgement,
    limits: monitor.limits,
    progress: shutdown.progress(),
    phaseNames: PHASES,
    notReady: whyNotReady(around),
    overload: monitor.overload,
    log: { kind: config.messageLog.kind, trouble: hub.trouble },
    nowMs: clock.now(),
  });
  return Response.json(report, { headers: { "cache-control": "no-store" } });
}
