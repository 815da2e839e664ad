import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { OptionError } from "@lastcall/lastcall";
import { readCloseOptions } from "../cli/close/options.ts";
import { explain } from "../cli/close/story.ts";
import { storyText } from "../cli/close/story_text.ts";
import type { Trace } from "../cli/close/trace.ts";

function trace(more: Partial<Trace> = {}): Trace {
  return {
    url: "ws://127.0.0.1:9/ws",
    origin: "http://localhost:8080",
    timeoutMs: 10_000,
    handshake: { how: "open", atMs: 3, headers: { upgrade: "websocket" }, subprotocol: "" },
    messages: 0,
    bytesAfterClose: 0,
    ...more,
  };
}

const sent = { atMs: 4, code: 1000, reason: "" };
const fin = { atMs: 7, how: "fin" as const };
const received = { atMs: 6, code: 1000, reason: "" };
const closed = { received, tcp: fin };

const refused = (status: number, body = "") =>
  trace({ handshake: { how: "refused", atMs: 3, status, headers: {}, body } });

const CASES: [string, Trace, string, number, string][] = [
  ["our code came back", trace({ sent, ...closed }), "proper", 0, "answers a Close properly"],
  [
    "another code came back",
    trace({ sent, received: { ...received, code: 1005 }, tcp: fin }),
    "proper",
    0,
    "with 1005 instead of 1000",
  ],
  [
    "the server closed by itself",
    trace({ received: { ...received, code: 1012 }, tcp: fin }),
    "proper",
    0,
    "takes its leave properly. 1012: The server restarts as planned.",
  ],
  [
    "TCP stayed open after a proper close",
    trace({ sent, received }),
    "proper",
    0,
    "But it did not end TCP within 10s",
  ],
  [
    "TCP was reset after a proper close",
    trace({ sent, received, tcp: { atMs: 7, how: "reset" } }),
    "proper",
    0,
    "But it resets TCP",
  ],
  ["TCP ended instead of an answer", trace({ sent, tcp: fin }), "cut", 10, "does not answer ours"],
  ["TCP ended without a word", trace({ tcp: fin }), "cut", 10, "clients see 1006"],
  ["nothing came", trace({ sent }), "unanswered", 10, "did not answer our Close within 10s"],
  ["nothing came while waiting", trace(), "unanswered", 10, "did not close within 10s"],
  [
    "the Close frame is illegal",
    trace({ sent, broken: { atMs: 5, error: "invalid status code 1005" }, tcp: fin }),
    "illegal",
    10,
    "must treat as an error",
  ],
  [
    "data came after the Close frame",
    trace({ sent, ...closed, bytesAfterClose: 4 }),
    "illegal",
    10,
    "goes on talking after its Close frame",
  ],
  ["an origin is refused", refused(403), "refused", 13, "--origin"],
  ["nothing is there", refused(404), "refused", 13, "no WebSocket at this path"],
  ["a server drains", refused(503, "draining\n"), "refused", 13, "draining, full or not ready"],
  ["a page is there", refused(200), "refused", 13, "ordinary HTTP page"],
  ["something is wrong", refused(500), "refused", 13, "refused to open a WebSocket"],
  [
    "nobody listens",
    trace({ handshake: { how: "failed", atMs: 1, error: "ECONNREFUSED" } }),
    "refused",
    13,
    "could be reached",
  ],
];

for (const [name, seen, ending, exitCode, conclusion] of CASES) {
  Deno.test(`explain() says ${ending} when ${name}`, () => {
    const story = explain(seen);
    assertEquals([story.ending, story.exitCode], [ending, exitCode]);
    assertStringIncludes(story.conclusion, conclusion);
  });
}

Deno.test("storyText() tells what happened in order", () => {
  const seen = trace({ sent, received: { ...received, reason: "bye" }, messages: 2, tcp: fin });
  assertEquals(
    storyText(seen, explain(seen)),
    `PROPER  The server answers a Close properly: its clients see their code.

ws://127.0.0.1:9/ws
   3ms  101: connected, no subprotocol
   4ms  we sent Close 1000 normal
   6ms  2 messages and then Close 1000 normal "bye" arrived: our code came back, after 2ms
   7ms  the server ended TCP with FIN

Response headers
  upgrade  websocket
`,
  );
});

Deno.test("storyText() shows a refusal with its body", () => {
  const text = storyText(refused(503, "draining\n"), explain(refused(503, "draining\n")));
  assertStringIncludes(text, "NOT CONNECTED  The server is draining, full or not ready.");
  assertStringIncludes(text, "3ms  HTTP 503 instead of 101: draining");
});

Deno.test("explain() notes that the server closed before us", () => {
  const seen = trace({ sent, received: { atMs: 3.5, code: 1008, reason: "" }, tcp: fin });
  const texts = explain(seen).steps.map(({ text }) => text);
  assertEquals(texts[1], "Close 1008 policy arrived: by the server's own decision");
});

Deno.test("readCloseOptions() takes one WebSocket URL and a code that may be sent", () => {
  const request = readCloseOptions(["ws://127.0.0.1:9/ws", "--code", "3000", "--timeout", "1s"]);
  assertEquals("url" in request && [request.url, request.options.code], [
    "ws://127.0.0.1:9/ws",
    3_000,
  ]);
  for (
    const [args, wanted] of [
      [[], "must be one ws: or wss: URL, such as ws://127.0.0.1:8080/ws; got none"],
      [["http://127.0.0.1/"], "must be one ws: or wss: URL"],
      [["ws://a/", "ws://b/"], "got ws://a/ ws://b/"],
      [["ws://a/", "--code", "1006"], "--code must be a close code that a client may send"],
      [["ws://a/", "--reason", "x".repeat(124)], "--reason must be at most 123 bytes"],
    ] as [string[], string][]
  ) assertStringIncludes(assertThrows(() => readCloseOptions(args), OptionError).message, wanted);
});
