import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { ChatClient } from "@lastcall/lastcall/client";
import { inflateRawSync } from "node:zlib";
import { ORIGIN, serve, TestClient, until, within } from "./harness.ts";
import { V1TestClient } from "./v1_client.ts";

Deno.test("a new session is welcomed at the live edge, with a name and a secret", async () => {
  await using server = await serve();
  await using ann = await V1TestClient.welcomed(server.url);
  const { welcome } = ann;
  assertEquals([welcome.recovered, welcome.reason, welcome.seq, welcome.lastId], [
    false,
    "new",
    0,
    0,
  ]);
  assert(welcome.session.length >= 20);
  assertNotEquals(welcome.from, welcome.session);
  assertEquals(welcome.limits, {
    maxMessageSize: 512,
    rateLimitBurst: 5,
    rateLimitRefillMs: 1_000,
  });
  assertEquals(ann.socket.protocol, "lastcall.v1");
});

Deno.test("a publish reaches everybody in the room, its publisher too, and nobody elsewhere", async () => {
  await using server = await serve();
  await using ann = await V1TestClient.welcomed(server.url);
  await using bob = await V1TestClient.welcomed(server.url);
  await using den = await V1TestClient.welcomed(`${server.url}?room=den`);
  ann.publish(1, "one");
  ann.publish(2, "two 🦉 \u0000");
  assertEquals(await ann.heard(2), ["one", "two 🦉 \u0000"]);
  assertEquals(await bob.heard(2), ["one", "two 🦉 \u0000"]);
  assertEquals(bob.items.map(({ seq, from, id }) => [seq, from, id]), [
    [1, ann.welcome.from, 1],
    [2, ann.welcome.from, 2],
  ]);
  den.publish(1, "here");
  assertEquals(await den.heard(1), ["here"]);
  assertEquals(bob.items.length, 2);
});

Deno.test("plain and v1 clients of the lobby hear each other", async () => {
  await using server = await serve();
  await using ann = await V1TestClient.welcomed(server.url);
  await using bob = await TestClient.connect(server.url);
  await using carl = await TestClient.connect(server.url);
  await until(() => server.connections.countByState().open === 3, () => "all three");
  bob.say("from plain");
  ann.publish(1, "from v1");
  assertEquals((await ann.heard(2)).toSorted(), ["from plain", "from v1"]);
  assertEquals((await carl.heard(2)).toSorted(), ["from plain", "from v1"]);
  assertEquals(await bob.heard(1), ["from v1"]);
});

Deno.test("a repeated publish is in the log once, and lastId says what arrived", async () => {
  await using server = await serve({ rateLimitBurst: 100 });
  await using reader = await V1TestClient.welcomed(server.url);
  let session: string;
  {
    await using ann = await V1TestClient.welcomed(server.url);
    session = ann.welcome.session;
    for (const id of [1, 2, 2, 1, 3]) ann.publish(id, `message ${id}`);
    await ann.heard(3);
  }
  await using again = await V1TestClient.welcomed(server.url, { session });
  assertEquals([again.welcome.lastId, again.welcome.session], [3, session]);
  for (const id of [2, 3, 4]) again.publish(id, `message ${id}`);
  assertEquals(await reader.heard(4), [1, 2, 3, 4].map((id) => `message ${id}`));
});

Deno.test("a reader with a cursor gets all that it missed, a few before it, then the rest", async () => {
  await using server = await serve({ rateLimitBurst: 1_000 });
  await using ann = await V1TestClient.welcomed(server.url);
  for (let id = 1; id <= 60; id++) ann.publish(id, `${id}`);
  await ann.heard(60);
  const after = { epoch: ann.welcome.epoch, seq: 42 };
  await using bob = await V1TestClient.welcomed(server.url, { after });
  const { recovered, seq } = bob.welcome;
  // All who come back go on at a few common places.
  assertEquals([recovered, seq], [true, 25]);
  ann.publish(61, "61");
  const wanted = Array.from({ length: 61 - seq }, (_, i) => seq + 1 + i);
  assertEquals(await bob.heard(wanted.length), wanted.map(String));
  assertEquals(bob.items.map((item) => item.seq), wanted);
});

Deno.test("a reader at the live edge gets nothing that it has had", async () => {
  await using server = await serve({ rateLimitBurst: 1_000 });
  await using ann = await V1TestClient.welcomed(server.url);
  for (let id = 1; id <= 30; id++) ann.publish(id, `${id}`);
  await ann.heard(30);
  const after = { epoch: ann.welcome.epoch, seq: 30 };
  await using bob = await V1TestClient.welcomed(server.url, { after });
  assertEquals([bob.welcome.recovered, bob.welcome.seq], [true, 30]);
  ann.publish(31, "31");
  assertEquals(await bob.heard(1), ["31"]);
});

