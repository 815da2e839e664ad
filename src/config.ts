/**
 * Everything that can be set on the server, in one table: flag, else environment, else default.
 *
 * @module
 */

import type { ClientLimits } from "./chat/client.ts";
import { normalOrigin } from "./http/origin.ts";
import type { LogLevel } from "./log.ts";
import {
  byteSize,
  choice,
  duration,
  integer,
  type Kind,
  type ListenAddress,
  listenAddress,
  OptionError,
  type OptionTable,
  type ReadEnv,
  resolveOptions,
  text,
} from "./options/mod.ts";
import type { Budget } from "./shutdown/budget.ts";

/** The server's settings, resolved and checked. Never changed afterwards. */
export interface ServerConfig extends ClientLimits, Budget {
  /** Where to listen. */
  listen: ListenAddress;
  /** Origins that may connect, normalised; `*` allows all. */
  allowedOrigins: string[];
  /** Connections at most, in any state. */
  maxClients: number;
  /** Silence after which a connection is given up, in ms; a ping is sent at half of it. 0: never. */
  idleTimeoutMs: number;
  /** How long a client must be silent before it is closed, in ms. */
  quietMs: number;
  /** The file that keeps the receipt. */
  receipt?: string;
  /** How log records are written. */
  logFormat: "auto" | "text" | "json";
  /** The least that is logged. */
  logLevel: LogLevel;
}

const origins: Kind<string[]> = {
  placeholder: "ORIGIN,…",
  allowed: "origins such as https://chat.example:8443, separated by commas, or *",
  parse(value) {
    const parts = value.split(",").map((part) => part.trim()).filter(Boolean);
    const normal = parts.map((part) => part === "*" ? part : normalOrigin(part));
    return parts.length > 0 && normal.every((origin) => origin !== undefined)
      ? normal as string[]
      : undefined;
  },
};

