/**
 * What the machine asks of the world. It has no hands of its own.
 */

import type { PublishErrorCode } from "./errors.ts";
import type { ClientFrame, Cursor, MessageItem, PeopleFrame } from "./frame_types.ts";
import type { Gap } from "./inbox.ts";
import type { Entry } from "./outbox.ts";
import type { ChatMessage, ChatState } from "./states.ts";

export type Effect =
  /** Make a connection, and tell the machine how it goes. */
  | { do: "connect"; url: string }
  /** Send a frame on it. */
  | { do: "send"; frame: ClientFrame }
  /** Close it, and tell the machine nothing more of it. */
  | { do: "hangUp"; code: number; reason: string }
  /** Tell the user; `cursor` is how far he has read then. */
  | { do: "state"; state: ChatState }
  | { do: "resumed"; cursor: Cursor; gap?: Gap }
  | { do: "message"; cursor: Cursor; message: ChatMessage }
  | { do: "messages"; cursor: Cursor; items: readonly MessageItem[] }
  | { do: "people"; people: Omit<PeopleFrame, "type"> }
  /** A publish is in the log; without `seq`, it is known only that it is. */
  | { do: "accepted"; entry: Entry; seq?: number }
  | { do: "failed"; entry: Entry; code: PublishErrorCode };
