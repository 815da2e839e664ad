import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  ChatClient,
  type ChatClientOptions,
  type ChatState,
  PublishError,
} from "../src/client/mod.ts";
import { FakeClock } from "./fake_clock.ts";
import { FakeNet } from "./fake_socket.ts";
import { within } from "./harness.ts";

const URL = "ws://a.example/ws";

function waiting({ state }: ChatClient): Extract<ChatState, { name: "waiting" }> {
  if (state.name !== "waiting") throw new Error(`It is ${state.name}, not waiting`);
  return state;
}

/** A client without a network, and its world. `await using` closes it. */
class Setup implements AsyncDisposable {
  readonly net = new FakeNet();
  readonly clock = new FakeClock();
  readonly chat: ChatClient;
  readonly heard: string[] = [];

  constructor(options: ChatClientOptions = {}) {
    const { net: { createSocket }, clock } = this;
    this.chat = new ChatClient(URL, { createSocket, clock, random: () => 0.5, ...options });
    this.chat.on("message", ({ content }) => this.heard.push(content));
  }

  static live(options?: ChatClientOptions): Setup {
    const setup = new Setup(options);
    setup.net.socket.open();
    setup.net.socket.welcome();
    return setup;
  }

  /** The contents published on the present connection. */
  get published(): unknown[] {
    return this.net.socket.sent.flatMap((frame) => frame.type === "publish" ? frame.content : []);
  }

  /** Waits until the client connects again, and welcomes it. */
  async back(fields?: Parameters<FakeNet["socket"]["welcome"]>[0]): Promise<void> {
    await this.clock.advance(waiting(this.chat).retryInMs);
    this.net.socket.open();
    this.net.socket.welcome(fields);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.chat.close({ flushMs: 0 });
    this.net.socket.end(1000);
    await within(closed, "the client to close");
    assertEquals(this.clock.sleeping, 0, "a timer was left");
    assertEquals(this.net.sockets.map(({ listening }) => listening).filter(Boolean), []);
  }
}

Deno.test("ChatClient says hello, publishes, and resolves when it sees its message", async () => {
  await using setup = Setup.live({ room: "lobby" });
  assertEquals(setup.net.socket.url, "ws://a.example/ws?room=lobby");
  const { id, accepted } = setup.chat.publish("hello");
  assertEquals([id, setup.chat.pending, setup.published], [1, 1, ["hello"]]);
  setup.net.socket.deliver({ seq: 4, id: 1, content: "hello" });
  assertEquals(await accepted, { id: 1, seq: 4 });
  assertEquals([setup.chat.pending, setup.heard], [0, ["hello"]]);
  assertEquals([setup.chat.session, setup.chat.from], ["s1", "me"]);
});

Deno.test("ChatClient goes through a drain: silence, drained, back in time, nothing lost", async () => {
  await using setup = Setup.live();
  const first = setup.net.socket;
  const states: string[] = [];
  setup.chat.on("state", ({ name }) => states.push(name));
  const before = setup.chat.publish("before");
  first.say({ type: "drain", closeInMs: 2_000, reconnectAfterMs: 3_400 });
  const meanwhile = setup.chat.publish("meanwhile");
  assertEquals(first.sent.slice(2), [{ type: "drained", lastId: 1 }]);
  first.deliver({ seq: 1, id: 1 });
  first.say({ type: "done", lastId: 1 });
  first.end(1012);
  await setup.clock.advance(3_399);
  assertEquals(setup.net.sockets.length, 1);
  await setup.clock.advance(1);
  setup.net.socket.open();
  setup.net.socket.welcome({ seq: 1, lastId: 1 });
  assertEquals(setup.published, ["meanwhile"]);
  setup.net.socket.deliver({ seq: 2, id: 2 });
  assertEquals(await Promise.all([before.accepted, meanwhile.accepted]), [
    { id: 1, seq: 1 },
    { id: 2, seq: 2 },
  ]);
  assertEquals(states, ["leaving", "waiting", "connecting", "live"]);
});

Deno.test("ChatClient sends again exactly what was not seen when it is cut in a batch", async () => {
  await using setup = Setup.live();
  const published = ["a", "b", "c", "d"].map((content) => setup.chat.publish(content));
  setup.net.socket.deliver({ seq: 1, id: 1 }, { seq: 2, id: 2 });
  setup.net.socket.end();
  await setup.back({ seq: 2, lastId: 3 });
  assertEquals(setup.published, ["d"]);
  setup.net.socket.deliver({ seq: 3, id: 3 }, { seq: 4, id: 4 });
  const answers = await Promise.all(published.map(({ accepted }) => accepted));
  assertEquals(answers, [{ id: 1, seq: 1 }, { id: 2, seq: 2 }, { id: 3 }, { id: 4, seq: 4 }]);
});

