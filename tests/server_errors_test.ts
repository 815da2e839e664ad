/**
 * What goes wrong with a connection is sorted into its category, logged with the client's address,
 * counted once, and paid for by that client alone.
 */

import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { Buffer } from "node:buffer";
import net from "node:net";
import { encodeFrame, OPCODE } from "../cli/frames.ts";
import { RawSocket } from "../cli/raw_socket.ts";
import { CATEGORIES, type Category } from "../src/errors.ts";
import { guardProcess } from "../src/guard.ts";
import type { Connection } from "../src/shutdown/connection.ts";
import { V1TestClient } from "./v1_client.ts";
import { ORIGIN, serve, TestClient, TestLog, type TestServer, until, within } from "./harness.ts";

const HANDSHAKE: Readonly<Record<string, string>> = {
  host: "x",
  origin: ORIGIN,
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

/** Makes one client do something. Returns the client's address. */
type Provoke = (server: TestServer) => Promise<string>;

/**
 * How each category comes about; those left out: `plain_client_test.ts`, `connection_test.ts`,
 * `server_overload_test.ts`.
 */
const PROVOKED: Record<Exclude<Category, "overloaded" | "never_opened" | "busy">, Provoke> = {
  bad_method: (server) => ask(server, { method: "POST" }),
  bad_upgrade: (server) => ask(server, { headers: { upgrade: "h2c" } }),
  bad_version: (server) => ask(server, { headers: { "sec-websocket-version": "8" } }),
  bad_origin: (server) => ask(server, { headers: { origin: "http://evil.example" } }),
  async draining(server) {
    await using _one = await TestClient.connect(server.url);
    await using _two = await TestClient.connect(server.url);
    const done = server.shutdown.start("test");
    await until(() => server.shutdown.state === "drain", () => "the drain");
    const address = await ask(server);
    server.shutdown.hurry();
    await done;
    return address;
  },
  async full(server) {
    await using _ann = (await join(server)).raw;
    await using _bob = (await join(server)).raw;
    return await ask(server);
  },

  not_text: withRaw((raw) => raw.sendFrame({ opcode: OPCODE.binary, payload: "{}" })),
  not_json: withRaw((raw) => raw.send("hello")),
  wrong_shape: withRaw((raw) => raw.send("{}")),
  rate_limited: withRaw(async (raw) => {
    for (let i = 0; i < 6; i++) await raw.send('{"content":""}');
  }),
  message_too_large: withRaw((raw) => raw.send("x".repeat(513))),
  flood: withRaw((raw) => raw.sendBytes(tinyFrames(200))),

  normal: withRaw((raw) => raw.sendClose(1000, "bye")),
  going_away: withRaw((raw) => raw.sendClose(1001)),
  no_status: withRaw((raw) => raw.sendClose()),
  application_close: withRaw((raw) => raw.sendClose(4321, "mine")),
  peer_complained: withRaw((raw) => raw.sendClose(1011, "yours")),
  idle_timeout: withRaw((raw) => raw.untilEnd()),
  abnormal: withRaw((raw) => raw.finish()),
  reset: withRaw((raw) => raw.reset()),
  protocol_error: withRaw((raw) => raw.sendFrame({ opcode: 0x3 })),
  invalid_payload: withRaw((raw) =>
    raw.sendFrame({ opcode: OPCODE.text, payload: Uint8Array.of(0xff) })
  ),
  frame_too_large: withRaw((raw) =>
    raw.sendFrame({ opcode: OPCODE.text, declaredLength: 64 * 2 ** 20 })
  ),
  unknown: withRaw((_, { socket }) => {
    socket.dispatchEvent(new ErrorEvent("error", { message: "Never seen before" }));
    socket.dispatchEvent(new CloseEvent("close", { code: 0 }));
  }),

  too_slow: withRaw(async (_raw, { socket }, server) => {
    // Nothing that waits for it is ever read, until all of that has been trimmed.
    let buffered = 2 ** 30;
    Object.defineProperty(socket, "bufferedAmount", { get: () => buffered });
    await using ann = (await join(server)).raw;
    for (let i = 0; i < 5; i++) await ann.send('{"content":"read this"}');
    await until(() => server.messageLog.head("lobby") === 5, () => "five messages");
    await server.messageLog.trim({ maxMessages: 1, maxAgeMs: 1e12 }, Date.now());
    buffered = 0;
    await until(() => server.log.of("too_slow")[0], () => "the record");
  }),
  log_unavailable: withRaw(async (raw, _, server) => {
    server.messageLog.append = () => Promise.reject(new Error("the disk is full"));
    await raw.send('{"content":"hello"}');
  }),
  bad_frame: withV1((raw) => raw.send("{}")),
  hello_timeout: withV1((raw) => raw.untilClose(8_000)),
  async replaced(server) {
    await using old = await V1TestClient.welcomed(server.url);
    const [{ address }] = [...server.connections] as [Connection];
    await using _young = await V1TestClient.welcomed(server.url, {
      session: old.welcome.session,
    });
    await within(old.closed, "the close");
    return address;
  },
  send_failed: withRaw(async (_raw, { socket }, server) => {
    socket.send = () => {
      throw new TypeError("no such socket");
    };
    await using ann = (await join(server)).raw;
    await ann.send('{"content":"hello"}');
    await until(() => server.log.of("send_failed")[0], () => "the record");
  }),

  closed_by_us: afterOurClose((raw) => raw.sendClose(1009)),
  close_unconfirmed: afterOurClose((raw) => raw.finish()),
  close_crossed: afterOurClose((raw) => raw.send("one more thing")),

  handler_error: withRaw(async (raw, _, server) => {
    const { warn } = server.log;
    server.log.warn = () => {
      server.log.warn = warn;
      throw new Error("the disk is full");
    };
    await raw.send("not JSON");
    assertEquals((await raw.untilClose())?.code, 1011);
  }),
};

for (const [category, provoke] of Object.entries(PROVOKED) as [Category, Provoke][]) {
  Deno.test(`${category} is logged once, as ${CATEGORIES[category].level}, with the client's address`, async () => {
    await using server = await serve({
      maxClients: 2,
      floodLimit: 100,
      idleTimeoutMs: 1_000,
      minRate: 1,
    });
    const address = await provoke(server);
    const { level, text, fields } = await until(
      () => server.log.of(category)[0],
      () => `a record of ${category}; there are:\n${server.log.texts.join("\n")}`,
    );
    assertEquals([level, fields.address], [CATEGORIES[category].level, address]);
    assert(text.startsWith(`Client ${address} `), text);
    assert(!text.includes("undefined"), text);
    await until(() => server.connections.size === 0, () => "everybody to be gone");
    assertEquals(server.log.of(category).length, 1);
    await server.shutdown.start("test");
    assertEveryRecordNamesItsClient(server.log);
  });
}

Deno.test("several errors at once are each logged with their own client, and the others go on", async () => {
  await using server = await serve({ idleTimeoutMs: 60_000, floodLimit: 100 });
  await using ann = await TestClient.connect(server.url);
  await using bob = await TestClient.connect(server.url);
  await until(() => server.connections.countByState().open === 2, () => "both clients");
  const categories = [
    "not_text",
    "not_json",
    "wrong_shape",
    "message_too_large",
    "flood",
    "normal",
    "abnormal",
    "reset",
    "protocol_error",
    "invalid_payload",
    "frame_too_large",
    "unknown",
    "bad_origin",
    "bad_method",
    "close_crossed",
  ] as const;
  const addresses = await Promise.all(categories.map((category) => PROVOKED[category](server)));
  for (const [index, category] of categories.entries()) {
    await until(
      () => server.log.of(category).some(({ fields }) => fields.address === addresses[index]),
      () => `${category} of ${addresses[index]}`,
    );
  }
  ann.say("all is well");
  assertEquals(await bob.heard(1), ["all is well"]);
  await until(() => server.connections.size === 2, () => "the others to be gone");
  assertEveryRecordNamesItsClient(server.log);
});

Deno.test("a send that throws costs its own client the connection, with 1011, and nobody else", async () => {
  await using server = await serve();
  const broken = await join(server);
  await using raw = broken.raw;
  await using clients = new AsyncDisposableStack();
  const [ann, bob, cat] = await TestClient.connectMany(server.url, 3);
  for (const client of [ann!, bob!, cat!]) clients.use(client);
  await until(() => server.connections.countByState().open === 4, () => "all clients");
  broken.connection.socket.send = () => {
    throw new Error("cannot write");
  };
  ann!.say("one");
  ann!.say("two");
  for (const client of [bob!, cat!]) assertEquals(await client.heard(2), ["one", "two"]);
  const close = await raw.untilClose();
  assertEquals([close?.code, close?.reason], [1011, "send_failed"]);
  await raw.sendClose(1011);
  await until(() => server.connections.size === 3, () => "the broken one to be gone");
  assertEquals(server.log.of("send_failed").map(({ fields }) => fields.error), [
    "Error: cannot write",
  ]);
});

Deno.test("a record of a limit gives that limit", async () => {
  const limits = { maxMessageSize: 512, floodLimit: 100 };
  for (
    const [category, limit] of [
      ["message_too_large", limits.maxMessageSize],
      ["flood", limits.floodLimit],
    ] as const
  ) {
    await using server = await serve(limits);
    await PROVOKED[category](server);
    const { fields } = await until(() => server.log.of(category)[0], () => category);
    assertEquals(fields.limit, limit, category);
  }
});

Deno.test("an idle timeout ends a connection once, though the runtime reports two closes", async () => {
  await using server = await serve({ idleTimeoutMs: 1_000 });
  const { raw: mute, connection } = await join(server);
  await using raw = mute;
  let closes = 0;
  connection.socket.addEventListener("close", () => closes++);
  assertEquals((await raw.untilClose())?.code, 1001);
  await raw.close();
  await until(() => closes === 2, () => "both close events");
  const ended = server.log.records.filter(({ fields }) =>
    fields.address === connection.address && "code" in fields
  );
  assertEquals(ended.map(({ fields }) => [fields.category, fields.code]), [["idle_timeout", 1001]]);
  const { counts } = await server.shutdown.start("test");
  assertEquals([counts.joined, counts["ended.idle_timeout"]], [1, 1]);
});

Deno.test("each connection is counted as ended once, by what began its end", async () => {
  await using server = await serve({ floodLimit: 100, maxClients: 100 });
  const ends = [
    "normal",
    "reset",
    "flood",
    "closed_by_us",
    "close_crossed",
    "handler_error",
  ] as const;
  for (const category of ends) await PROVOKED[category](server);
  await until(() => server.connections.size === 0, () => "everybody to be gone");
  const { counts } = await server.shutdown.start("test");
  assertEquals(counts.joined, 6);
  assertEquals(Object.entries(counts).filter(([name]) => name.startsWith("ended.")), [
    ["ended.flood", 1],
    ["ended.handler_error", 1],
    // Two of them are closed for their size before they do anything else.
    ["ended.message_too_large", 2],
    ["ended.normal", 1],
    ["ended.reset", 1],
  ]);
});

Deno.test({
  name: "peers that reset before they are answered do not hold up the shutdown",
  // Deno never settles the upgrade of such a peer.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const server = await serve({ budgetMs: 10_000, answerMs: 300 });
    const lines = Object.entries(HANDSHAKE).map(([name, value]) => `${name}: ${value}`);
    const request = ["GET /ws HTTP/1.1", ...lines, "", ""].join("\r\n");
    for (let i = 0; i < 20; i++) {
      const socket = net.connect(server.port, "127.0.0.1").on("error", () => {});
      const over = new Promise<void>((resolve) => socket.once("close", () => resolve()));
      await new Promise<void>((resolve) => socket.once("connect", resolve));
      socket.write(request);
      socket.resetAndDestroy();
      await over;
    }
    assertEquals(await (await fetch(`${server.http}/livez`)).text(), "live\n");
    const receipt = await server.shutdown.start("test");
    assertLess(receipt.durationMs, 5_000);
  },
});

