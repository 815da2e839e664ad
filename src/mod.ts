/**
 * Last Call: a WebSocket server that knows how to close.
 *
 * @module
 */

export * from "./close_codes.ts";
export { formatByteSize, parseByteSize } from "./byte_size.ts";
export { formatDuration, parseDuration } from "./duration.ts";
export * from "./options/mod.ts";
