import { assertEquals } from "@std/assert";
import { type ChatState, type KeptOutbox, PublishError } from "../src/client/mod.ts";
import { App } from "../src/page/app.ts";
import type { Opening } from "../src/page/surroundings.ts";
import { type Kept, lookBack, readKept, writeKept } from "../src/page/kept.ts";
import type { Line, LineListener } from "../src/page/line.ts";
import { openPlainLine } from "../src/page/plain_line.ts";
import { tapped } from "../src/page/tap.ts";
import { FakeSocket } from "./page_fake_socket.ts";

const LIVE: ChatState = { name: "live", url: "", isResumed: true };
const SESSION = { session: "s1", cursor: { epoch: "e", seq: 7 } };

/** An app on lines that do nothing by themselves. */
function setUp(kept: Kept = {}) {
  const openings: Opening[] = [];
  const lines: { listener: LineListener; outbox: KeptOutbox; isClosed: boolean }[] = [];
  const keptNow: Kept[] = [];
  const open = (opening: Opening, listener: LineListener): Line => {
    openings.push(opening);
    const line = {
      listener,
      outbox: opening.outbox ?? { lastId: 0, publishes: [] },
      isClosed: false,
    };
    lines.push(line);
    return {
      get place() {
        return { ...SESSION, outbox: line.outbox };
      },
      maxBytes: 512,
      publish(content) {
        if (content === "full") throw new PublishError("outbox_full", { content });
        const id = line.outbox.lastId + 1;
        const publishes = [...line.outbox.publishes, { id, content }];
        line.outbox = { lastId: id, publishes };
      },
      close() {
        line.isClosed = true;
        for (const { content, id } of line.outbox.publishes) {
          listener.failed(new PublishError("closed", { content, id }));
        }
        line.outbox = { lastId: line.outbox.lastId, publishes: [] };
        listener.state({ name: "closed", ending: { cause: "asked", code: 1000, reason: "" } });
      },
    };
  };
  const app = new App({
    open,
    diagnose: () => Promise.resolve("full"),
    show: () => {},
    keep: (kept) => void keptNow.push(kept),
    now: () => 0,
  }, { kept, name: "Ann" });
  return { app, openings, lines, kept: () => keptNow.at(-1)! };
}

Deno.test("App keeps what is said before it is known to be in the log", () => {
  const { app, kept } = setUp();
  app.connect();
  assertEquals(app.say("hello"), undefined);
  assertEquals(kept().outbox, { lastId: 1, publishes: [{ id: 1, content: "hello" }] });
  assertEquals(app.view.waiting, [{ id: 1, content: "hello" }]);
  assertEquals([app.say("full"), app.view.waiting.length], ["outbox_full", 1]);
});

Deno.test("App goes on after a reload with session, outbox, name, and a look back", () => {
  const outbox = { lastId: 3, publishes: [{ id: 3, content: "hello" }] };
  const cursor = { epoch: "e", seq: 500 };
  const { app, openings, kept } = setUp({ session: "s1", cursor, outbox });
  assertEquals(app.view.waiting.length, 1);
  app.connect();
  assertEquals(openings, [{ session: "s1", cursor: lookBack(cursor), outbox, name: "Ann" }]);
  assertEquals(kept().cursor, cursor);
});

Deno.test("App loses nothing when it is closed for good, and says it on the next line", () => {
  const { app, openings, lines, kept } = setUp();
  app.connect();
  lines[0]!.listener.state(LIVE);
  app.say("hello");
  app.disconnect();
  assertEquals([app.view.connection.name, app.view.waiting.length], ["closed", 1]);
  assertEquals(kept().outbox?.publishes.length, 1);
  app.connect();
  assertEquals(openings[1]!.outbox, { lastId: 1, publishes: [{ id: 1, content: "hello" }] });
});

