import { assert, assertEquals } from "@std/assert";
import type { ChatMessage, ChatState, Ending } from "../src/client/mod.ts";
import { diagnosisOf } from "../src/page/diagnose.ts";
import { composerHint } from "../src/page/hint.ts";
import { roomName } from "../src/page/room_name.ts";
import { labelOf, rows } from "../src/page/rows.ts";
import { statusOf } from "../src/page/status.ts";
import { MAX_SHOWN, reduce } from "../src/page/reduce.ts";
import { emptyView, type View, type ViewEvent } from "../src/page/view.ts";

const ORIGIN = "https://chat.example";

function after(...events: ViewEvent[]): View {
  return events.reduce(reduce, emptyView(0));
}

const said = (seq: number, more: Partial<ChatMessage> = {}): ViewEvent => ({
  type: "message",
  message: { seq, from: "bob1234567", content: `at ${seq}`, at: seq, isMine: false, ...more },
});
const state = (state: ChatState, now = 0): ViewEvent => ({ type: "state", state, now });
const wait = (...contents: string[]): ViewEvent => ({
  type: "waiting",
  waiting: contents.map((content, i) => ({ id: i + 1, content })),
});
const live: ChatState = { name: "live", url: "", isResumed: true };
const waiting = (ending: Partial<Ending>, retryInMs = 3_000): ChatState => ({
  name: "waiting",
  retryInMs,
  attempt: 1,
  ending: { cause: "closed", code: 1006, reason: "", ...ending },
});

Deno.test("rows() shows what waits after what is said, and keeps its key when it is accepted", () => {
  const before = rows(after(said(1), wait("hello")));
  assertEquals(before.map(({ kind, content }) => [kind, content]), [
    ["message", "at 1"],
    ["waiting", "hello"],
  ]);
  const accepted = after(said(1), wait("hello"), said(2, { isMine: true, id: 1 }), wait());
  const { key, kind, label } = rows(accepted)[1]!;
  assertEquals([key, kind, label], [before[1]!.key, "message", "You"]);
});

Deno.test("reduce() shows no message twice, and those of another life of the log all the same", () => {
  const gap: ViewEvent = {
    type: "gap",
    gap: { reason: "epoch_changed", from: { epoch: "a", seq: 1 }, to: { epoch: "b", seq: 0 } },
  };
  const shown = rows(after(said(1), said(1), gap, said(1)));
  assertEquals(shown.map(({ kind }) => kind), ["message", "notice", "message"]);
});

Deno.test("reduce() shows the newest messages when there are too many, and says so", () => {
  const view = after(...Array.from({ length: MAX_SHOWN + 5 }, (_, i) => said(i + 1)));
  assertEquals([view.entries.length, view.isShortened], [MAX_SHOWN, true]);
  assertEquals(rows(view)[0]!.content, "at 6");
});

Deno.test("rows() joins what one person says in a row, and no more than that", () => {
  const minute = 60_000;
  const shown = rows(after(
    said(1, { at: 0 }),
    said(2, { at: minute }),
    said(3, { at: 9 * minute }),
    said(4, { at: 9 * minute, from: "eve" }),
  ));
  assertEquals(shown.map(({ isContinued }) => isContinued), [false, true, false, false]);
});

Deno.test("rows() tells two people of one name apart, and names guests", () => {
  const shown = rows(after(
    said(1, { name: "Bob" }),
    said(2, { name: "Bob", from: "evil999999" }),
    said(3, { from: "carl000000" }),
  ));
  assertEquals(shown.map(({ label }) => label), ["Bob (bob1)", "Bob (evil)", "guest carl"]);
  const mine = after({ type: "named", name: "Bob" }, said(1, { name: "Bob" }));
  assertEquals(rows(mine)[0]!.label, "Bob (bob1)");
  assertEquals(labelOf({ from: "plain-x9y8" }), "guest x9y8");
});

Deno.test("rows() keeps what could not be said until it is dealt with", () => {
  const unsaid = { key: "u1", content: "too long", code: "too_large" as const };
  const view = after({ type: "unsaid", unsaid });
  assertEquals(rows(view).map(({ kind, content }) => [kind, content]), [["unsaid", "too long"]]);
  assert(rows(view)[0]!.note!.startsWith("Not sent"));
  assertEquals(rows(reduce(view, { type: "dealtWith", key: "u1" })), []);
});

Deno.test("reduce() knows nobody to be here without a connection", () => {
  const people: ViewEvent = { type: "people", people: { here: 2, names: ["Ann"] } };
  assertEquals(after(state(live), people).people?.here, 2);
  assertEquals(after(state(live), people, state(waiting({}))).people, undefined);
});