Deno.test("ChatClient hears twice and applies once", async () => {
  await using setup = Setup.live();
  setup.net.socket.deliver({ seq: 1 }, { seq: 2 });
  setup.net.socket.end();
  await setup.back({ seq: 0 });
  setup.net.socket.deliver({ seq: 1 }, { seq: 2 }, { seq: 3 });
  assertEquals([setup.heard, setup.chat.redelivered], [["at 1", "at 2", "at 3"], 2]);
});

Deno.test("ChatClient tells in each message how far it has read", async () => {
  await using setup = Setup.live();
  const seqs: (number | undefined)[] = [];
  setup.chat.on("message", () => seqs.push(setup.chat.cursor?.seq));
  setup.net.socket.deliver({ seq: 3 }, { seq: 5 }, { seq: 6 });
  assertEquals(seqs, [3, 5, 6]);
});

Deno.test("ChatClient tells a gap, and only then what came after it", async () => {
  await using setup = Setup.live();
  const told: unknown[] = [];
  setup.chat.on("gap", (gap) => told.push(gap));
  setup.chat.on("message", ({ seq }) => told.push(seq));
  setup.net.socket.end(4002);
  await setup.back({ recovered: false, reason: "trimmed", seq: 70 } as never);
  setup.net.socket.deliver({ seq: 71 });
  const from = { epoch: "e1", seq: 0 };
  assertEquals(told, [{ reason: "trimmed", from, to: { epoch: "e1", seq: 70 } }, 71]);
});

Deno.test("ChatClient tries a rejected publish again, and fails one that is rejected for good", async () => {
  await using setup = Setup.live();
  const failures: PublishError[] = [];
  setup.chat.on("failed", (error) => failures.push(error));
  const again = setup.chat.publish("again");
  const never = setup.chat.publish("never");
  setup.net.socket.say({ type: "rejected", id: 1, code: "rate_limited", retryAfterMs: 420 });
  setup.net.socket.say({ type: "rejected", id: 2, code: "expired" });
  await setup.clock.advance(420);
  assertEquals(setup.published, ["again", "never", "again"]);
  setup.net.socket.deliver({ seq: 1, id: 1 });
  assertEquals(await again.accepted, { id: 1, seq: 1 });
  const error = await assertRejects(() => never.accepted, PublishError, "Cannot publish: ");
  assertEquals([error.code, error.content, error.id], ["expired", "never", 2]);
  assertEquals([error.isUncertain, failures], [true, [error]]);
});

Deno.test("ChatClient takes no more than its outbox holds", async () => {
  await using setup = new Setup({ outboxLimit: 2 });
  setup.chat.publish("a");
  setup.chat.publish("b");
  const error = assertThrows(() => setup.chat.publish("c"), PublishError);
  assertEquals([error.code, setup.chat.pending], ["outbox_full", 2]);
});

Deno.test("ChatClient does not end the process when nobody looks at a rejection", async () => {
  await using setup = Setup.live();
  const unhandled: Event[] = [];
  const note = (event: Event) => {
    event.preventDefault();
    unhandled.push(event);
  };
  globalThis.addEventListener("unhandledrejection", note);
  setup.chat.publish("a");
  setup.net.socket.end(4501);
  await setup.clock.advance(10);
  globalThis.removeEventListener("unhandledrejection", note);
  assertEquals([setup.chat.pending, unhandled], [0, []]);
});

Deno.test("ChatClient is closed for good by the codes that say so", async () => {
  for (const code of [1003, 1008, 1009, 4500, 4501]) {
    await using setup = Setup.live();
    const { accepted } = setup.chat.publish("a");
    setup.net.socket.end(code, "why");
    const ending = { cause: "closed", code, reason: "why" } as const;
    assertEquals(setup.chat.state, { name: "closed", ending });
    const error = await assertRejects(() => accepted, PublishError);
    assertEquals([error.code, error.isUncertain], ["closed", true]);
    await setup.clock.advance(120_000);
    assertEquals(setup.net.sockets.length, 1);
    assertThrows(() => setup.chat.publish("b"), PublishError, "the client is closed");
  }
});

