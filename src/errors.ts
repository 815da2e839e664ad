/**
 * What can end or disturb a connection, sorted into a closed list of categories.
 *
 * A category says whether it belongs to normal operation, how loudly to log it, and is its own metric
 * label. Deno reports the end of a connection as a close code and, for some causes, only as the text
 * of an `error` event; {@linkcode classifyEnd} is the one place that reads that text, and
 * `tests/runtime_endings_test.ts` pins each of its rows to the runtime.
 *
 * @module
 */

import type { LogLevel } from "./log.ts";

/** Where in a connection's life a category belongs. */
export type Side = "setup" | "read" | "write" | "close" | "internal";

/** What is known about a category. */
export interface CategoryFacts {
  /** Where in a connection's life it arises. */
  side: Side;
  /** `true`: part of normal operation; nobody needs to look. */
  expected: boolean;
  /** How loudly it is logged. */
  level: LogLevel;
  /** What happened, to complete "Client 127.0.0.1:59593 …". */
  meaning: string;
}

/** The name of a category. */
export type Category =
  | "bad_method"
  | "bad_upgrade"
  | "bad_version"
  | "bad_origin"
  | "draining"
  | "full"
  | "busy"
  | "never_opened"
  | "not_text"
  | "not_json"
  | "wrong_shape"
  | "rate_limited"
  | "overloaded"
  | "log_unavailable"
  | "bad_frame"
  | "hello_timeout"
  | "message_too_large"
  | "flood"
  | "normal"
  | "going_away"
  | "no_status"
  | "application_close"
  | "idle_timeout"
  | "abnormal"
  | "reset"
  | "protocol_error"
  | "invalid_payload"
  | "frame_too_large"
  | "peer_complained"
  | "unknown"
  | "too_slow"
  | "send_failed"
  | "replaced"
  | "closed_by_us"
  | "close_unconfirmed"
  | "close_crossed"
  | "handler_error";

/** Every category by its name, which is also its metric label. */
export const CATEGORIES: Readonly<Record<Category, CategoryFacts>> = {
  bad_method: setup("asked for an upgrade with a method other than GET"),
  bad_upgrade: setup("sent no valid upgrade headers"),
  bad_version: setup("asked for a WebSocket version other than 13"),
  bad_origin: { ...setup("came from an origin that is not allowed"), level: "warn" },
  draining: { ...setup("came while the server is leaving"), expected: true },
  full: { ...setup("came while the server is full"), level: "warn" },
  busy: { ...setup("came while the server is overloaded"), level: "warn" },
  never_opened: setup("was gone before the handshake was done"),

  not_text: discard("sent a binary message; it was discarded"),
  not_json: discard("sent a message that is not JSON; it was discarded"),
  wrong_shape: discard("sent JSON of another shape; it was discarded"),
  rate_limited: discard("sent faster than the rate limit; the excess was discarded"),
  overloaded: discard("sent more than all clients together can be told; it was discarded"),
  log_unavailable: {
    ...discard("could not be served: the message log is unavailable"),
    side: "write",
  },
  bad_frame: fault("read", "sent a frame that the protocol does not allow"),
  hello_timeout: fault("read", "did not say hello in time"),
  message_too_large: fault("read", "exceeded the maximum message size of {limit} bytes"),
  flood: fault("read", "flooded the server"),

  normal: leaving("disconnected normally"),
  going_away: leaving("disconnected: it goes away"),
  no_status: leaving("disconnected without a reason"),
  application_close: leaving("disconnected with a code of its own"),
  idle_timeout: { ...fault("read", "did not answer a ping"), level: "info" },
  abnormal: { ...fault("read", "ended the connection without a Close frame"), level: "info" },
  reset: { ...fault("read", "reset the connection"), level: "info" },
  protocol_error: fault("read", "broke the WebSocket protocol"),
  invalid_payload: fault("read", "sent text that is not UTF-8"),
  frame_too_large: fault("read", "sent a frame of 64 MiB or more"),
  peer_complained: fault("read", "disconnected with the code of an error"),
  unknown: fault("read", "disconnected for an unknown reason ({code}, {error})"),

  too_slow: fault("write", "fell behind what the log keeps"),
  send_failed: fault("write", "could not be sent a message: {error}"),

  replaced: leaving("came back on another connection"),
  closed_by_us: closed("answered our Close frame"),
  close_unconfirmed: closed("ended the connection instead of answering our Close frame"),
  close_crossed: closed("was cut because it sent more after our Close frame"),

  handler_error: {
    side: "internal",
    expected: false,
    level: "error",
    meaning: "met a fault of ours: {error}",
  },
};

/** How a connection ended, as the runtime reported it. */
export interface ConnectionEnd {
  /** The code of the `close` event; 0 and 1005 are Deno's way to say that there was none. */
  code: number;
  /** The reason of the `close` event. */
  reason: string;
  /** The message of the `error` event before it, if there was one. */
  error?: string;
  /** The code that we had sent, if we closed first. */
  sent?: number;
  /** Whether the handshake was ever done. */
  opened: boolean;
}

/** Deno has no codes for these: the text is all there is. */
const BY_ERROR_TEXT: readonly [RegExp, Category][] = [
  [/^Invalid UTF-8/, "invalid_payload"],
  [/^Frame too large/, "frame_too_large"],
  [/^Unexpected EOF/, "abnormal"],
  [/^No response from ping frame/, "idle_timeout"],
  [/Connection reset by peer|Broken pipe|Failed to send frame/, "reset"],
  [
    /^(Reserved bits are not zero|Invalid value|Control frame must not be fragmented|Ping frame too large|Invalid (continuation frame|fragment|close frame|close code))/,
    "protocol_error",
  ],
];

/** The category of the end of a connection. */
export function classifyEnd({ code, error, sent, opened }: ConnectionEnd): Category {
  if (!opened) return "never_opened";
  if (error !== undefined) {
    return BY_ERROR_TEXT.find(([pattern]) => pattern.test(error))?.[1] ?? "unknown";
  }
  if (sent !== undefined) {
    if (code === sent) return "closed_by_us";
    if (code === 0) return "close_crossed";
    if (code === 1005) return "close_unconfirmed";
  }
  if (code === 1000) return "normal";
  if (code === 1001) return "going_away";
  if (code === 1005) return "no_status";
  if (code >= 3000) return "application_close";
  return code === 0 ? "unknown" : "peer_complained";
}

function setup(meaning: string): CategoryFacts {
  return { side: "setup", expected: false, level: "info", meaning };
}

function discard(meaning: string): CategoryFacts {
  return { side: "read", expected: false, level: "warn", meaning };
}

function fault(side: Side, meaning: string): CategoryFacts {
  return { side, expected: false, level: "warn", meaning };
}

/** What we began ourselves was told when we began it. */
function closed(meaning: string): CategoryFacts {
  return { side: "close", expected: true, level: "debug", meaning };
}

function leaving(meaning: string): CategoryFacts {
  return { side: "close", expected: true, level: "info", meaning };
}
