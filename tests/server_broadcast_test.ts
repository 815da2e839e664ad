import { assertEquals, assertStringIncludes } from "@std/assert";
import { OPCODE } from "../cli/frames.ts";
import { RawSocket } from "../cli/raw_socket.ts";
import type { ServerConfig } from "../src/config.ts";
import { ORIGIN, serve, TestClient, type TestServer, until, within } from "./harness.ts";

Deno.test("a message reaches the other of two clients", async () => {
  await using room = await Room.open();
  const [ann, bob] = await room.join(2);
  ann.say("hello");
  assertEquals(await bob.heard(1), ["hello"]);
  bob.say("hello yourself");
  assertEquals(await ann.heard(1), ["hello yourself"]);
});

Deno.test("a message does not come back to its sender", async () => {
  await using room = await Room.open();
  const [ann, bob] = await room.join(2);
  ann.say("mine");
  await bob.heard(1);
  // Had it come back, it would be ahead of the answer.
  bob.say("answer");
  assertEquals(await ann.heard(1), ["answer"]);
});

Deno.test("a malformed message is logged with the address and discarded, and its client stays", async () => {
  await using room = await Room.open();
  const { log, connections } = room.server;
  const [ann] = await room.join(1);
  const address = [...connections][0]!.address;
  const [bob] = await room.join(1);
  ann.socket.send("not JSON");
  ann.socket.send('{"content":42}');
  ann.say("still here");
  assertEquals(await bob.heard(1), ["still here"]);
  for (const category of ["not_json", "wrong_shape"]) {
    assertEquals(log.of(category).length, 1);
    assertStringIncludes(log.of(category)[0]!.text, `Client ${address} sent `);
  }
});

Deno.test("a message reaches all others of five clients, once", async () => {
  await using room = await Room.open();
  const clients = await room.join(5);
  for (const [index, client] of clients.entries()) client.say(`from ${index}`);
  for (const [index, client] of clients.entries()) {
    const others = [0, 1, 2, 3, 4].filter((other) => other !== index);
    const heard = await client.heard(4);
    assertEquals(heard.toSorted(), others.map((other) => `from ${other}`));
  }
});

Deno.test("who joins hears what comes after, and who left hears no more", async () => {
  await using room = await Room.open();
  const [ann, bob] = await room.join(2);
  ann.say("before");
  await bob.heard(1);
  const [cat] = await room.join(1);
  ann.say("after");
  assertEquals(await cat.heard(1), ["after"]);
  bob.socket.close(1000);
  await room.has(2);
  ann.say("without bob");
  assertEquals(await cat.heard(2), ["after", "without bob"]);
  assertEquals(bob.contents, ["before", "after"]);
});

Deno.test("a rapid exchange keeps the order of each sender and loses nothing", async () => {
  await using room = await Room.open({ rateLimitBurst: 1_000, floodLimit: 10_000 });
  const clients = await room.join(3);
  for (let n = 0; n < 200; n++) {
    for (const [index, client] of clients.entries()) client.say(`${index}:${n}`);
  }
  for (const [index, client] of clients.entries()) {
    const heard = await client.heard(400);
    for (const other of [0, 1, 2].filter((other) => other !== index)) {
      const theirs = heard.filter((content) => content.startsWith(`${other}:`));
      assertEquals(theirs, Array.from({ length: 200 }, (_, n) => `${other}:${n}`));
    }
  }
});

Deno.test("a single client may talk to nobody", async () => {
  await using room = await Room.open();
  const [ann] = await room.join(1);
  ann.say("anybody there?");
  ann.socket.close(1000);
  await within(ann.closed, "the close");
  const { counts, exitCode } = await room.server.shutdown.start("test");
  assertEquals([counts.accepted, counts.delivered, exitCode], [1, 0, 0]);
});

Deno.test("all leaving at once leaves an empty server that serves whoever comes next", async () => {
  await using room = await Room.open();
  const clients = await room.join(20);
  for (const client of clients) {
    client.say("bye");
    client.socket.close(1000);
  }
  await room.has(0);
  assertEquals(room.server.log.of("normal").length, 20);
  assertEquals(room.server.log.records.filter(({ level }) => level === "error"), []);
  const [ann] = await room.join(1);
  assertStringIncludes(room.server.log.texts.at(-1)!, "connected (1 in lobby)");
  const [bob] = await room.join(1);
  ann.say("empty here");
  assertEquals(await bob.heard(1), ["empty here"]);
});

Deno.test("an empty content is delivered like any other", async () => {
  await using room = await Room.open();
  const [ann, bob] = await room.join(2);
  ann.say("");
  ann.say("something");
  assertEquals(await bob.heard(2), ["", "something"]);
});