Deno.test("ChatClient gives up on a socket that never opens, and hears it no more", async () => {
  await using setup = new Setup();
  await setup.clock.advance(10_000);
  assertEquals(setup.net.socket.closedWith, { code: 3008, reason: "connect_timeout" });
  assertEquals(setup.chat.state.name, "waiting");
  setup.net.socket.open();
  setup.net.socket.end();
  assertEquals(setup.chat.state.name, "waiting");
  await setup.back();
  assertEquals(setup.chat.state.name, "live");
});

Deno.test("ChatClient gives up on a socket that opens and says nothing", async () => {
  await using setup = new Setup();
  setup.net.socket.open();
  await setup.clock.advance(10_000);
  assertEquals(setup.net.socket.closedWith, { code: 3008, reason: "welcome_timeout" });
  const old = setup.net.socket;
  await setup.back();
  old.welcome({ from: "too late" });
  old.end(4501);
  assertEquals([setup.chat.state.name, setup.chat.from], ["live", "me"]);
});

Deno.test("ChatClient tells what the runtime says of a connection that failed", async () => {
  await using setup = new Setup();
  setup.net.socket.end(1006, "", "Connection refused");
  const ending = { cause: "unreachable", code: 1006, reason: "Connection refused" } as const;
  assertEquals(waiting(setup.chat).ending, ending);
});

Deno.test("ChatClient takes a socket that cannot be made for a server that cannot be reached", async () => {
  const net = new FakeNet();
  const clock = new FakeClock();
  let count = 0;
  const createSocket = (url: string, protocols: string[]) => {
    if (count++ === 0) throw new Error("Too many sockets");
    return net.createSocket(url, protocols);
  };
  const chat = new ChatClient(URL, { createSocket, clock });
  assertEquals(waiting(chat).ending.reason, "Error: Too many sockets");
  await clock.advance(500);
  assertEquals(chat.state.name, "connecting");
  const closed = chat.close();
  net.socket.end();
  await closed;
  assertEquals(clock.sleeping, 0);
});

Deno.test("ChatClient resumes after a binary frame", async () => {
  await using setup = Setup.live();
  setup.net.socket.say(new ArrayBuffer(3));
  assertEquals(waiting(setup.chat).ending.cause, "wrong_protocol");
});

Deno.test("ChatClient hears nothing once it is closed", async () => {
  await using setup = Setup.live();
  const states: string[] = [];
  setup.chat.on("state", ({ name }) => states.push(name));
  void setup.chat.close();
  setup.net.socket.deliver({ seq: 1 });
  setup.net.socket.say({ type: "drain", closeInMs: 1, reconnectAfterMs: 1 });
  setup.net.socket.end(1012);
  await setup.clock.advance(120_000);
  assertEquals([setup.heard, states, setup.net.sockets.length], [[], ["closed"], 1]);
});

Deno.test("close() waits for what is under way, and says goodbye", async () => {
  await using setup = Setup.live();
  const { accepted } = setup.chat.publish("last words");
  const closed = setup.chat.close();
  assertEquals(setup.net.socket.closedWith, undefined);
  assertThrows(() => setup.chat.publish("more"), PublishError, "the client is closed");
  setup.net.socket.deliver({ seq: 1, id: 1 });
  assertEquals(setup.net.socket.closedWith, { code: 1000, reason: "" });
  setup.net.socket.end(1000);
  await within(closed, "close()");
  assertEquals(await accepted, { id: 1, seq: 1 });
});

Deno.test("close() fails what is not settled in time, and does not wait for a mute server", async () => {
  await using setup = Setup.live();
  const { accepted } = setup.chat.publish("a");
  const unheard = assertRejects(() => accepted, PublishError);
  const closed = setup.chat.close({ flushMs: 300 });
  await setup.clock.advance(300);
  assertEquals([(await unheard).code, setup.chat.state.name], ["closed", "closed"]);
  await setup.clock.runUntil(closed, 2_000);
});

Deno.test("close() ends the waiting, and called twice is the same", async () => {
  await using setup = new Setup();
  setup.net.socket.end();
  assertEquals(setup.chat.state.name, "waiting");
  const closed = setup.chat.close();
  assertEquals(setup.chat.close(), closed);
  await within(closed, "close()");
  const ending = { cause: "asked", code: 1000, reason: "" } as const;
  assertEquals(setup.chat.state, { name: "closed", ending });
});

Deno.test("close() has a deadline, always", async () => {
  await using setup = Setup.live();
  const message = "Cannot close: flushMs must be a number of ms from 0, got ";
  assertThrows(() => setup.chat.close({ flushMs: Infinity }), TypeError, message);
  assertThrows(() => setup.chat.close({ flushMs: -1 }), TypeError, message);
});

