import {
  assert,
  assertEquals,
  assertLess,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { encodeFrame, OPCODE } from "../cli/frames.ts";
import { HandshakeError, RawSocket } from "../cli/raw_socket.ts";
import type { ServerConfig } from "../src/config.ts";
import {
  ORIGIN,
  serve,
  TestClient,
  type TestRecord,
  type TestServer,
  until,
  within,
} from "./harness.ts";

const REFUSED: [when: string, origin: string | null, reason: string][] = [
  ["is missing", null, "Origin is missing"],
  ["is empty", "", "Origin is empty"],
  ["is the word null", "null", "Origin is malformed"],
  ["has no scheme", "localhost:8080", "Origin is malformed"],
  ["has no host", "http://", "Origin is malformed"],
  ["has another port", "http://localhost:8081", "Origin is not allowed"],
  ["has no port", "http://localhost", "Origin is not allowed"],
  ["has another scheme", "https://localhost:8080", "Origin is not allowed"],
  ["has another host", "http://127.0.0.1:8080", "Origin is not allowed"],
  ["only begins like an allowed one", `${ORIGIN}.evil.example`, "Origin is malformed"],
  ["is somebody's at another host", `${ORIGIN}@evil.example`, "Origin is not allowed"],
];

for (const [when, origin, reason] of REFUSED) {
  Deno.test(`an upgrade is refused with 403, a reason and a log line when its origin ${when}`, async () => {
    await using room = await Room.open();
    const { status, body } = await room.refused({ origin });
    assertEquals([status, body], [403, `${reason}\n`]);
    const record = await room.record("bad_origin");
    assertEquals(record.level, "warn");
    assertMatch(record.text, /^Client 127\.0\.0\.1:\d+ came from an origin that is not allowed/);
    assertStringIncludes(record.text, reason);
    assertEquals(record.fields.origin, origin);
    assertEquals(room.server.connections.size, 0);
  });
}

for (const origin of ["HTTP://LOCALHOST:8080", "http://localhost:8080/page?room=1#top"]) {
  Deno.test(`an upgrade is let in when its origin is ${origin}`, async () => {
    await using room = await Room.open();
    const [ann] = await room.join(1);
    const raw = await room.joinRaw({ origin });
    await raw.send('{"content":"hello"}');
    assertEquals(await ann.heard(1), ["hello"]);
  });
}

Deno.test("an upgrade from anywhere is let in when * is allowed, but not without an origin", async () => {
  await using room = await Room.open({ allowedOrigins: ["*"] });
  await room.joinRaw({ origin: "https://anywhere.example" });
  for (const origin of [null, "", "null"]) {
    assertEquals((await room.refused({ origin })).status, 403, `${origin}`);
  }
  assertEquals(room.server.log.of("bad_origin").length, 3);
});

for (const character of ["x", "é", "日", "👍"]) {
  const unit = new TextEncoder().encode(character).length;

  Deno.test(`a message is measured in bytes: exactly 512 pass when made of ${character}`, async () => {
    await using room = await Room.open();
    const [ann, bob] = await room.join(2);
    const message = messageOf(512, character);
    ann.socket.send(message);
    assertEquals(await bob.heard(1), [JSON.parse(message).content]);
  });

  Deno.test(`a message closes its client with 1009 at one byte over when made of ${character}`, async () => {
    await using room = await Room.open();
    const raw = await room.joinRaw();
    const { address } = [...room.server.connections][0]!;
    const [ann, bob] = await room.join(2);
    const message = messageOf(513, character);
    if (unit > 1) assertLess(message.length, 512);
    await raw.send(message);
    const close = await raw.untilClose();
    assertEquals([close?.code, close?.reason], [1009, "message_too_large"]);
    ann.say("the others stay");
    assertEquals(await bob.heard(1), ["the others stay"]);
    assertEquals(room.server.log.of("message_too_large").map(({ text }) => text), [
      `Client ${address} exceeded the maximum message size of 512 bytes`,
    ]);
  });
}

Deno.test("a message far over the limit closes its client with 1009 in a frame and a log line", async () => {
  await using room = await Room.open();
  const [ann, bob] = await room.join(2);
  ann.say("x".repeat(1_000_000));
  const { code, wasClean } = await within(ann.closed, "the close");
  assertEquals([code, wasClean], [1009, true]);
  await room.has(1);
  assertEquals(room.server.log.of("message_too_large").length, 1);
  assertEquals(bob.contents, []);
});

Deno.test("a message over the limit in small fragments, or binary, closes its client with 1009", async () => {
  await using room = await Room.open();
  const pieces = await room.joinRaw();
  for (let i = 0; i < 60; i++) {
    const opcode = i === 0 ? OPCODE.text : OPCODE.continuation;
    await pieces.sendFrame({ opcode, payload: "0123456789", fin: i === 59 });
  }
  assertEquals((await pieces.untilClose())?.code, 1009);
  const binary = await room.joinRaw();
  await binary.sendFrame({ opcode: OPCODE.binary, payload: new Uint8Array(513) });
  assertEquals((await binary.untilClose())?.code, 1009);
});

Deno.test("a frame of no length is discarded, and its client stays", async () => {
  await using room = await Room.open();
  const [ann, bob] = await room.join(2);
  ann.socket.send("");
  ann.say("still here");
  assertEquals(await bob.heard(1), ["still here"]);
  assertEquals(room.server.log.of("not_json").length, 1);
});

Deno.test("many small messages pass while they keep to the limits", async () => {
  await using room = await Room.open({ rateLimitBurst: 900 });
  const [ann, bob] = await room.join(2);
  for (let i = 0; i < 900; i++) ann.say(`${i}`);
  assertEquals(await bob.heard(900), Array.from({ length: 900 }, (_, i) => `${i}`));
  assertEquals(room.server.connections.size, 2);
});

Deno.test("what exceeds the rate limit is discarded and logged, and its client stays", async () => {
  await using room = await Room.open({ rateLimitRefillMs: 3_600_000 });
  const { log, shutdown } = room.server;
  const [ann, bob] = await room.join(2);
  for (let i = 0; i < 20; i++) ann.say(`${i}`);
  bob.say("over to you");
  await ann.heard(1);
  ann.socket.close(1000);
  assertEquals((await within(ann.closed, "the close")).code, 1000);
  await room.has(1);
  assertEquals(bob.contents, ["0", "1", "2", "3", "4"]);
  const told = log.of("rate_limited");
  assertEquals(told.reduce((sum, { fields }) => sum + Number(fields.count), 0), 15);
  assertMatch(told[0]!.text, /^Client 127\.0\.0\.1:\d+ sent faster than the rate limit/);
  const { counts } = await shutdown.start("test");
  assertEquals([counts.accepted, counts["discarded.rate_limited"]], [6, 15]);
});

Deno.test("the rate limit is each client's own", async () => {
  await using room = await Room.open({ rateLimitRefillMs: 3_600_000 });
  const [ann, bob] = await room.join(2);
  for (let i = 0; i < 10; i++) ann.say(`${i}`);
  for (let i = 0; i < 5; i++) bob.say(`${i}`);
  assertEquals((await ann.heard(5)).length, 5);
  assertEquals((await bob.heard(5)).length, 5);
});

Deno.test("the rate limit is refilled as time goes by", async () => {
  await using room = await Room.open({ rateLimitBurst: 1, rateLimitRefillMs: 50 });
  const [ann, bob] = await room.join(2);
  for (let n = 1; n <= 3; n++) {
    await until(() => {
      ann.say("again");
      return bob.contents.length >= n;
    }, () => `refill ${n}`);
  }
  assert(room.server.log.of("rate_limited").length > 0);
});

Deno.test("a bad origin gets 403 though an oversized message comes right behind it", async () => {
  await using room = await Room.open();
  const [ann, bob] = await room.join(2);
  const conn = room.use(await Deno.connect({ hostname: "127.0.0.1", port: room.server.port }));
  const request = [
    "GET /ws HTTP/1.1",
    "Host: x",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Origin: http://evil.example",
  ].join("\r\n") + "\r\n\r\n";
  const frame = encodeFrame({ opcode: OPCODE.text, payload: messageOf(10_000, "x") });
  await conn.write(Uint8Array.from([...new TextEncoder().encode(request), ...frame]));
  const answer = new Uint8Array(12);
  await within(conn.read(answer), "the answer");
  assertEquals(new TextDecoder().decode(answer), "HTTP/1.1 403");
  ann.say("all is well");
  assertEquals(await bob.heard(1), ["all is well"]);
  assertEquals(room.server.log.of("bad_origin").length, 1);
  assertEquals(room.server.log.of("message_too_large"), []);
});

Deno.test("a client beyond the limit gets 503 and Retry-After until somebody leaves", async () => {
  await using room = await Room.open({ maxClients: 2 });
  const [ann] = await room.join(2);
  const { status, headers, body } = await room.refused();
  assertEquals([status, body], [503, "The server is full: 2 of 2 clients\n"]);
  assertMatch(headers.get("retry-after")!, /^[1-9]\d*$/);
  assertMatch((await room.record("full")).text, /^Client 127\.0\.0\.1:\d+ .*full.*2 of 2 clients/);
  ann.socket.close(1000);
  await room.has(1);
  await room.join(1);
});

Deno.test("clients that never answer our Close count against the limit until they are gone", async () => {
  await using room = await Room.open({ maxClients: 2 });
  const mute = [await room.joinRaw(), await room.joinRaw()];
  for (const raw of mute) {
    await raw.send("x".repeat(513));
    assertEquals((await raw.untilClose())?.code, 1009);
  }
  assertEquals(room.server.connections.countByState().closing, 2);
  assertEquals((await room.refused()).status, 503);
  const ready = await fetch(`${room.server.http}/readyz`);
  assertEquals([ready.status, await ready.text()], [503, "Not ready: full (2 of 2 clients)\n"]);
  for (const raw of mute) await raw.close();
  await room.has(0);
  const [ann, bob] = await room.join(2);
  ann.say("room again");
  assertEquals(await bob.heard(1), ["room again"]);
});

/** A message of that many bytes, as much of it as possible made of `character`. */
function messageOf(bytes: number, character: string): string {
  const unit = new TextEncoder().encode(character).length;
  const room = bytes - '{"content":""}'.length;
  const content = character.repeat(Math.floor(room / unit)) + "x".repeat(room % unit);
  return JSON.stringify({ content });
}

type Clients<N extends number> = N extends 1 ? [TestClient] : [TestClient, TestClient];

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
  async join<const N extends 1 | 2>(count: N): Promise<Clients<N>> {
    const wanted = this.server.connections.size + count;
    const clients = await TestClient.connectMany(this.server.url, count);
    for (const client of clients) this.use(client);
    await this.has(wanted);
    return clients as Clients<N>;
  }

  /** Connects a client that does only what it is told. */
  async joinRaw(headers: Record<string, string> = {}): Promise<RawSocket> {
    const wanted = this.server.connections.size + 1;
    const options = { headers: { origin: ORIGIN, ...headers } };
    const raw = this.use(await RawSocket.connect(this.server.url, options));
    await this.has(wanted);
    return raw;
  }

  /** The answer to an upgrade that must be refused. */
  refused(headers: Record<string, string | null> = {}): Promise<HandshakeError> {
    const options = { headers: { origin: ORIGIN, ...headers } };
    return assertRejects(() => RawSocket.connect(this.server.url, options), HandshakeError);
  }

  /** Waits until that many clients are there and open. */
  async has(count: number): Promise<void> {
    const { connections } = this.server;
    await until(
      () => connections.size === count && connections.countByState().joining === 0,
      () => `${count} clients; there are ${JSON.stringify(connections.countByState())}`,
    );
  }

  /** The first log record of a category, as soon as it is there. */
  record(category: string): Promise<TestRecord> {
    return until(() => this.server.log.of(category)[0], () => `a log record of ${category}`);
  }
}
