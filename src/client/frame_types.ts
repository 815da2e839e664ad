/**
 * The frames of `lastcall.v1`, as types. `docs/protocol.md` is their specification.
 *
 * @module
 */

/** How far a reader has got in one life of the log. */
export interface Cursor {
  /** Names the life of the log: a cursor of another epoch means nothing. */
  epoch: string;
  /** The place in the room's log; 0 is before everything. */
  seq: number;
}

/** What a server allows. */
export interface Limits {
  /** The largest `content`, in bytes of UTF-8. */
  maxMessageSize: number;
  /** Publishes at once. */
  rateLimitBurst: number;
  /** In which time, in ms, as many more are allowed. */
  rateLimitRefillMs: number;
}

/** The first frame of a client. */
export interface HelloFrame {
  /** Tells it apart. */
  type: "hello";
  /** The secret from an earlier `welcome`; without it a new session begins. */
  session?: string;
  /** Deliver what comes after it; without it, from the live edge. */
  after?: Cursor;
  /** Without `after`: deliver up to this many earlier messages first, 0 to 1000. */
  history?: number;
  /** The name that goes with what is published on this connection; it proves nothing. */
  name?: string;
  /** Tell who is here, by `people` frames. */
  people?: boolean;
  /** Frames may come as binary messages: the text, in raw DEFLATE (RFC 1951). */
  deflate?: boolean;
}

/** A message to accept. */
export interface PublishFrame {
  /** Tells it apart. */
  type: "publish";
  /** Counts up in the session; the same message keeps it when it is sent again. */
  id: number;
  /** A string; on the server's side whatever was sent, for another type is rejected as `invalid`. */
  content: unknown;
}

/** The answer to `drain`. */
export interface DrainedFrame {
  /** Tells it apart. */
  type: "drained";
  /** The highest `id` sent on this connection; 0 for none. */
  lastId: number;
}

/** What a client sends. */
export type ClientFrame = HelloFrame | PublishFrame | DrainedFrame;

/**
 * Why delivery did not go on where the client was: no cursor was given, the log is another one, or what
 * came after the cursor is no longer kept.
 */
export type FreshStartReason = "new" | "epoch_changed" | "trimmed";

/** The answer to `hello`. */
export type WelcomeFrame =
  & {
    /** Tells it apart. */
    type: "welcome";
    /** A secret: whoever has it can publish in its name. */
    session: string;
    /** The session's public name. */
    from: string;
    /** With `seq`, the cursor from which delivery goes on. */
    epoch: string;
    /** The first message delivered has a higher one. */
    seq: number;
    /** The highest `id` of this session in the log; 0 for none. */
    lastId: number;
    /** What this server allows. */
    limits: Limits;
  }
  & ({ recovered: true } | { recovered: false; reason: FreshStartReason });

/** A message in the log. */
export interface MessageItem {
  /** Its place in the room's log. */
  seq: number;
  /** The public name of who said it. */
  from: string;
  /** The name that who said it chose to be shown by, if any. Others may have chosen the same. */
  name?: string;
  /** The publisher's number for it, if it had one. */
  id?: number;
  /** What was said. */
  content: string;
  /** When it was accepted, in ms since the Unix epoch. */
  at: number;
}

/** A batch of messages, in log order. */
export interface MessagesFrame {
  /** Tells it apart. */
  type: "messages";
  /** `seq` rises from item to item and from frame to frame; it may skip numbers. */
  items: MessageItem[];
}

/**
 * Why a publish is not in the log.
 *
 * - `rate_limited`, `unavailable`: send it again after `retryAfterMs`.
 * - `draining`: send it again on the next connection.
 * - `too_large`, `invalid`: never send it again.
 * - `expired`: too old to tell whether it is in the log; never send it again.
 */
export type RejectionCode =
  | "rate_limited"
  | "unavailable"
  | "draining"
  | "too_large"
  | "invalid"
  | "expired";

/** A publish was not appended. */
export interface RejectedFrame {
  /** Tells it apart. */
  type: "rejected";
  /** Which publish. */
  id: number;
  /** Why. */
  code: RejectionCode;
  /** There when sending it again may help. */
  retryAfterMs?: number;
}

/** The client's time to leave has come. */
export interface DrainFrame {
  /** Tells it apart. */
  type: "drain";
  /** How long the client has to answer, in ms. */
  closeInMs: number;
  /** When to come back after the connection is closed, in ms. */
  reconnectAfterMs: number;
  /** Where to come back to, if not here: URLs. */
  alternates?: string[];
}

/** The answer to `drained`. */
export interface DoneFrame {
  /** Tells it apart. */
  type: "done";
  /** Every publish of this connection up to it is in the log or was rejected. */
  lastId: number;
}

/** Who is in the room, on this server. Sent to those who asked for it, when it has changed. */
export interface PeopleFrame {
  /** Tells it apart. */
  type: "people";
  /** How many connections there are. */
  here: number;
  /** The names of some of them, those who came first before others; one name may be there twice. */
  names: string[];
}

/** What a server sends. */
export type ServerFrame =
  | WelcomeFrame
  | MessagesFrame
  | RejectedFrame
  | DrainFrame
  | DoneFrame
  | PeopleFrame;
