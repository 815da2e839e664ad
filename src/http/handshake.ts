/**
 * The checks of an upgrade request that Deno leaves out, all made before the upgrade: once
 * `Deno.upgradeWebSocket()` was called, any other answer would kill the listener.
 *
 * Source: RFC 6455 sections 4.2.1 and 4.4.
 */

import { STATUS_CODE } from "@std/http/status";
import type { Category } from "../errors.ts";
import { refuseOrigin } from "./origin.ts";

/** Why a request is not upgraded. */
export interface Refusal {
  status: number;
  category: Category;
  /** One line, sent as the body. */
  reason: string;
  headers?: Record<string, string>;
}

/** The refusal that a request deserves by itself, whatever the server's state; else `undefined`. */
export function checkHandshake(
  request: Request,
  allowedOrigins: readonly string[],
): Refusal | undefined {
  const { method, headers } = request;
  if (method !== "GET") {
    return {
      status: STATUS_CODE.MethodNotAllowed,
      category: "bad_method",
      reason: `Method must be GET, got ${method}`,
      headers: { allow: "GET" },
    };
  }
  const broken = brokenUpgrade(headers);
  if (broken) return { status: STATUS_CODE.BadRequest, category: "bad_upgrade", reason: broken };
  const version = headers.get("sec-websocket-version");
  if (version !== "13") {
    return {
      status: STATUS_CODE.UpgradeRequired,
      category: "bad_version",
      reason: `Sec-WebSocket-Version must be 13, got ${version ?? "none"}`,
      headers: { "sec-websocket-version": "13", upgrade: "websocket" },
    };
  }
  const refused = refuseOrigin(headers.get("origin"), allowedOrigins);
  if (refused) return { status: STATUS_CODE.Forbidden, category: "bad_origin", reason: refused };
  return undefined;
}

function brokenUpgrade(headers: Headers): string | undefined {
  if (!hasToken(headers.get("connection"), "upgrade")) return "Connection must contain Upgrade";
  if (!hasToken(headers.get("upgrade"), "websocket")) return "Upgrade must contain websocket";
  if (!/^[A-Za-z0-9+/]{22}==$/.test(headers.get("sec-websocket-key") ?? "")) {
    return "Sec-WebSocket-Key must be 16 bytes in base64";
  }
  return undefined;
}

/** Whether a header that is a list has `token` in it, in any case. */
export function hasToken(value: string | null, token: string): boolean {
  return (value ?? "").split(",").some((part) => part.trim().toLowerCase() === token);
}
