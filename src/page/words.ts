/**
 * The page's words for what becomes of a connection and of a message.
 */

import type { Ending, PublishErrorCode } from "../client/mod.ts";

/** "1 message", "2 messages". */
export function messages(count: number): string {
  return `${count} message${count === 1 ? "" : "s"}`;
}

const UNSAID: Readonly<Record<PublishErrorCode, string>> = {
  too_large: "Not sent: it is longer than this server takes.",
  invalid: "Not sent: this server does not take it.",
  expired: "It waited so long that nobody can tell whether it was sent.",
  outbox_full: "Not sent: too many messages wait already.",
  closed: "Not sent: the chat was closed.",
};

/** Why something was not said. */
export function unsaidReason(code: PublishErrorCode): string {
  return UNSAID[code];
}

const CLOSED: Readonly<Record<number, string>> = {
  1011: "The server met a fault of its own",
  1012: "The server restarts",
  1013: "The server cannot serve this now",
  4000: "The server did not hear us in time",
  4002: "This page read too slowly",
};

const CUT: Readonly<Record<Exclude<Ending["cause"], "closed">, string>> = {
  asked: "Not connected",
  cut: "The connection was lost",
  unreachable: "The server cannot be reached",
  connect_timeout: "The server does not answer",
  welcome_timeout: "The server does not answer",
  answer_timeout: "The server does not answer",
  leave_timeout: "The server restarts",
  wrong_protocol: "The server does not speak lastcall.v1",
};

/** Whether the server restarts, and has said when to come back: not earlier. */
export function isRestart({ cause, code }: Ending): boolean {
  return cause === "leave_timeout" || (cause === "closed" && code === 1012);
}

/** Why there is no connection, when it comes back by itself. */
export function interruption({ cause, code }: Ending): string {
  if (cause !== "closed") return CUT[cause];
  return CLOSED[code] ?? `The server closed the connection (code ${code})`;
}

const CLOSED_FOR_GOOD: Readonly<Record<number, string>> = {
  1000: "Closed.",
  1008: "The server closed this chat: too much was sent at once.",
  1009: "The server closed this chat: a message was too large.",
  1012: "The server restarts: connect again in a moment.",
  4501: "This chat went on in another tab.",
};

/** Why there is no connection, for good; `origin` is the page's. */
export function farewell({ cause, code, reason }: Ending, origin: string): string {
  if (cause === "unreachable") {
    return `Refused. Is the server up, and is ${origin} one of its ALLOWED_ORIGINS?`;
  }
  if (cause === "cut") return `The connection was cut (${code}): no Close frame came.`;
  const why = CLOSED_FOR_GOOD[code] ?? "The server closed this chat.";
  return `${why} (code ${code}${reason === "" ? "" : `, ${reason}`})`;
}
