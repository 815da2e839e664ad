/**
 * The servers that are measured: this project's, and two that do the same job on other runtimes.
 *
 * @module
 */

import type { Wire } from "./load_plan.ts";

/** The servers' names, ours first. */
export const CONTENDERS = ["lastcall", "ws", "bun"] as const;

/** A server's name. */
export type ContenderName = typeof CONTENDERS[number];

/** What a server is, in words. */
export const TITLES: Record<ContenderName, string> = {
  lastcall: "Last Call (Deno)",
  ws: "ws (Node)",
  bun: "Bun.serve",
};

/** How each speaks. */
export const WIRES: Record<ContenderName, Wire> = { lastcall: "v1", ws: "bare", bun: "bare" };

/** The other servers, as npm packages: `ws` is the version that this project uses itself. */
export const PACKAGES = {
  ws: "ws@8.23.0",
  bun: `@oven/bun-${Deno.build.os}-${Deno.build.arch === "x86_64" ? "x64" : "aarch64"}@1.4.5`,
} as const;

/** A program that runs a server. */
export interface ServerProgram {
  program: string;
  args: string[];
}

const SERVER_ENV = [
  ...["SERVER_PORT", "ALLOWED_ORIGINS", "MAX_MESSAGE_SIZE"],
  ...["RATE_LIMIT_BURST", "RATE_LIMIT_REFILL_INTERVAL", "LASTCALL_*", "NATS_*"],
];
/** Connections that are going while others come. */
const SPARE_CLIENTS = 64;

/** How this project's server is to run. */
export interface OwnOptions {
  clients: number;
  sizeBytes: number;
  /** `--log`. Default: messages in memory, as the others have them. */
  log?: string;
  /** More flags. */
  flags?: readonly string[];
  /** What it may read and write. */
  folder?: string;
}

/** This project's server, with limits that are out of the way. */
export function ownProgram(
  { clients, sizeBytes, log = "memory:", flags = [], folder }: OwnOptions,
): ServerProgram {
  const files = folder ? [`--allow-read=${folder}`, `--allow-write=${folder}`] : [];
  return {
    program: Deno.execPath(),
    args: [
      ...["run", "--no-prompt", "--allow-net", `--allow-env=${SERVER_ENV.join(",")}`, ...files],
      new URL("../../main.ts", import.meta.url).href,
      ...["--listen", "127.0.0.1:0", "--log-format", "json", "--log", log, ...flags],
      ...["--allowed-origins", "http://localhost:8080"],
      ...["--rate-limit-burst", "1000000", "--flood-limit", "10000000"],
      ...["--max-clients", String(clients + SPARE_CLIENTS)],
      ...["--max-message-size", String(Math.max(512, sizeBytes))],
    ],
  };
}

/** A server of others, from the folder of its package. */
export function peerProgram(name: "ws" | "bun", packageFolder: string): ServerProgram {
  const file = new URL(`peers/${name}_broadcast.mjs`, import.meta.url).pathname;
  return name === "ws"
    ? { program: "node", args: [file, `${packageFolder}/wrapper.mjs`] }
    : { program: `${packageFolder}/bin/bun`, args: [file] };
}
