/**
 * Last Call: a WebSocket server that knows how to close, and its parts for other servers.
 *
 * @module
 */

export { formatByteSize, parseByteSize } from "./byte_size.ts";
export type { ClientLimits } from "./chat/client.ts";
export { type Clock, systemClock } from "./clock.ts";
export * from "./close_codes.ts";
export {
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
export { type Log, type LogLevel, type LogRecordWriter, silentLog } from "./log.ts";
export * from "./options/mod.ts";
export { type RunningServer, type ServerDependencies, startServer } from "./server.ts";
export * from "./shutdown/mod.ts";
export { VERSION } from "./version.ts";
