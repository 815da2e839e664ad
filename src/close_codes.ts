/**
 * Every close code this project sends or explains, in one table.
 *
 * Sources: RFC 6455 section 7.4.1, the IANA WebSocket Close Code registry. 4000–4499: the client may
 * come back; 4500–4999: it must not.
 *
 * @module
 */

/** What a close code says, and whether a client should come back after it. */
export interface CloseCode {
  /** A name in lower snake case; also the metric label. */
  name: string;
  /** One sentence for a person. */
  meaning: string;
  /** `true`: come back, after a delay; `false`: do not; `undefined`: depends on why it left. */
  reconnect?: boolean;
}

/** The codes by number. */
export const CLOSE_CODES: Readonly<Record<number, CloseCode>> = {
  1000: {
    name: "normal",
    meaning: "The purpose of the connection is fulfilled.",
    reconnect: false,
  },
  1001: { name: "going_away", meaning: "The peer leaves: a page was closed, or a server stops." },
  1002: { name: "protocol_error", meaning: "The peer broke the WebSocket protocol." },
  1003: { name: "unsupported_data", meaning: "The peer got a kind of data it does not take." },
  1005: { name: "no_status", meaning: "A Close frame without a code; never sent as a code." },
  1006: {
    name: "abnormal",
    meaning: "The connection was cut: no Close frame arrived; never sent as a code.",
    reconnect: true,
  },
  1007: { name: "invalid_payload", meaning: "Data did not match its type, such as bad UTF-8." },
  1008: {
    name: "policy",
    meaning: "A rule was broken, such as the flood limit.",
    reconnect: false,
  },
  1009: { name: "too_large", meaning: "A message was larger than allowed.", reconnect: false },
  1011: { name: "internal_error", meaning: "The server met a fault of its own.", reconnect: true },
  1012: { name: "service_restart", meaning: "The server restarts as planned.", reconnect: true },
  1013: { name: "try_again_later", meaning: "The server is overloaded.", reconnect: true },
  4000: {
    name: "hello_timeout",
    meaning: "The client did not say hello in time.",
    reconnect: true,
  },
  4002: { name: "too_slow", meaning: "The client fell too far behind.", reconnect: true },
  4500: {
    name: "bad_frame",
    meaning: "A frame that the protocol does not allow.",
    reconnect: false,
  },
  4501: { name: "replaced", meaning: "The session went on elsewhere.", reconnect: false },
};

/** The close code for a planned restart. */
export const SERVICE_RESTART = 1012;
/** The close code for a message above the size limit. */
export const TOO_LARGE = 1009;
/** The close code for a client that floods. */
export const POLICY = 1008;
/** The close code for a kind of frame that is not taken. */
export const UNSUPPORTED_DATA = 1003;
/** The close code for a fault of the server. */
export const INTERNAL_ERROR = 1011;
/** The close code for a server that cannot serve right now. */
export const TRY_AGAIN_LATER = 1013;
/** The close code for a client that does not begin its conversation. */
export const HELLO_TIMEOUT = 4000;
/** The close code for a client that fell behind what is kept for it. */
export const TOO_SLOW = 4002;
/** The close code for a frame that the protocol does not allow. */
export const BAD_FRAME = 4500;
/** The close code for a connection whose session went on elsewhere. */
export const REPLACED = 4501;

/** A sentence for any code, registered or not. */
export function explainCloseCode(code: number): string {
  const known = CLOSE_CODES[code];
  if (known) return known.meaning;
  if (code === 0) return "No Close handshake took place.";
  if (code < 1000) return "Not a valid code: codes below 1000 are not used.";
  if (code < 3000) return "Reserved for the protocol, and not one we know.";
  if (code < 4000) return "Registered with IANA by a library or framework.";
  if (code < 4500) return "Private to the application; here: the client may come back.";
  if (code < 5000) return "Private to the application; here: the client must not come back.";
  return "Not a valid code: codes end at 4999.";
}

/**
 * A code as the label of a metric. Peers choose codes: what is not in the table is `other`, so that
 * they cannot make labels without end. Deno's 0 is what others call 1006.
 */
export function closeCodeLabel(code: number): string {
  if (code === 0) return "1006";
  return Object.hasOwn(CLOSE_CODES, code) ? String(code) : "other";
}

/** Whether a peer may send `code` in a Close frame (RFC 6455 section 7.4.2). */
export function isSendableCloseCode(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1013) ||
    (code >= 3000 && code <= 4999);
}
