/**
 * The frames of `lastcall.v1`: their types, and from and to text.
 *
 * @module
 */

import type { ClientFrame, ServerFrame } from "./frame_types.ts";

export type {
  ClientFrame,
  Cursor,
  DoneFrame,
  DrainedFrame,
  DrainFrame,
  FreshStartReason,
  HelloFrame,
  Limits,
  MessageItem,
  MessagesFrame,
  PeopleFrame,
  PublishFrame,
  RejectedFrame,
  RejectionCode,
  ServerFrame,
  WelcomeFrame,
} from "./frame_types.ts";
export { isDisplayName, MAX_DISPLAY_NAME } from "./display_name.ts";
export { MAX_HISTORY, parseClientFrame } from "./parse_client_frame.ts";
export { parseServerFrame } from "./parse_server_frame.ts";
export type { WrongFrame } from "./shape.ts";

/** The WebSocket subprotocol. */
export const SUBPROTOCOL = "lastcall.v1";

/** A frame as text. */
export function encode(frame: ClientFrame | ServerFrame): string {
  return JSON.stringify(frame);
}