const STATUSES: [text: string, events: ViewEvent[]][] = [
  ["Not connected.", []],
  ["Connecting…", [state({ name: "connecting", url: "", attempt: 1 })]],
  ["Connected.", [state(live)]],
  ["Connected; sending 1 message.", [state(live), wait("a")]],
  ["Connected; sending 2 messages, as fast as the server takes them.", [
    state(live),
    wait("a", "b"),
  ]],
  ["The server restarts; back in about 3 s; 2 messages waiting.", [
    state({ name: "leaving", closeInMs: 2_000, reconnectAfterMs: 2_400 }),
    wait("a", "b"),
  ]],
  ["The server restarts; back in 3 s; 1 message waiting.", [
    state(waiting({ code: 1012 })),
    wait("a"),
  ]],
  ["The server restarts; back in 1 s.", [
    state(waiting({ code: 1012 })),
    { type: "tick", now: 2_400 },
  ]],
  ["The server restarts; back in a moment.", [
    state(waiting({ code: 1012 })),
    { type: "tick", now: 3_000 },
  ]],
  ["The connection was lost; next attempt in 3 s.", [state(waiting({ cause: "cut" }))]],
  ["The server cannot be reached; next attempt in 3 s.", [
    state(waiting({ cause: "unreachable" })),
  ]],
  ["The server takes nobody in: full; next attempt in 3 s.", [
    state(waiting({ cause: "unreachable" })),
    { type: "diagnosed", diagnosis: "The server takes nobody in: full" },
  ]],
  ["The server closed the connection (code 4123); next attempt in 3 s.", [
    state(waiting({ code: 4123 })),
  ]],
  ["This chat went on in another tab. (code 4501, replaced) 1 message waiting.", [
    wait("a"),
    state({ name: "closed", ending: { cause: "closed", code: 4501, reason: "replaced" } }),
  ]],
  [`Refused. Is the server up, and is ${ORIGIN} one of its ALLOWED_ORIGINS?`, [
    state({ name: "closed", ending: { cause: "unreachable", code: 1006, reason: "" } }),
  ]],
];

for (const [text, events] of STATUSES) {
  Deno.test(`statusOf() says "${text}"`, () => {
    assertEquals(statusOf(after(...events), ORIGIN).text, text);
  });
}

Deno.test("statusOf() has nothing read aloud every second, and offers what can be done", () => {
  const view = after(state(waiting({ code: 1012 })), wait("a"));
  const { spoken, action } = statusOf(view, ORIGIN);
  // The server has said when to come back: nobody is invited to come earlier.
  assertEquals([spoken, action], ["The server restarts; 1 message waiting.", undefined]);
  assertEquals(statusOf(after(state(waiting({ cause: "cut" }))), ORIGIN).action, "try_now");
  const later = statusOf(reduce(view, { type: "tick", now: 1_000 }), ORIGIN);
  assertEquals(later.spoken, spoken);
  const closed = (code: number) =>
    statusOf(after(state({ name: "closed", ending: { cause: "closed", code, reason: "" } })), "");
  assertEquals([closed(4501).action, closed(1008).action], ["use_here", "connect_again"]);
});

Deno.test("a diagnosis holds until there is a connection again", () => {
  const ill = after(state(waiting({ cause: "unreachable" })), {
    type: "diagnosed",
    diagnosis: "full",
  });
  const next = reduce(ill, state({ name: "connecting", url: "", attempt: 2 }));
  assertEquals([next.diagnosis, reduce(next, state(live)).diagnosis], ["full", undefined]);
});

Deno.test("diagnosisOf() reads what /readyz says", () => {
  assertEquals(
    diagnosisOf(200, "ready\n", ORIGIN),
    `The server is up and refuses this page (is ${ORIGIN} one of its ALLOWED_ORIGINS?)`,
  );
  const full = "Not ready: full (1 of 1 clients)\n";
  assertEquals(diagnosisOf(503, full, ""), "The server takes nobody in: full (1 of 1 clients)");
  assertEquals(diagnosisOf(502, "<html>", ""), undefined);
});

Deno.test("composerHint() counts bytes near the limit, and says by how much it is passed", () => {
  const hint = (typed: string) => composerHint(typed, { maxBytes: 512 });
  assertEquals(hint("x".repeat(400)), { text: "", isWrong: false });
  assertEquals(hint("🦉".repeat(127)), { text: "4 bytes left", isWrong: false });
  assertEquals(hint("x".repeat(512)), { text: "0 bytes left", isWrong: false });
  assertEquals(hint("x".repeat(513)), {
    text: "Too long by 1 byte: shorten it to send.",
    isWrong: true,
  });
  assertEquals(composerHint("x".repeat(9_999), {}).isWrong, false);
  assert(composerHint("x", { refusal: "outbox_full" }).text.includes("still here"));
});

Deno.test("roomName() makes a room of what is typed, or none", () => {
  assertEquals(["lobby", " The Den ", "a.b_c-1"].map(roomName), ["lobby", "the-den", "a.b_c-1"]);
  assertEquals(["", "-x", "é", "x".repeat(65), "../x"].map(roomName), Array(5).fill(undefined));
});
