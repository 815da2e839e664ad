/**
 * What `--log` says, as it is written.
 *
 * @module
 */

import type { Kind } from "@lastcall/lastcall";

/** What `--log` says. */
export type LogChoice =
  | { kind: "sqlite"; file?: string }
  | { kind: "memory" }
  /** NATS servers that the load test starts itself. */
  | { kind: "cluster" }
  /** NATS servers that are there: `nats://host:port,host:port`, and the stream. */
  | { kind: "nats"; url: string; stream: string };

/** Reads `--log`. */
export const logChoice: Kind<LogChoice> = {
  placeholder: "SPEC",
  allowed: "sqlite:, sqlite:FILE, memory:, nats: or nats://HOST:PORT,.../STREAM (no password)",
  parse(value) {
    const text = value.trim();
    if (text === "memory:") return { kind: "memory" };
    if (text === "nats:") return { kind: "cluster" };
    if (text.startsWith("sqlite:")) {
      const file = text.slice("sqlite:".length);
      return { kind: "sqlite", ...file ? { file } : {} };
    }
    const [, url, stream] = /^((?:nats|tls):\/\/[^/@\s]+)\/([\w-]+)$/.exec(text) ?? [];
    return url && stream && serversOf(url) ? { kind: "nats", url, stream } : undefined;
  },
};

/** The host and port of each server in `nats://host:port,host:port`; `undefined`: one is none. */
export function serversOf(url: string): URL[] | undefined {
  const all = url.replace(/^\w+:\/\//, "").split(",").map((host) => URL.parse(`http://${host}`));
  return all.every((one) => one !== null && one.hostname !== "" && one.pathname === "/")
    ? all as URL[]
    : undefined;
}

/** As `--log` has it. */
export function formatLog(log: LogChoice): string {
  switch (log.kind) {
    case "sqlite":
      return `sqlite:${log.file ?? ""}`;
    case "memory":
      return "memory:";
    case "cluster":
      return "nats:";
    case "nats":
      return `${log.url}/${log.stream}`;
  }
}