Deno.test("who can inflate gets large batches deflated, and small ones as text", async () => {
  await using server = await serve({ rateLimitBurst: 1_000 });
  await using ann = await V1TestClient.welcomed(server.url);
  for (let id = 1; id <= 100; id++) ann.publish(id, `message ${id}, and more of the same`);
  await ann.heard(100);
  const inflated: number[] = [];
  await using bob = new ChatClient(server.url, {
    history: 100,
    createSocket(url, protocols) {
      const socket = new WebSocket(url, { protocols, headers: { origin: ORIGIN } });
      socket.binaryType = "arraybuffer";
      return socket;
    },
    inflate(bytes) {
      inflated.push(bytes.length);
      return inflateRawSync(bytes).toString();
    },
  });
  const heard: string[] = [];
  const all = Promise.withResolvers<void>();
  bob.on("message", ({ content }) => {
    heard.push(content);
    if (heard.length === 101) all.resolve();
    else if (heard.length === 100) ann.publish(101, "short");
  });
  await all.promise;
  assertEquals([heard[0], heard[99], heard[100]], [
    ...["message 1, and more of the same", "message 100, and more of the same", "short"],
  ]);
  assertEquals(inflated.length, 1);
  assert(inflated[0]! < 2_000, `${inflated}`);
});

Deno.test("history gives the last messages, and no more than there are", async () => {
  await using server = await serve();
  await using ann = await V1TestClient.welcomed(server.url);
  for (let id = 1; id <= 3; id++) ann.publish(id, `${id}`);
  await ann.heard(3);
  await using two = await V1TestClient.welcomed(server.url, { history: 2 });
  await using all = await V1TestClient.welcomed(server.url, { history: 1_000 });
  assertEquals([await two.heard(2), await all.heard(3)], [["2", "3"], ["1", "2", "3"]]);
});

Deno.test("a cursor of another epoch, or from the future, is told as a gap", async () => {
  await using server = await serve();
  await using ann = await V1TestClient.welcomed(server.url);
  ann.publish(1, "one");
  await ann.heard(1);
  await using other = await V1TestClient.welcomed(server.url, { after: { epoch: "x", seq: 1 } });
  assertEquals([other.welcome.recovered, other.welcome.reason], [false, "epoch_changed"]);
  assertEquals(await other.heard(1), ["one"]);
  const after = { epoch: ann.welcome.epoch, seq: 99 };
  await using future = await V1TestClient.welcomed(server.url, { after });
  assertEquals([future.welcome.reason, future.welcome.seq], ["epoch_changed", 1]);
});

Deno.test("what cannot be published is rejected with its id, and the connection stays", async () => {
  await using server = await serve({ rateLimitBurst: 3, rateLimitRefillMs: 60_000 });
  await using ann = await V1TestClient.welcomed(server.url);
  ann.publish(1, "x".repeat(513));
  ann.socket.send('{"type":"publish","id":2,"content":7}');
  for (let id = 3; id <= 6; id++) ann.publish(id, "ok");
  const rejected = await until(() => {
    const all = ann.frames.filter((frame) => frame.type === "rejected");
    return all.length === 3 && all;
  }, () => "three rejections");
  assertEquals(rejected.map(({ id, code }) => [id, code]), [
    [1, "too_large"],
    [2, "invalid"],
    [6, "rate_limited"],
  ]);
  const { retryAfterMs } = rejected[2] as { retryAfterMs?: number };
  assert(retryAfterMs! > 0 && retryAfterMs! <= 20_000, `${retryAfterMs}`);
  assertEquals((await ann.heard(3)).length, 3);
});

const WRONG: [string, number, (client: V1TestClient) => void][] = [
  ["is not JSON", 4500, ({ socket }) => socket.send("{")],
  ["has no type", 4500, ({ socket }) => socket.send("{}")],
  ["has an unknown type", 4500, ({ socket }) => socket.send('{"type":"shout"}')],
  ["is a second hello", 4500, ({ socket }) => socket.send('{"type":"hello"}')],
  ["has a bad id", 4500, ({ socket }) => socket.send('{"type":"publish","id":0,"content":""}')],
  ["is binary", 1003, ({ socket }) => socket.send(new Uint8Array(3))],
  ["is larger than a message can be", 1009, ({ socket }) => socket.send("x".repeat(5_000))],
];

for (const [what, code, send] of WRONG) {
  Deno.test(`a v1 client is closed with ${code} when a frame ${what}`, async () => {
    await using server = await serve();
    await using ann = await V1TestClient.welcomed(server.url);
    await using bob = await V1TestClient.welcomed(server.url);
    send(ann);
    assertEquals((await within(ann.closed, "the close")).code, code);
    bob.publish(1, "still here");
    assertEquals(await bob.heard(1), ["still here"]);
  });
}