/** The table of the server's options. */
export const SERVER_OPTIONS: OptionTable<ServerConfig> = {
  listen: {
    flag: "listen",
    env: "SERVER_PORT",
    kind: listenAddress,
    default: ":8080",
    help: "Where to listen; port 0 takes a free one.",
    group: "Network",
  },
  allowedOrigins: {
    flag: "allowed-origins",
    env: "ALLOWED_ORIGINS",
    kind: origins,
    default: "http://localhost:8080",
    help: "Web origins that may connect; * allows every one that is present.",
    group: "Network",
  },
  idleTimeoutMs: {
    flag: "idle-timeout",
    env: "LASTCALL_IDLE_TIMEOUT",
    kind: duration({ max: 3_600_000 }),
    default: "60s",
    help: "Silence after which a client is given up; pinged at half of it. 0s: never.",
    group: "Network",
  },
  maxClients: {
    flag: "max-clients",
    env: "LASTCALL_MAX_CLIENTS",
    kind: integer({ min: 1, max: 1_000_000 }),
    default: "10000",
    help: "Connections at most, those that are closing included; more get 503.",
    group: "Limits",
  },
  maxMessageSize: {
    flag: "max-message-size",
    env: "MAX_MESSAGE_SIZE",
    kind: byteSize({ max: 16 * 2 ** 20 }),
    default: "512",
    help: "The largest message; a larger one closes its client with 1009.",
    group: "Limits",
  },
  rateLimitBurst: {
    flag: "rate-limit-burst",
    env: "RATE_LIMIT_BURST",
    kind: integer({ min: 1, max: 1_000_000 }),
    default: "5",
    help: "Messages one client may send at once, and again each interval; more are discarded.",
    group: "Limits",
  },
  rateLimitRefillMs: {
    flag: "rate-limit-refill-interval",
    env: "RATE_LIMIT_REFILL_INTERVAL",
    kind: duration({ min: 1, bareUnit: "s" }),
    default: "1s",
    help: "The interval of the rate limit.",
    group: "Limits",
  },
  floodLimit: {
    flag: "flood-limit",
    env: "LASTCALL_FLOOD_LIMIT",
    kind: integer({ min: 1, max: 10_000_000 }),
    default: "1000",
    help: "Frames in one second that close their client with 1008 at once.",
    group: "Limits",
  },
  maxBufferedBytes: {
    flag: "max-buffered",
    env: "LASTCALL_MAX_BUFFERED",
    kind: byteSize(),
    default: "1MiB",
    help: "What may wait for a client that does not read; more closes it with 4002.",
    group: "Limits",
  },
  budgetMs: {
    flag: "shutdown-budget",
    env: "LASTCALL_SHUTDOWN_BUDGET",
    kind: duration({ min: 100 }),
    default: "25s",
    help: "From the signal to the exit; keep it below what the orchestrator allows.",
    group: "Shutdown",
  },
  unreadyDelayMs: {
    flag: "unready-delay",
    env: "LASTCALL_UNREADY_DELAY",
    kind: duration(),
    default: "0s",
    help: "How long to serve on after /readyz turned 503, for load balancers; 5s suits Kubernetes.",
    group: "Shutdown",
  },
  strategy: {
    flag: "drain-strategy",
    env: "LASTCALL_DRAIN_STRATEGY",
    kind: choice("paced", "idle-first", "immediate"),
    default: "paced",
    help: "Who leaves when. immediate: all at once, and they all come back at once.",
    group: "Shutdown",
  },
  minRate: {
    flag: "drain-rate",
    env: "LASTCALL_DRAIN_RATE",
    kind: integer({ min: 1, max: 1_000_000 }),
    default: "100",
    help: "Clients per second at least, so that a small server ends early.",
    group: "Shutdown",
  },
  maxRate: {
    flag: "max-drain-rate",
    env: "LASTCALL_MAX_DRAIN_RATE",
    kind: integer({ min: 1, max: 1_000_000 }),
    default: "1000",
    help: "Clients per second that can come back elsewhere; a start that would need more warns.",
    group: "Shutdown",
  },
  answerMs: {
    flag: "answer-time",
    env: "LASTCALL_ANSWER_TIME",
    kind: duration({ min: 10 }),
    default: "2s",
    help: "How long one client has to leave.",
    group: "Shutdown",
  },
  quietMs: {
    flag: "quiet-time",
    env: "LASTCALL_QUIET_TIME",
    kind: duration({ max: 60_000 }),
    default: "50ms",
    help: "How long a client must be silent before it is closed; half the answer time at most.",
    group: "Shutdown",
  },
  receipt: {
    flag: "receipt",
    env: "LASTCALL_RECEIPT",
    kind: text("FILE", "the path of a file"),
    help: "Write the receipt of the shutdown to this file, as JSON.",
    group: "Shutdown",
  },
  logFormat: {
    flag: "log-format",
    env: "LASTCALL_LOG_FORMAT",
    kind: choice("auto", "text", "json"),
    default: "auto",
    help: "auto: text on a terminal, JSON lines elsewhere.",
    group: "Log",
  },
  logLevel: {
    flag: "log-level",
    env: "LASTCALL_LOG_LEVEL",
    kind: choice("debug", "info", "warn", "error"),
    default: "info",
    help: "The least that is logged.",
    group: "Log",
  },
};

/** What a command line asks for: a server with these settings, or words to print. */
export type ServerRequest = { config: ServerConfig } | { wants: "help" | "version" };

/** Reads arguments and environment. Throws an {@linkcode OptionError} with a sentence for the user. */
export function readServerConfig(args: readonly string[], readEnv?: ReadEnv): ServerRequest {
  const { settings, words, wants } = resolveOptions(SERVER_OPTIONS, args, readEnv);
  if (wants) return { wants };
  if (words.length > 0) {
    throw new OptionError(
      `Cannot start: there are no arguments but flags; got ${JSON.stringify(words[0])}`,
    );
  }
  checkTogether(settings);
  return { config: settings };
}

/** The rules between settings. */
function checkTogether({ floodLimit, rateLimitBurst }: ServerConfig): void {
  if (floodLimit <= rateLimitBurst) {
    throw new OptionError(
      `Cannot start: --flood-limit must be above --rate-limit-burst (${rateLimitBurst}); got "${floodLimit}"`,
    );
  }
}
