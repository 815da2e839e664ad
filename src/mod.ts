/**
 * Last Call: a WebSocket server that knows how to close, and its parts for other servers.
 *
 * @module
 */

export { formatByteSize, parseByteSize } from "./byte_size.ts";
export { type Chat, type ChatDependencies, createChat } from "./chat.ts";
export type { ChatOptions } from "./chat_options.ts";
export type { ClientLimits } from "./chat/guest.ts";
export type { LimitSettings } from "./load/limits.ts";
export { type Clock, systemClock } from "./clock.ts";
export * from "./close_codes.ts";
export {
  type ChatSettings,
  readServerConfig,
  SERVER_OPTIONS,
  type ServerConfig,
  type ServerRequest,
} from "./config.ts";
export { formatDuration, parseDuration } from "./duration.ts";
export {
  CATEGORIES,
  type Category,
  type CategoryFacts,
  classifyEnd,
  type ConnectionEnd,
  type Side,
} from "./errors.ts";
export { guardProcess } from "./guard.ts";
export { type Log, type LogLevel, type LogRecordWriter, silentLog } from "./log.ts";
export * from "./options/mod.ts";
export {
  type Profile,
  PROFILE_NAMES,
  type ProfileName,
  PROFILES,
  profilesText,
} from "./profiles.ts";
export { type RunningServer, type ServerDependencies, startServer } from "./server.ts";
export * from "./shutdown/mod.ts";
export { VERSION } from "./version.ts";
export {
  type Announcement,
  type AnnounceOptions,
  type Appended,
  type Entry,
  type GrowthListener,
  type LoggedMessage,
  type MessageLog,
  MessageLogError,
  type MessageLogTrouble,
  type Retention,
  type RoomRange,
} from "./message_log/message_log.ts";
export { MemoryLog } from "./message_log/memory_log.ts";
export type { LogSettings } from "./message_log/log_options.ts";
export type { NatsConnectOptions, NatsSpec } from "./message_log/nats/spec.ts";
export { type LogOptions, type LogSpec, openLog, parseLogSpec } from "./message_log/open_log.ts";
