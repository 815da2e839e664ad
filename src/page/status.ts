/**
 * What the page says of its connection. It says what is so, and what will be next.
 */

import type { View } from "./view.ts";
import { farewell, interruption, isRestart, messages } from "./words.ts";

/** The state of the connection, in words. */
export interface Status {
  /** How it looks. */
  tone: "idle" | "live" | "busy" | "down" | "closed";
  /** What is shown. */
  text: string;
  /** What is read aloud: the same without what changes every second. */
  spoken: string;
  /** What can be done about it. */
  action?: "try_now" | "connect_again" | "use_here";
}

/** In words; `origin` is the page's. */
export function statusOf(view: View, origin: string): Status {
  const { connection } = view;
  switch (connection.name) {
    case "idle":
      return same("idle", "Not connected.");
    case "connecting":
      return same("busy", sentence("Connecting…", waitingText(view)));
    case "live":
      return { tone: "live", text: liveText(view), spoken: "Connected." };
    case "leaving":
      return countdown("busy", "The server restarts", {
        when: `back in about ${seconds(connection.reconnectAfterMs)}`,
        view,
      });
    case "waiting":
      return waitingStatus(connection, view);
    case "closed":
      return closedStatus(connection, view, origin);
  }
}

type In<Name> = Extract<View["connection"], { name: Name }>;

function waitingStatus({ retryInMs, ending }: In<"waiting">, view: View): Status {
  const leftMs = view.since + retryInMs - view.now;
  const why = view.diagnosis ?? interruption(ending);
  if (isRestart(ending)) {
    return countdown("busy", why, { when: `back in ${seconds(leftMs)}`, view });
  }
  const when = `next attempt in ${seconds(leftMs)}`;
  return { ...countdown("down", why, { when, view }), action: "try_now" };
}

function closedStatus({ ending }: In<"closed">, view: View, origin: string): Status {
  const text = sentence(farewell(ending, origin), waitingText(view));
  if (ending.cause === "asked") return same("idle", text);
  const action = ending.code === 4501 ? "use_here" : "connect_again";
  return { ...same("closed", text), action };
}

function liveText({ waiting }: View): string {
  if (waiting.length === 0) return "Connected.";
  if (waiting.length === 1) return "Connected; sending 1 message.";
  return `Connected; sending ${messages(waiting.length)}, as fast as the server takes them.`;
}

function countdown(
  tone: Status["tone"],
  why: string,
  { when, view }: { when: string; view: View },
): Status {
  const text = `${[why, when, ...waitingText(view)].join("; ")}.`;
  return { tone, text, spoken: `${[why, ...waitingText(view)].join("; ")}.` };
}

function waitingText({ waiting }: View): string[] {
  return waiting.length === 0 ? [] : [`${messages(waiting.length)} waiting`];
}

function sentence(first: string, more: string[]): string {
  return more.length === 0 ? first : `${first} ${more.join("; ")}.`;
}

function same(tone: Status["tone"], text: string): Status {
  return { tone, text, spoken: text };
}

function seconds(ms: number): string {
  return ms <= 500 ? "a moment" : `${Math.ceil(ms / 1_000)} s`;
}