Deno.test("a publish before hello is closed with 4500", async () => {
  await using server = await serve();
  await using ann = await V1TestClient.connect(server.url);
  ann.publish(1, "too early");
  assertEquals((await within(ann.closed, "the close")).code, 4500);
});

Deno.test("a session that comes back replaces its old connection", async () => {
  await using server = await serve();
  await using old = await V1TestClient.welcomed(server.url);
  await using young = await V1TestClient.welcomed(server.url, { session: old.welcome.session });
  assertEquals((await within(old.closed, "the close")).code, 4501);
  young.publish(1, "here now");
  assertEquals(await young.heard(1), ["here now"]);
});

Deno.test("a room of a bad name is refused before the upgrade", async () => {
  await using server = await serve();
  for (const room of ["", "A", "-a", "a/b", "x".repeat(65), "é"]) {
    const url = `${server.http}/ws?room=${encodeURIComponent(room)}`;
    const response = await fetch(url, {
      headers: {
        origin: "http://localhost:8080",
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      },
    });
    assertEquals([response.status, (await response.text()).slice(0, 12)], [400, "room must be"]);
  }
});

Deno.test("leaving is a conversation: drain, drained, done, 1012, and nothing is lost", async () => {
  const server = await serve({ rateLimitBurst: 1_000, alternates: ["ws://b.example/ws"] });
  const ann = await V1TestClient.welcomed(server.url);
  const bob = await V1TestClient.welcomed(server.url);
  const ended = server.shutdown.start("test");
  const drain = await ann.next("drain");
  assertEquals(drain.alternates, ["ws://b.example/ws"]);
  assert(drain.closeInMs > 0 && drain.closeInMs <= 2_000);
  assert(drain.reconnectAfterMs >= 0 && drain.reconnectAfterMs < 1_000);
  for (let id = 1; id <= 50; id++) ann.publish(id, `${id}`);
  ann.send({ type: "drained", lastId: 50 });
  ann.publish(51, "too late");
  assertEquals((await ann.next("done")).lastId, 50);
  await bob.next("drain");
  bob.send({ type: "drained", lastId: 0 });
  assertEquals((await within(ann.closed, "the close")).code, 1012);
  assertEquals((await within(bob.closed, "the close")).code, 1012);
  // Its own messages came before `done`: all of them are acknowledged.
  assertEquals(ann.contents, Array.from({ length: 50 }, (_, i) => `${i + 1}`));
  assertEquals(ann.frames.find((frame) => frame.type === "rejected"), {
    type: "rejected",
    id: 51,
    code: "draining",
  });
  const { exitCode, clients, counts } = await ended;
  assertEquals([exitCode, clients.closed, counts["drain.answered"]], [0, 2, 2]);
});

Deno.test("who does not answer drain is closed all the same, and counted", async () => {
  const server = await serve({ answerMs: 400 });
  const ann = await V1TestClient.welcomed(server.url);
  const { exitCode, counts } = await server.shutdown.start("test");
  assertEquals([exitCode, counts["drain.unanswered"]], [0, 1]);
  assertEquals((await within(ann.closed, "the close")).code, 1012);
});

Deno.test("a name goes with every message of its connection, also from the log", async () => {
  await using server = await serve();
  await using ann = await V1TestClient.welcomed(server.url, { name: "Ann 🦉" });
  await using bob = await V1TestClient.welcomed(server.url);
  ann.publish(1, "one");
  await bob.heard(1);
  bob.publish(1, "two");
  await bob.heard(2);
  await using carl = await V1TestClient.welcomed(server.url, { history: 5 });
  await carl.heard(2);
  for (const { items } of [bob, carl]) {
    assertEquals(items.map((item) => [item.name, "name" in item]), [
      ["Ann 🦉", true],
      [undefined, false],
    ]);
  }
});

Deno.test("who asks is told who is here, in this room, plain clients too; nobody else is", async () => {
  await using server = await serve();
  await using ann = await V1TestClient.welcomed(server.url, { name: "Ann", people: true });
  assertEquals(await ann.next("people"), { type: "people", here: 1, names: ["Ann"] });
  await using bob = await V1TestClient.welcomed(server.url, { name: "Bob" });
  await using _den = await V1TestClient.welcomed(`${server.url}?room=den`, { name: "Dan" });
  await using plain = await TestClient.connect(server.url);
  const last = () => ann.frames.findLast((frame) => frame.type === "people");
  await until(() => last()?.here === 3, () => "three people");
  assertEquals(last()?.names, ["Ann", "Bob"]);
  await plain[Symbol.asyncDispose]();
  await until(() => last()?.here === 2, () => "two people");
  assertEquals(bob.frames.map(({ type }) => type), ["welcome"]);
});