Deno.test("guardProcess() logs what nobody caught and keeps the process, until disposed", () => {
  const log = new TestLog();
  const uncaught = () => new ErrorEvent("error", { error: new Error("lost"), cancelable: true });
  {
    using _ = guardProcess(log);
    const event = uncaught();
    dispatchEvent(event);
    assert(event.defaultPrevented);
  }
  const [record] = log.of("handler_error");
  assertEquals([record?.level, record?.fields.error], ["error", "Error: lost"]);
  assertStringIncludes(record!.text, "Error: lost");
  assertEquals(log.records.length, 1);
});

/** A client that the server knows, and the server's end of it. */
interface Joined {
  raw: RawSocket;
  connection: Connection;
}

let lastJoin: Promise<unknown> = Promise.resolve();

/** Clients join one after the other, so that each finds its own end. */
function join(server: TestServer, more: Record<string, string> = {}): Promise<Joined> {
  const joined = lastJoin.then(async () => {
    const before = new Set(server.connections);
    const raw = await RawSocket.connect(server.url, {
      headers: { origin: ORIGIN, ...more },
    });
    const connection = await until(
      () => [...server.connections].find((one) => !before.has(one) && one.state === "open"),
      () => "the client to join",
    );
    return { raw, connection };
  });
  lastJoin = joined.catch(() => {});
  return joined;
}

