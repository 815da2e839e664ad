/**
 * What a client of each server says.
 *
 * @module
 */

import { encodeFrame, OPCODE } from "../frames.ts";
import type { Wire } from "./load_plan.ts";

/** A server's dialect. */
export interface Dialect {
  /** Headers of the upgrade beyond what RFC 6455 asks for. */
  headers: readonly string[];
  /** Said after the upgrade; the server's first frame then means that it is ready. */
  hello?: string;
  /** The frame payload of a client's n-th message, counted from 1. */
  publish(n: number, text: string): string;
}

/** The dialect by its name. */
export const DIALECTS: Record<Wire, Dialect> = {
  v1: {
    headers: ["Sec-WebSocket-Protocol: lastcall.v1", "Origin: http://localhost:8080"],
    hello: `{"type":"hello"}`,
    publish: (id, content) => JSON.stringify({ type: "publish", id, content }),
  },
  bare: { headers: [], publish: (_, text) => text },
};

/** The request that opens a WebSocket. The key is the one of RFC 6455: nobody here depends on it. */
export function upgradeRequest(url: URL, { headers }: Dialect): string {
  return [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
    "\r\n",
  ].join("\r\n");
}

/** A text frame. */
export function textFrame(payload: string): Uint8Array {
  return encodeFrame({ opcode: OPCODE.text, payload });
}