Deno.test("App hears no more of a line that it replaced, and renames on a new one", () => {
  const { app, openings, lines } = setUp();
  app.connect();
  lines[0]!.listener.state(LIVE);
  app.say("hello");
  app.rename("Zoë");
  assertEquals([lines[0]!.isClosed, app.view.connection.name, app.view.waiting.length], [
    true,
    "live",
    1,
  ]);
  assertEquals([openings[1]!.name, openings[1]!.outbox?.publishes.length], ["Zoë", 1]);
  lines[0]!.listener.message({ seq: 1, from: "x", content: "old", at: 0, isMine: false });
  assertEquals(app.view.entries, []);
});

Deno.test("App gives back what could not be said", () => {
  const { app, lines, kept } = setUp();
  app.connect();
  lines[0]!.listener.failed(new PublishError("too_large", { content: "long", id: 1 }));
  assertEquals(kept().unsaid?.map(({ content }) => content), ["long"]);
  assertEquals(app.takeBack(app.view.unsaid[0]!.key), "long");
  assertEquals([app.view.unsaid, kept().unsaid], [[], []]);
});

Deno.test("App tells no gap of messages that were only to be looked back at", () => {
  const { app, lines } = setUp({ session: "s1", cursor: { epoch: "e", seq: 500 } });
  app.connect();
  const gap = (seq: number) =>
    lines[0]!.listener.gap({
      reason: "trimmed",
      from: { epoch: "e", seq: 400 },
      to: { epoch: "e", seq },
    });
  gap(450);
  assertEquals(app.view.entries, []);
  gap(501);
  assertEquals(app.view.entries.length, 1);
});

Deno.test("App asks the server what is wrong when it cannot be reached", async () => {
  const { app, lines } = setUp();
  app.connect();
  const ending = { cause: "unreachable", code: 1006, reason: "" } as const;
  lines[0]!.listener.state({ name: "waiting", retryInMs: 1, attempt: 1, ending });
  await Promise.resolve();
  await Promise.resolve();
  assertEquals(app.view.diagnosis, "full");
});

Deno.test("readKept() reads what was written, and nothing that is not ours", () => {
  const items = new Map<string, string>();
  const store = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  };
  writeKept(store, "den", { ...SESSION, draft: "hel" });
  assertEquals(readKept(store, "den"), { ...SESSION, draft: "hel" });
  assertEquals(readKept(store, "lobby"), {});
  for (const wrong of ["{", "7", "null", `{"session":7}`, `{"outbox":null}`]) {
    items.set("lastcall.room.den", wrong);
    assertEquals(readKept(store, "den"), {}, wrong);
  }
  const broken = {
    getItem: () => null,
    setItem() {
      throw new DOMException("full", "QuotaExceededError");
    },
  };
  writeKept(broken, "den", {});
});

Deno.test("openPlainLine() says, hears, and tells how it ended", () => {
  const socket = new FakeSocket();
  const told: unknown[] = [];
  const seen: string[] = [];
  const listener = {
    state: ({ name, ...rest }: ChatState) =>
      told.push("ending" in rest ? [name, rest.ending.code, rest.ending.cause] : name),
    message: ({ content, isMine }: { content: string; isMine: boolean }) =>
      told.push([content, isMine]),
  } as unknown as LineListener;
  const createSocket = tapped(() => socket, ({ what, text }) => seen.push(`${what} ${text}`));
  const line = openPlainLine("ws://x/ws", { createSocket, now: () => 0 }, listener);
  socket.tell("open");
  line.publish("hello");
  socket.tell("message", { data: `{"content":"hi","session":"secret"}` });
  line.close();
  socket.tell("close", { code: 1000, reason: "bye" });
  assertEquals(told, [
    "connecting",
    "live",
    ["hello", true],
    ["hi", false],
    ["closed", 1000, "closed"],
  ]);
  assertEquals(seen, [
    "open ws://x/ws, no subprotocol",
    `sent {"content":"hello"}`,
    `came {"content":"hi","session":"…"}`,
    "closed code 1000, bye",
  ]);
});
