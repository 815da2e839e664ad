/**
 * Where clients may be sent.
 *
 * @module
 */

import type { Kind } from "./options/mod.ts";

/** Whether clients can connect to `text`. */
export function isWebSocketUrl(text: string): boolean {
  return /^wss?:$/.test(URL.parse(text)?.protocol ?? "");
}

/** One. */
export const webSocketUrl: Kind<string> = {
  placeholder: "URL",
  allowed: "a WebSocket URL such as wss://a.example/ws",
  parse(value) {
    const url = value.trim();
    // A comma would be read as a part of the host.
    return isWebSocketUrl(url) && !url.includes(",") ? url : undefined;
  },
};

/** Several. */
export const webSocketUrls: Kind<string[]> = {
  placeholder: "URL,…",
  allowed: "WebSocket URLs such as wss://b.example/ws, separated by commas",
  parse(value) {
    const parts = value.split(",").map((part) => part.trim()).filter(Boolean);
    return parts.length > 0 && parts.every(isWebSocketUrl) ? parts : undefined;
  },
};
