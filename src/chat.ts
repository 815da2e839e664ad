/**
 * The chat as a part of an application: all that lies between an upgrade request and the message log.
 * `startServer` is one application of it.
 *
 * @module
 */

import { Alternates } from "./chat/alternates.ts";
import { Hub, LOBBY } from "./chat/hub.ts";
import { type ChatOptions, resolveChatOptions } from "./chat_options.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { ChatSettings } from "./config.ts";
import { addressOf } from "./http/address.ts";
import { whyNotReady } from "./http/readiness.ts";
import { upgrade } from "./http/upgrade.ts";
import type { LoadMonitor } from "./load/monitor.ts";
import { watchLoad } from "./load/watch_load.ts";
import { type Log, silentLog } from "./log.ts";
import type { MessageLog } from "./message_log/message_log.ts";
import { retain } from "./message_log/retain.ts";
import { OptionError } from "./options/mod.ts";
import { ConnectionSet } from "./shutdown/connection_set.ts";
import type { ShutdownOptions, ShutdownTarget } from "./shutdown/options.ts";
import { Shutdown } from "./shutdown/shutdown.ts";
import { Stats } from "./stats.ts";

/** What a chat takes from outside. */
export interface ChatDependencies {
  /** Where messages are kept; closed with the chat. See `openLog()`. */
  messageLog: MessageLog;
  /** Where everything is told. Default: nowhere. */
  log?: Log | undefined;
  /** Time. Default: the machine's. */
  clock?: Clock | undefined;
  /** Resident memory now, in bytes. Default: this process's. */
  memoryBytes?: (() => number) | undefined;
}

/** A chat in an application of your own. */
export interface Chat {
  /**
   * Answers an upgrade request, whatever its path: a WebSocket, or a refusal with its reason. Let it
   * answer as it is: after an upgrade Deno takes no other response, and ends the listener over one.
   * `info` is what `Deno.serve` gives you; the address in it names the client in the log.
   */
  handle(request: Request, info: { remoteAddr: Deno.Addr }): Promise<Response>;
  /**
   * Makes the shutdown of the server that the chat is in; once. The chat's settings and counts are in
   * it, and its last hook closes the chat; `options` win over the settings.
   */
  shutdownWith(server: ShutdownTarget["server"], options?: ShutdownOptions): Shutdown;
  /**
   * Who is connected. WebSockets of your own that are tracked here leave with the others, count against
   * `maxClients`, and leave when the chat is overloaded.
   */
  readonly connections: ConnectionSet;
  /** Why no new clients should be sent, for a readiness probe; `undefined` while they should. */
  whyNotReady(): string | undefined;
  /** What was counted since the start, as in the receipt. */
  counts(): Record<string, number>;
  /** Answers what was published, and closes the log. A shutdown does it; once is enough. */
  close(): Promise<void>;
}

/** A chat with its parts, for the server around it. */
export interface ChatParts extends Chat {
  /** Where messages are kept. */
  messageLog: MessageLog;
  /** Where everything is told. */
  log: Log;
  /** Time. */
  clock: Clock;
  /** What was counted. */
  stats: Stats;
  /** The rooms. */
  hub: Hub;
  /** Whether more can be carried. */
  monitor: LoadMonitor;
  /** Where clients that leave may go. */
  alternates: Alternates;
}

/**
 * Creates a chat to be mounted in a server of your own. Rejects with a `MessageLogError` when the log
 * cannot be read, and with a `RangeError` for an option that cannot be.
 *
 * @example A chat at /chat/ws
 * ```ts
 * import { attachSignals, createChat, openLog } from "@lastcall/lastcall";
 *
 * const messageLog = await openLog({ kind: "memory" }, { durability: "normal" });
 * const chat = await createChat({ allowedOrigins: ["https://app.example"] }, { messageLog });
 * const server = Deno.serve((request, info) =>
 *   new URL(request.url).pathname === "/chat/ws"
 *     ? chat.handle(request, info)
 *     : new Response("the application")
 * );
 * attachSignals(chat.shutdownWith(server));
 * ```
 */
export async function createChat(
  options: ChatOptions,
  dependencies: ChatDependencies,
): Promise<Chat> {
  return await assembleChat(resolveChatOptions(options), dependencies);
}

