/**
 * Explains a trace: what happened, step by step, and what that says about the server.
 *
 * @module
 */

import { CLOSE_CODES, explainCloseCode, formatDuration } from "@lastcall/lastcall";
import { EXIT } from "../loadtest/exit_codes.ts";
import type { Handshake, Trace } from "./trace.ts";

/** How a connection ended, in a word. */
export type Ending = "proper" | "cut" | "unanswered" | "illegal" | "refused";

/** A trace, explained. */
export interface Story {
  ending: Ending;
  exitCode: number;
  /** What happened, in order. */
  steps: Step[];
  /** What this says about the server. */
  conclusion: string;
}

/** One thing that happened. */
export interface Step {
  atMs: number;
  text: string;
}

const EXIT_CODE: Record<Ending, number> = {
  proper: EXIT.pass,
  cut: EXIT.correctness,
  unanswered: EXIT.correctness,
  illegal: EXIT.correctness,
  refused: EXIT.notStarted,
};

/** Tells the story of a trace. */
export function explain(trace: Trace): Story {
  const ending = endingOf(trace);
  return {
    ending,
    exitCode: EXIT_CODE[ending],
    steps: stepsOf(trace),
    conclusion: conclusionOf(trace, ending),
  };
}

function endingOf({ handshake, broken, received, bytesAfterClose, tcp }: Trace): Ending {
  if (handshake.how !== "open") return "refused";
  if (broken || bytesAfterClose > 0) return "illegal";
  if (received) return "proper";
  return tcp ? "cut" : "unanswered";
}

function stepsOf(trace: Trace): Step[] {
  const { handshake, sent, received, broken, tcp, timeoutMs } = trace;
  const steps = [{ atMs: handshake.atMs, text: handshakeText(handshake) }];
  if (sent) steps.push({ atMs: sent.atMs, text: `we sent ${closeText(sent)}` });
  if (received) steps.push({ atMs: received.atMs, text: receivedText(trace, received) });
  if (broken) {
    steps.push({ atMs: broken.atMs, text: `the server broke the protocol: ${broken.error}` });
  }
  if (tcp) steps.push({ atMs: tcp.atMs, text: `the server ended TCP with ${tcpText(tcp.how)}` });
  else if (handshake.how === "open") {
    steps.push({ atMs: timeoutMs, text: "TCP was still open; we ended it" });
  }
  return steps.toSorted((a, b) => a.atMs - b.atMs);
}

function handshakeText(handshake: Handshake): string {
  switch (handshake.how) {
    case "open":
      return `101: connected, ${
        handshake.subprotocol ? `subprotocol ${handshake.subprotocol}` : "no subprotocol"
      }`;
    case "refused":
      return `HTTP ${handshake.status} instead of 101${
        handshake.body ? `: ${handshake.body.trim()}` : ""
      }`;
    case "failed":
      return `no connection: ${handshake.error}`;
  }
}

function receivedText({ sent, messages }: Trace, received: NonNullable<Trace["received"]>): string {
  const first = messages > 0 ? `${messages} messages and then ` : "";
  const answer = !sent || sent.atMs > received.atMs
    ? "by the server's own decision"
    : sent.code === received.code
    ? "our code came back"
    : "not our code";
  const took = sent && sent.atMs <= received.atMs
    ? `, after ${formatDuration(received.atMs - sent.atMs)}`
    : "";
  return `${first}${closeText(received)} arrived: ${answer}${took}`;
}

function closeText({ code, reason }: { code: number; reason: string }): string {
  const name = CLOSE_CODES[code]?.name;
  return `Close ${code}${name ? ` ${name}` : ""}${reason ? ` ${JSON.stringify(reason)}` : ""}`;
}

function tcpText(how: "fin" | "reset"): string {
  return how === "fin" ? "FIN" : "a reset";
}

function conclusionOf(trace: Trace, ending: Ending): string {
  const { broken, received, sent, tcp, timeoutMs, handshake } = trace;
  const within = `within ${formatDuration(timeoutMs)}`;
  switch (ending) {
    case "refused":
      return handshake.how === "refused"
        ? refusalMeaning(handshake.status)
        : "Nothing that speaks HTTP could be reached there.";
    case "illegal":
      return broken
        ? "The server ends connections in a way that clients must treat as an error."
        : "The server goes on talking after its Close frame, where nobody listens any more.";
    case "cut":
      return `The server drops connections without a Close frame${
        sent ? ", and does not answer ours" : ""
      }: clients see 1006 and cannot tell a restart from a fault.`;
    case "unanswered":
      return sent
        ? `The server did not answer our Close ${within}: it waits for a timeout, or forever.`
        : `The server did not close ${within}.`;
    case "proper":
      return `${properMeaning(received!.code, sent)}${leftover(tcp, within)}`;
  }
}

function properMeaning(code: number, sent: Trace["sent"]): string {
  if (!sent) return `The server takes its leave properly. ${code}: ${explainCloseCode(code)}`;
  if (code === sent.code) return "The server answers a Close properly: its clients see their code.";
  return `The server answers a Close, with ${code} instead of ${sent.code}. ${
    explainCloseCode(code)
  }`;
}

function leftover(tcp: Trace["tcp"], within: string): string {
  if (!tcp) return ` But it did not end TCP ${within}: such sockets pile up.`;
  return tcp.how === "reset" ? " But it resets TCP: what is still under way may be lost." : "";
}

function refusalMeaning(status: number): string {
  if (status === 403) return "The server refuses this origin or client: look at --origin.";
  if (status === 404) return "There is no WebSocket at this path.";
  if (status === 426) return "The server wants another version of the protocol.";
  if (status === 503) return "The server is draining, full or not ready.";
  if (status < 300) return "There is an ordinary HTTP page at this path, no WebSocket.";
  return "The server refused to open a WebSocket.";
}
