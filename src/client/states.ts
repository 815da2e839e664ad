/**
 * Where a client stands, and how connections end, for those who look on.
 *
 * @module
 */

import type { MessageItem } from "./frame_types.ts";

/**
 * How a connection ended.
 *
 * - `closed`: the server closed it, with a code.
 * - `cut`: it ended without a Close frame.
 * - `unreachable`: it never opened.
 * - `connect_timeout`, `welcome_timeout`: it did not open, or was not welcomed, in time.
 * - `answer_timeout`: something was sent, and nothing at all came back in time.
 * - `leave_timeout`: the server asked the client to leave, and did not close.
 * - `wrong_protocol`: the server does not speak `lastcall.v1`, or sent what that does not allow.
 * - `asked`: `close()` was called.
 */
export type EndingCause =
  | "closed"
  | "cut"
  | "unreachable"
  | "connect_timeout"
  | "welcome_timeout"
  | "answer_timeout"
  | "leave_timeout"
  | "wrong_protocol"
  | "asked";

/** The end of a connection. */
export interface Ending {
  /** What ended it. */
  cause: EndingCause;
  /** The close code, the server's or ours; 1006 when there was no Close frame. */
  code: number;
  /** The reason given with it, or what the runtime says of the failure. */
  reason: string;
}

/**
 * Where a client stands.
 *
 * - `connecting`: a connection is being made and welcomed.
 * - `live`: messages come and go.
 * - `leaving`: the server asked the client to go; nothing is sent any more, messages still come.
 * - `waiting`: there is no connection; it comes back by itself.
 * - `closed`: for good.
 */
export type ChatState =
  | { name: "connecting"; url: string; attempt: number }
  | { name: "live"; url: string; isResumed: boolean }
  | { name: "leaving"; closeInMs: number; reconnectAfterMs: number }
  | { name: "waiting"; retryInMs: number; attempt: number; ending: Ending }
  | { name: "closed"; ending: Ending };

/** A message of the room. */
export interface ChatMessage extends MessageItem {
  /** It was published in this client's session. */
  isMine: boolean;
}