/** Puts a chat together from settings that were checked. */
export async function assembleChat(
  settings: ChatSettings,
  { messageLog, log = silentLog, clock = systemClock, memoryBytes }: ChatDependencies,
): Promise<ChatParts> {
  checkAnnounce(settings, messageLog);
  const stats = new Stats();
  const connections = new ConnectionSet({ clock });
  const alternates = new Alternates(settings.alternates);
  const hub = new Hub({ limits: settings, alternates, messageLog, log, stats, clock });
  await hub.room(LOBBY);
  const base = { log, clock, messageLog, stats, connections, hub, alternates };
  const gate = new Gate();
  const monitor = watchLoad(settings, { ...base, shutdown: gate, memoryBytes });
  const around = { ...settings, ...base, shutdown: gate, monitor };
  const close = closeOnce(settings, { ...base, monitor });
  return {
    ...base,
    monitor,
    handle: (request, { remoteAddr }) => upgrade(request, addressOf(remoteAddr), around),
    shutdownWith(server, options = {}) {
      const shutdown = gate.hang(makeShutdown(settings, { server, options, ...base, close }));
      // Not before there is a server, which can be told to leave.
      announce(settings, { ...base, isReady: () => whyNotReady(around) === undefined });
      return shutdown;
    },
    whyNotReady: () => whyNotReady(around),
    counts: () => stats.toJSON(),
    close,
  };
}

/** Only a log whose processes hear of each other can announce one. */
function checkAnnounce({ announce }: ChatSettings, messageLog: MessageLog): void {
  if (announce === undefined || messageLog.announce) return;
  throw new OptionError(
    "Cannot start: --announce must go with a log over which servers hear of each other (nats://…); " +
      `got "${announce}" with another one. Name them with --alternates`,
  );
}

/** Lets the others on the log know of this server, and their clients come to it. */
function announce(
  { announce: url }: ChatSettings,
  { messageLog, alternates, isReady, log, clock }:
    & Pick<ChatParts, "messageLog" | "alternates" | "log" | "clock">
    & { isReady: () => boolean },
): void {
  const announcement = url && messageLog.announce?.(url, { isReady, log, clock });
  if (announcement) alternates.follow(announcement);
}

/** What the chat knows of the shutdown around it, which is made after it. */
class Gate {
  #shutdown: Shutdown | undefined;

  get isReady(): boolean {
    return this.#shutdown?.isReady ?? true;
  }

  get state(): Shutdown["state"] {
    return this.#shutdown?.state ?? "serving";
  }

  refusal(): Response | undefined {
    return this.#shutdown?.refusal();
  }

  hang(shutdown: Shutdown): Shutdown {
    if (this.#shutdown) throw new Error("Cannot make a shutdown: this chat has one already");
    this.#shutdown = shutdown;
    return shutdown;
  }
}

interface ShutdownParts {
  server: ShutdownTarget["server"];
  options: ShutdownOptions;
  log: Log;
  clock: Clock;
  stats: Stats;
  connections: ConnectionSet;
  alternates: Alternates;
  close: () => Promise<void>;
}

function makeShutdown(
  settings: ChatSettings,
  { server, options, log, clock, stats, connections, alternates, close }: ShutdownParts,
): Shutdown {
  const shutdown = new Shutdown({ server, connections }, {
    ...settings,
    hasAlternates: () => alternates.any,
    ...options,
    async atTheStart() {
      await Promise.all([alternates.leave(), options.atTheStart?.()]);
    },
    log: options.log ?? log,
    clock: options.clock ?? clock,
    counts: () => ({ ...stats.toJSON(), ...options.counts?.() }),
  });
  // The first hook is the last to run.
  shutdown.addHook("close the message log", close);
  return shutdown;
}

/** The log is kept small until the end, and closed once. */
function closeOnce(
  settings: ChatSettings,
  { messageLog, hub, clock, log, monitor, alternates }: Omit<ChatParts, keyof Chat>,
): () => Promise<void> {
  const retaining = retain(messageLog, settings, { clock, log });
  let closing: Promise<void> | undefined;
  return () =>
    closing ??= (async () => {
      for (const work of [retaining, monitor]) work[Symbol.dispose]();
      await alternates[Symbol.asyncDispose]();
      await hub.close();
      await messageLog.close();
    })();
}