Deno.test("A listener may publish and close: what follows comes in its order", async () => {
  await using setup = Setup.live();
  for (const content of ["a", "b"]) setup.chat.publish(content);
  setup.chat.on("state", ({ name }) => {
    if (name === "live") setup.chat.publish("c");
  });
  setup.net.socket.end();
  await setup.back();
  assertEquals(setup.published, ["a", "b", "c"]);
  setup.chat.on("message", () => void setup.chat.close({ flushMs: 0 }));
  setup.net.socket.deliver({ seq: 1, id: 1 }, { seq: 2, id: 2 });
  assertEquals([setup.heard, setup.chat.state.name], [["at 1", "at 2"], "closed"]);
});

Deno.test("A listener that publishes does not bring the others' order about", async () => {
  await using setup = Setup.live();
  const heard: number[] = [];
  setup.chat.on("message", ({ seq }) => setup.chat.publish(`re ${seq}`));
  setup.chat.on("message", ({ seq }) => heard.push(seq));
  setup.net.socket.deliver({ seq: 1 }, { seq: 2 });
  assertEquals([heard, setup.published], [[1, 2], ["re 1", "re 2"]]);
});

Deno.test("on() returns what ends it, and a listener that throws keeps nobody from hearing", async () => {
  await using setup = Setup.live();
  const heard: number[] = [];
  const uncaught: string[] = [];
  const note = (event: ErrorEvent) => {
    event.preventDefault();
    uncaught.push(event.message);
  };
  globalThis.addEventListener("error", note);
  const stop = setup.chat.on("message", () => {
    throw new Error("a fault of the listener");
  });
  setup.chat.on("message", ({ seq }) => heard.push(seq));
  setup.net.socket.deliver({ seq: 1 });
  stop();
  setup.net.socket.deliver({ seq: 2 });
  await setup.clock.advance(0);
  globalThis.removeEventListener("error", note);
  assertEquals([heard, uncaught.length], [[1, 2], 1]);
});

Deno.test("Two clients share nothing", async () => {
  await using one = Setup.live();
  await using two = Setup.live();
  one.chat.publish("a");
  one.net.socket.deliver({ seq: 7 });
  assertEquals([two.chat.pending, two.chat.cursor, two.heard], [0, { epoch: "e1", seq: 0 }, []]);
  one.net.socket.end(4501);
  assertEquals([one.chat.state.name, two.chat.state.name], ["closed", "live"]);
});

Deno.test("ChatClient refuses options that are wrong, and says which", () => {
  const { createSocket } = new FakeNet();
  const cases: [string, ChatClientOptions, string][] = [
    ["ftp://a.example", {}, "url must begin with ws:, wss:, http: or https:, got "],
    ["http://[", {}, 'url must be a URL, got "http://["'],
    [URL, { room: "Lobby" }, 'room must be 1 to 64 of a-z 0-9 . _ -, got "Lobby"'],
    [URL, { history: 1_001 }, "history must be an integer from 0 to 1000, got 1001"],
    [URL, { outboxLimit: 0 }, "outboxLimit must be an integer from 1, got 0"],
    [URL, { session: "" }, "session must be a string that is not empty"],
    [URL, { cursor: { epoch: "e", seq: -1 } }, "cursor must be {epoch: string, seq: integer"],
    [URL, { connectMs: 0 }, "connectMs must be a number of ms above 0, got 0"],
    [URL, { answerMs: NaN }, "answerMs must be a number of ms above 0, got "],
  ];
  for (const [url, options, message] of cases) {
    const make = () => new ChatClient(url, { createSocket, ...options });
    assertThrows(make, TypeError, `Cannot make a ChatClient: ${message}`);
  }
});

Deno.test("ChatClient takes http: for ws:, keeps the room in the URL, and drops the fragment", async () => {
  const net = new FakeNet();
  const { createSocket } = net;
  for (const url of ["http://a.example/ws?room=den#x", "https://a.example/ws"]) {
    const chat = new ChatClient(url, { createSocket, clock: new FakeClock() });
    const closed = chat.close();
    net.socket.end();
    await within(closed, "close()");
  }
  const urls = net.sockets.map(({ url }) => url);
  assertEquals(urls, ["ws://a.example/ws?room=den", "wss://a.example/ws"]);
});

Deno.test("publish() takes strings only", async () => {
  await using setup = Setup.live();
  const message = "Cannot publish: content must be a string, got 7";
  assertThrows(() => setup.chat.publish(7 as unknown as string), TypeError, message);
});