for (const maxMessageSize of [512, 65_536, 1_048_576]) {
  Deno.test(`a message of exactly ${maxMessageSize} bytes is delivered when that is the limit`, async () => {
    await using room = await Room.open({ maxMessageSize });
    const [ann, bob] = await room.join(2);
    const content = "x".repeat(maxMessageSize - '{"content":""}'.length);
    ann.say(content);
    assertEquals(await bob.heard(1), [content]);
  });
}

Deno.test("clients that connect and send at once hear everything from their joining on", async () => {
  await using room = await Room.open({ rateLimitBurst: 1_000 });
  const [ann] = await room.join(1);
  const joining = Array.from({ length: 30 }, async (_, index) => {
    const client = room.use(await TestClient.connect(room.server.url));
    client.say(`from ${index}`);
    return client;
  });
  for (let n = 0; n < 100; n++) ann.say(`${n}`);
  const clients = await Promise.all(joining);
  await room.has(31);
  ann.say("end");
  assertEquals((await ann.heard(30)).toSorted(), clients.map((_, i) => `from ${i}`).toSorted());
  for (const client of clients) {
    await until(() => client.contents.includes("end"), () => "the end");
    const counted = client.contents.filter((content) => /^\d+$/.test(content)).map(Number);
    // Wherever in the count it came in, from there on it misses none.
    assertEquals(counted, Array.from(counted, (_, i) => 100 - counted.length + i));
  }
});

Deno.test("two quick messages come as two frames, each with one JSON object", async () => {
  await using room = await Room.open();
  const raw = await room.joinRaw();
  const [ann] = await room.join(1);
  ann.say("one");
  ann.say("two");
  for (const content of ["one", "two"]) {
    const frame = await raw.nextFrame();
    assertEquals([frame?.opcode, frame?.fin], [OPCODE.text, true]);
    assertEquals(JSON.parse(new TextDecoder().decode(frame?.payload)), { content });
  }
});

Deno.test("a message is encoded anew: unknown fields and white space do not pass", async () => {
  await using room = await Room.open();
  const raw = await room.joinRaw();
  const [ann] = await room.join(1);
  ann.socket.send(' { "admin" : true, "content" : "caf\\u00e9", "nested": {"content": 1} } ');
  const frame = await raw.nextFrame();
  assertEquals(new TextDecoder().decode(frame?.payload), '{"content":"café"}');
});

Deno.test("a message in fragments, with a ping between them, is one message", async () => {
  await using room = await Room.open();
  const raw = await room.joinRaw();
  const [ann] = await room.join(1);
  await raw.sendFrame({ opcode: OPCODE.text, payload: '{"content":"in ', fin: false });
  await raw.sendFrame({ opcode: OPCODE.ping, payload: "between" });
  await raw.sendFrame({ opcode: OPCODE.continuation, payload: 'pieces"}' });
  assertEquals(await ann.heard(1), ["in pieces"]);
});

Deno.test("who comes and who leaves is logged, with the address", async () => {
  await using room = await Room.open();
  const { log, connections } = room.server;
  const [ann] = await room.join(1);
  const address = [...connections][0]!.address;
  ann.socket.close(1000);
  await room.has(0);
  const told = log.records.filter(({ fields }) => fields.address === address);
  assertEquals(told.map(({ level }) => level), ["info", "info"]);
  assertEquals(told[0]!.text, `Client ${address} connected (1 in lobby)`);
  assertEquals(told[1]!.fields.category, "normal");
  assertStringIncludes(told[1]!.text, `Client ${address} disconnected`);
});

type Clients<N extends number> = N extends 1 ? [TestClient]
  : N extends 2 ? [TestClient, TestClient]
  : TestClient[];

/** A server and its clients. Disposing it closes the clients first. */
class Room extends AsyncDisposableStack {
  readonly server: TestServer;

  private constructor(server: TestServer) {
    super();
    this.server = this.use(server);
  }

  /** Starts the server. */
  static async open(overrides: Partial<ServerConfig> = {}): Promise<Room> {
    return new Room(await serve(overrides));
  }

  /** Connects that many more, and waits until the server knows them. */
  async join<const N extends number>(count: N): Promise<Clients<N>> {
    const wanted = this.server.connections.size + count;
    const clients = await TestClient.connectMany(this.server.url, count);
    for (const client of clients) this.use(client);
    await this.has(wanted);
    return clients as Clients<N>;
  }

  /** Connects a client that sees frames. */
  async joinRaw(): Promise<RawSocket> {
    const wanted = this.server.connections.size + 1;
    const headers = { origin: ORIGIN };
    const raw = this.use(await RawSocket.connect(this.server.url, { headers }));
    await this.has(wanted);
    return raw;
  }

  /** Waits until that many clients are open and none is coming or going. */
  async has(count: number): Promise<void> {
    const { connections } = this.server;
    await until(
      () => connections.countByState().open === count && connections.size === count,
      () => `${count} clients; there are ${JSON.stringify(connections.countByState())}`,
    );
  }
}
