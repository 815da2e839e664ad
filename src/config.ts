/**
 * Everything that can be set on the server, in one table: flag, else environment, else profile, else
 * default.
 *
 * @module
 */

import type { ClientLimits } from "./chat/guest.ts";
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
import type { LimitSettings } from "./load/limits.ts";
import { LOG_OPTIONS, logContradiction, type LogSettings } from "./message_log/log_options.ts";
import { hideSecrets } from "./message_log/nats/spec.ts";
import { PROFILE_NAMES, type ProfileName, PROFILES } from "./profiles.ts";
import type { Budget } from "./shutdown/budget.ts";
import { webSocketUrl, webSocketUrls } from "./web_socket_url.ts";

/** What can be set on a chat, in whatever server it is. */
export interface ChatSettings extends ClientLimits, Budget, LimitSettings {
  /** Origins that may connect, normalised; `*` allows all. */
  allowedOrigins: string[];
  /** Silence after which a connection is given up, in ms; a ping is sent at half of it. 0: never. */
  idleTimeoutMs: number;
  /** How long a client must be silent before it is closed, in ms. */
  quietMs: number;
  /** How long this server is expected to be away for a restart, in ms. */
  restartMs: number;
  /** Where clients that leave may go instead. */
  alternates?: string[];
  /** Where clients reach this server: told to others on the log. */
  announce?: string;
  /** Messages kept in each room. */
  retainMessages: number;
  /** How long messages are kept, in ms. */
  retainAgeMs: number;
}

/** The server's settings, resolved and checked. Never changed afterwards. */
export interface ServerConfig extends ChatSettings, LogSettings {
  /** The set of defaults that was chosen. */
  profile?: ProfileName;
  /** Where to listen. */
  listen: ListenAddress;
  /** Where to listen for operators. */
  admin?: ListenAddress;
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
  profile: {
    flag: "profile",
    env: "LASTCALL_PROFILE",
    kind: choice(...PROFILE_NAMES),
    help: "A set of defaults for a surrounding, listed below.",
    group: "Network",
  },
  listen: {
    flag: "listen",
    env: "SERVER_PORT",
    kind: listenAddress,
    default: ":8080",
    help: "Where to listen; port 0 takes a free one.",
    group: "Network",
  },
  admin: {
    flag: "admin",
    env: "LASTCALL_ADMIN",
    kind: listenAddress,
    help: "Where operators find /status, /metrics and /drain; nobody is asked who they are.",
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
    default: "128KiB",
    help: "What may wait for a client that does not read; beyond it is told from the log, later.",
    group: "Limits",
  },
  softClients: {
    flag: "soft-clients",
    env: "LASTCALL_SOFT_CLIENTS",
    kind: integer({ min: 1, max: 1_000_000 }),
    help: "Connections from which on /readyz says 503; default nine tenths of --max-clients.",
    group: "Overload",
  },
  softLagMs: {
    flag: "soft-lag",
    env: "LASTCALL_SOFT_LAG",
    kind: duration({ max: 60_000 }),
    default: "500ms",
    help: "Event loop lag from which on newcomers get 503. 0ms: never.",
    group: "Overload",
  },
  hardLagMs: {
    flag: "hard-lag",
    env: "LASTCALL_HARD_LAG",
    kind: duration({ max: 60_000 }),
    default: "2s",
    help: "Event loop lag from which on the newest clients are sent away with 1013. 0ms: never.",
    group: "Overload",
  },
  softMemoryBytes: {
    flag: "soft-memory",
    env: "LASTCALL_SOFT_MEMORY",
    kind: byteSize({ min: 0 }),
    help: "Memory from which on newcomers get 503; default 80 % of a container's limit. 0: never.",
    group: "Overload",
  },
  hardMemoryBytes: {
    flag: "hard-memory",
    env: "LASTCALL_HARD_MEMORY",
    kind: byteSize({ min: 0 }),
    help: "Memory from which on the newest clients leave; default 90 % of it. 0: never.",
    group: "Overload",
  },
  ...LOG_OPTIONS,
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
    default: "500",
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
  restartMs: {
    flag: "restart-time",
    env: "LASTCALL_RESTART_TIME",
    kind: duration(),
    default: "2s",
    help: "How long this server is away for a restart; clients are told to come back after it.",
    group: "Shutdown",
  },
  alternates: {
    flag: "alternates",
    env: "LASTCALL_ALTERNATES",
    kind: webSocketUrls,
    help: "Other servers on the same log, where clients that leave may go at once.",
    group: "Shutdown",
  },
  announce: {
    flag: "announce",
    env: "LASTCALL_ANNOUNCE",
    kind: webSocketUrl,
    help: "Where clients reach this server; on a NATS log others send theirs here, and it to them.",
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
  const { profile } = resolveOptions(SERVER_OPTIONS, args, readEnv).settings;
  const layers = profile
    ? [{ source: `the profile ${profile}`, values: PROFILES[profile].values }]
    : [];
  const { settings, words, flags, wants } = resolveOptions(SERVER_OPTIONS, args, readEnv, layers);
  if (wants) return { wants };
  if (words.length > 0) {
    throw new OptionError(
      `Cannot start: there are no arguments but flags; got ${
        JSON.stringify(hideSecrets(words[0]!))
      }`,
    );
  }
  checkTogether(settings);
  const wrong = logContradiction(settings, flags);
  if (wrong !== undefined) throw new OptionError(`Cannot start: ${wrong}`);
  return { config: settings };
}

/** The rules between settings. */
function checkTogether(config: ServerConfig): void {
  const { floodLimit, rateLimitBurst, softLagMs, hardLagMs, softClients, maxClients } = config;
  const { softMemoryBytes, hardMemoryBytes } = config;
  mustExceed(["--flood-limit", floodLimit], ["--rate-limit-burst", rateLimitBurst]);
  if (softLagMs && hardLagMs) mustExceed(["--hard-lag", hardLagMs], ["--soft-lag", softLagMs]);
  if (softMemoryBytes && hardMemoryBytes) {
    mustExceed(["--hard-memory", hardMemoryBytes], ["--soft-memory", softMemoryBytes]);
  }
  if (softClients) mustExceed(["--max-clients", maxClients], ["--soft-clients", softClients]);
}

function mustExceed([upper, value]: [string, number], [lower, least]: [string, number]): void {
  if (value > least) return;
  throw new OptionError(`Cannot start: ${upper} must be above ${lower} (${least}); got "${value}"`);
}