/** A client that joins, acts, and stays until the log says something of it. */
function withRaw(
  act: (raw: RawSocket, connection: Connection, server: TestServer) => unknown,
  headers: Record<string, string> = {},
): Provoke {
  return async (server) => {
    const { raw, connection } = await join(server, headers);
    await using _ = raw;
    await act(raw, connection, server);
    const { address } = connection;
    await until(
      () => server.log.records.some(({ fields }) => fields.address === address && fields.category),
      () => `a record of ${address}`,
    );
    return address;
  };
}

/** The same on `lastcall.v1`. */
function withV1(act: (raw: RawSocket) => unknown): Provoke {
  return withRaw(act, { "sec-websocket-protocol": "lastcall.v1" });
}

/** A client that makes the server close it, and does this instead of nothing. */
function afterOurClose(act: (raw: RawSocket) => Promise<void>): Provoke {
  return withRaw(async (raw) => {
    await raw.send("x".repeat(513));
    assertEquals((await raw.untilClose())?.code, 1009);
    await act(raw);
    await raw.untilEnd();
  });
}

/** Asks for an upgrade that is refused. */
async function ask(
  server: TestServer,
  { method = "GET", headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<string> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const lines = Object.entries({ ...HANDSHAKE, ...headers }).map(([name, value]) =>
    `${name}: ${value}`
  );
  const request = [`${method} /ws HTTP/1.1`, ...lines, "", ""].join("\r\n");
  await conn.write(new TextEncoder().encode(request));
  await within(conn.read(new Uint8Array(1_024)), "the answer");
  return `127.0.0.1:${conn.localAddr.port}`;
}

function tinyFrames(count: number): Uint8Array {
  return Buffer.concat(Array(count).fill(encodeFrame({ opcode: OPCODE.text, payload: "{}" })));
}

function assertEveryRecordNamesItsClient(log: TestLog): void {
  const records = log.records.filter(({ fields }) => fields.category || fields.address);
  assertGreater(records.length, 0);
  for (const { text, fields } of records) {
    assertMatch(String(fields.address), /^127\.0\.0\.1:\d+$/, text);
    assert(text.startsWith(`Client ${fields.address} `), text);
  }
}
