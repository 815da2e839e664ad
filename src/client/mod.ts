/**
 * A client for `lastcall.v1`, for Deno, Node and browsers: it comes back by itself, says everything
 * exactly once and hears everything exactly once.
 *
 * ```ts
 * import { ChatClient } from "@lastcall/lastcall/client";
 *
 * const chat = new ChatClient("ws://localhost:8080/ws", { room: "lobby", history: 50 });
 * chat.on("message", ({ from, content }) => console.log(`${from}: ${content}`));
 * await chat.publish("hello").accepted;
 * await chat.close();
 * ```
 *
 * @module
 */

export {
  Backoff,
  type EndedConnection,
  FIRST_CEILING_MS,
  jitteredDelayMs,
  LAST_CEILING_MS,
  MAX_HINT_MS,
  mayComeBack,
  RESTART_SPREAD_MS,
  STABLE_MS,
} from "./backoff.ts";
export { ChatClient, type ChatEvents, type CloseOptions } from "./chat_client.ts";
export { type Clock, systemClock } from "./clock.ts";
export { PublishError, type PublishErrorCode, type PublishErrorOptions } from "./errors.ts";
export * from "./frames.ts";
export type { Gap } from "./inbox.ts";
export type { KeptOutbox } from "./outbox.ts";
export type { Accepted, Publication } from "./publication.ts";
export type { ChatClientOptions, ReadFrame } from "./settings.ts";
export type { SocketEventLike, SocketEventName, SocketLike } from "./socket.ts";
export type { ChatMessage, ChatState, Ending, EndingCause } from "./states.ts";
