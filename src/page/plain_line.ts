/**
 * A line on the plain protocol, for those who try it out: `{"content": "..."}` both ways, no answer, no
 * coming back. What is sent counts as said.
 */

import { type ChatState, type Ending, PublishError } from "../client/mod.ts";
import type { CreateSocket, Line, LineListener } from "./line.ts";

/** Numbers what is shown, over all lines. */
let seq = 0;

/** Opens one. */
export function openPlainLine(
  url: string,
  { createSocket, now }: { createSocket: CreateSocket; now: () => number },
  listener: LineListener,
): Line {
  const socket = createSocket(url);
  let state: ChatState = { name: "connecting", url, attempt: 1 };
  const become = (next: ChatState) => listener.state(state = next);
  const show = (content: string, isMine: boolean) =>
    listener.message({ seq: ++seq, from: "plain", name: "other", content, at: now(), isMine });
  listener.state(state);
  socket.addEventListener("open", () => become({ name: "live", url, isResumed: false }));
  socket.addEventListener("message", ({ data }) => show(contentOf(data), false));
  socket.addEventListener("close", ({ code = 1006, reason = "" }) => {
    become({ name: "closed", ending: endingOf(state, code, reason) });
  });
  return {
    place: undefined,
    maxBytes: undefined,
    publish(content) {
      if (state.name !== "live") throw new PublishError("closed", { content });
      socket.send(JSON.stringify({ content }));
      show(content, true);
    },
    close: () => socket.close(1000, "bye"),
  };
}

function contentOf(data: unknown): string {
  return String((JSON.parse(String(data)) as { content: unknown }).content);
}

function endingOf({ name }: ChatState, code: number, reason: string): Ending {
  if (code !== 1006) return { cause: "closed", code, reason };
  return { cause: name === "connecting" ? "unreachable" : "cut", code, reason };
}
