/**
 * Whatever a peer sends, and however it goes, the server serves the next pair of clients and calls
 * nothing an error of its own.
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import net from "node:net";
import { closePayload, encodeFrame, type FrameOptions, OPCODE } from "../cli/frames.ts";
import { HandshakeError, RawSocket } from "../cli/raw_socket.ts";
import type { ServerConfig } from "../src/config.ts";
import type { Category } from "../src/errors.ts";
import { ORIGIN, serve, TestClient, type TestServer, until } from "./harness.ts";

const HANDSHAKE = "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
  `Origin: ${ORIGIN}\r\n\r\n`;

interface Attack {
  /** Completes "the server survives …". */
  what: string;
  act(server: TestServer): Promise<void>;
  /** What the log must say of it. */
  category?: Category;
  /** How the server is set up. */
  config?: Partial<ServerConfig>;
}

const REFUSED: Attack[] = [
  refused("a POST to /ws", 405, "bad_method", { method: "POST" }),
  refused("an old version", 426, "bad_version", { version: "8" }),
  refused("a request without a key", 400, "bad_upgrade", {
    headers: { "sec-websocket-key": null },
  }),
  refused("a foreign origin", 403, "bad_origin", { headers: { origin: "http://evil.example" } }),
  refused("a header of 60 000 bytes", 403, "bad_origin", {
    headers: { origin: `http://${"x".repeat(60_000)}.example` },
  }),
];

const TOO_MUCH: Attack[] = [
  {
    what: "a message of one byte over the limit",
    category: "message_too_large",
    act: (server) => closedWith(1009, server, { opcode: OPCODE.text, payload: "x".repeat(513) }),
  },
  {
    what: "a message over the limit with 100 more right behind it",
    category: "message_too_large",
    async act(server) {
      await using raw = await join(server);
      const big = encodeFrame({ opcode: OPCODE.text, payload: "x".repeat(513) });
      const small = encodeFrame({ opcode: OPCODE.text, payload: "{}" });
      await raw.sendBytes(Buffer.concat([big, ...Array(100).fill(small)]));
      assertEquals((await raw.untilClose())?.code, 1009);
    },
  },
  {
    what: "a message of 63 MiB",
    category: "message_too_large",
    act: (server) =>
      closedWith(1009, server, { opcode: OPCODE.text, payload: new Uint8Array(63 * 2 ** 20) }),
  },
  illegal("a frame that announces 64 MiB", "frame_too_large", {
    opcode: OPCODE.text,
    declaredLength: 64 * 2 ** 20,
  }),
  illegal("a frame that announces 2^63 bytes", "frame_too_large", {
    opcode: OPCODE.text,
    declaredLength: 2n ** 63n,
  }),
  {
    what: "a message that never ends, dropped after 8 MiB",
    category: "abnormal",
    async act(server) {
      await using raw = await join(server);
      const payload = "x".repeat(65_536);
      await raw.sendFrame({ opcode: OPCODE.text, payload, fin: false });
      for (let i = 1; i < 128; i++) {
        await raw.sendFrame({ opcode: OPCODE.continuation, payload, fin: false });
      }
      await raw.finish();
    },
  },
  {
    what: "10 000 tiny frames in one write",
    category: "flood",
    async act(server) {
      await using raw = await join(server);
      const frame = encodeFrame({ opcode: OPCODE.text, payload: "{}" });
      await raw.sendBytes(Buffer.concat(Array(10_000).fill(frame)));
      // A flood is cut off in the same tick; its own Close frame may be lost to it.
      assert([1008, undefined].includes((await raw.untilClose())?.code));
    },
  },
  {
    what: "10 000 pings in one write",
    async act(server) {
      await using raw = await join(server);
      const frame = encodeFrame({ opcode: OPCODE.ping, payload: "?" });
      await raw.sendBytes(Buffer.concat(Array(10_000).fill(frame)));
      for (let i = 0; i < 10_000; i++) assertEquals((await raw.nextFrame())?.opcode, OPCODE.pong);
    },
  },
];

const ILLEGAL: Attack[] = [
  ...[0, 999, 1004, 1005, 1006, 1014, 1015, 1016, 2999, 5000, 65_535].map((code) =>
    illegal(`a Close frame with ${code}`, "protocol_error", {
      opcode: OPCODE.close,
      payload: closePayload(code),
    })
  ),
  illegal("a Close of one byte", "protocol_error", { opcode: OPCODE.close, payload: "x" }),
  illegal("a Close reason that is not UTF-8", "invalid_payload", {
    opcode: OPCODE.close,
    payload: Uint8Array.of(0x03, 0xe8, 0xff),
  }),
  illegal("a reserved bit", "protocol_error", { opcode: OPCODE.text, rsv: 4 }),
  illegal("an unknown opcode", "protocol_error", { opcode: 0x3 }),
  illegal("an unknown control opcode", "protocol_error", { opcode: 0xf }),
  illegal("a fragmented ping", "protocol_error", { opcode: OPCODE.ping, fin: false }),
  illegal("a fragmented Close", "protocol_error", { opcode: OPCODE.close, fin: false }),
  illegal("a ping of 126 bytes", "protocol_error", {
    opcode: OPCODE.ping,
    payload: new Uint8Array(126),
  }),
  illegal("a continuation of nothing", "protocol_error", { opcode: OPCODE.continuation }),
  illegal(
    "a text in the middle of a fragmented one",
    "protocol_error",
    { opcode: OPCODE.text, payload: "a", fin: false },
    { opcode: OPCODE.text, payload: "b" },
  ),
  illegal("a text that is not UTF-8", "invalid_payload", {
    opcode: OPCODE.text,
    payload: Uint8Array.of(0xff, 0xfe),
  }),
  illegal("a surrogate in UTF-8", "invalid_payload", {
    opcode: OPCODE.text,
    payload: Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22),
  }),
];

const RESETS: Attack[] = [
  reset("before the request", (server) => connectTcp(server)),
  reset("in the middle of the handshake", async (server) => {
    const socket = await connectTcp(server);
    socket.write(HANDSHAKE.slice(0, 60));
    return socket;
  }),
  reset("right after the handshake", join, "reset"),
  reset("in the middle of a frame", async (server) => {
    const raw = await join(server);
    await raw.sendFrame({ opcode: OPCODE.text, payload: "begun", declaredLength: 100 });
    return raw;
  }, "reset"),
  reset("with data queued to it", async (server) => {
    const raw = await join(server);
    await using ann = await join(server);
    for (let i = 0; i < 40; i++) await ann.send(JSON.stringify({ content: "x".repeat(500_000) }));
    const { socket } = [...server.connections][0]!;
    await until(() => socket.bufferedAmount > 1_000_000, () => "a queue");
    return raw;
  }, "reset"),
  reset("after our Close", async (server) => {
    const raw = await join(server);
    await raw.send("x".repeat(2 ** 20 + 1));
    assertEquals((await raw.untilClose())?.code, 1009);
    return raw;
  }, "close_unconfirmed"),
];

for (const { what, act, category, config } of [...REFUSED, ...TOO_MUCH, ...ILLEGAL, ...RESETS]) {
  Deno.test(`the server survives ${what}`, async () => {
    await using server = await serve(config);
    await act(server);
    if (category) await until(() => server.log.of(category).length === 1, () => category);
    await stillServes(server);
  });
}

Deno.test("the server survives JSON of every wrong shape, and its sender stays", async () => {
  await using server = await serve({ rateLimitBurst: 900, maxMessageSize: 2 ** 20 });
  await using raw = await join(server);
  await using ann = await join(server);
  const messages = [
    "",
    "{",
    '{"content":"x"}}',
    "null",
    "1e400",
    '"content"',
    "[]",
    "{}",
    '{"content":1}',
    '{"content":null}',
    '{"content":{"content":"x"}}',
    '{"__proto__":{"content":"x"}}',
    '{"constructor":{"prototype":{"content":"x"}}}',
    "[".repeat(10_000) + "]".repeat(10_000),
    '{"a":'.repeat(10_000) + "1" + "}".repeat(10_000),
    "[".repeat(500_000),
  ];
  for (const message of messages) await raw.send(message);
  await raw.sendFrame({ opcode: OPCODE.binary, payload: '{"content":"x"}' });
  const good = ['{"content":"1","content":"2"}', '{"__proto__":1,"content":"\\ud800"}'];
  for (const message of good) await raw.send(message);
  const heard: unknown[] = [];
  for (let i = 0; i < good.length; i++) {
    heard.push(JSON.parse(new TextDecoder().decode((await ann.nextFrame())?.payload)));
  }
  assertEquals(heard, [{ content: "2" }, { content: "\ud800" }]);
  assertEquals(({} as { content?: string }).content, undefined);
  await raw.close();
  await until(() => server.connections.size === 1, () => "the sender to be gone");
  const discarded = ["not_json", "wrong_shape", "not_text"].flatMap((name) => server.log.of(name));
  const count = discarded.reduce((sum, { fields }) => sum + Number(fields.count), 0);
  assertEquals(count, messages.length + 1);
  await stillServes(server);
});

Deno.test("the server takes frames that come in the same packet as the handshake", async () => {
  await using server = await serve();
  await using ann = await TestClient.connect(server.url);
  await until(() => server.connections.countByState().open === 1, () => "the first client");
  for (let i = 0; i < 30; i++) {
    const socket = await connectTcp(server);
    const frame = encodeFrame({
      opcode: OPCODE.text,
      payload: JSON.stringify({ content: `${i}` }),
    });
    socket.write(Buffer.concat([Buffer.from(HANDSHAKE), frame]));
    await ann.heard(i + 1);
    socket.destroy();
  }
  assertEquals(ann.contents, Array.from({ length: 30 }, (_, i) => `${i}`));
  await stillServes(server);
});

Deno.test("a reset and illegal frames during the drain do not disturb it", async () => {
  await using server = await serve({ minRate: 10 });
  await using clients = new AsyncDisposableStack();
  const [resetting, illegal, mute] = [await join(server), await join(server), await join(server)];
  for (const raw of [resetting, illegal, mute]) clients.use(raw);
  const polite = clients.use(await TestClient.connect(server.url));
  const done = server.shutdown.start("test");
  await resetting.reset();
  await illegal.sendFrame({ opcode: 0x3, rsv: 7 });
  await mute.close();
  const receipt = await done;
  assertEquals((await polite.closed).code, 1012);
  const { total, gone, closed, unanswered, forced } = receipt.clients;
  assertEquals([receipt.exitCode, total, gone + closed, unanswered + forced], [0, 4, 4, 0]);
});

Deno.test("the server survives random bytes instead of a request", async () => {
  await using server = await serve();
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
      const socket = await connectTcp(server);
      socket.end(bytes);
      socket.resume();
      await over(socket);
    }),
    { numRuns: 50 },
  );
  await stillServes(server);
});

Deno.test("the server survives random bytes after the handshake", async () => {
  await using server = await serve();
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      await using raw = await join(server);
      await raw.sendBytes(bytes);
      await raw.finish();
      await raw.untilEnd();
    }),
    { numRuns: 100 },
  );
  await stillServes(server);
});

Deno.test("the server survives random frames, legal and not", async () => {
  await using server = await serve({ rateLimitBurst: 900 });
  const frame = fc.record({
    opcode: fc.oneof(fc.constantFrom(...Object.values(OPCODE)), fc.nat(15)),
    fin: fc.boolean(),
    rsv: fc.oneof({ arbitrary: fc.constant(0), weight: 9 }, fc.nat(7)),
    mask: fc.oneof({ arbitrary: fc.constant(true), weight: 9 }, fc.constant(false)),
    payload: fc.oneof(fc.uint8Array({ maxLength: 130 }), fc.json()),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { maxLength: 12 }), async (frames) => {
      await using raw = await join(server);
      await raw.sendBytes(Buffer.concat(frames.map(encodeFrame)));
      await raw.finish();
      await raw.untilEnd();
    }),
    { numRuns: 100 },
  );
  await stillServes(server);
});

/** A fresh pair of clients can talk, and nothing until now was a fault of ours. */
async function stillServes(server: TestServer): Promise<void> {
  const joined = () => server.log.texts.filter((text) => text.includes(" connected (")).length;
  const before = joined();
  await using ann = await TestClient.connect(server.url);
  await using bob = await TestClient.connect(server.url);
  await until(() => joined() === before + 2, () => "two more clients");
  ann.say("still there?");
  await until(() => bob.contents.includes("still there?"), () => "a message");
  bob.say("yes");
  await until(() => ann.contents.includes("yes"), () => "an answer");
  assertEquals(server.log.records.filter(({ level }) => level === "error"), []);
}

/** A client that the server knows. */
async function join(server: TestServer): Promise<RawSocket> {
  const wanted = server.connections.size + 1;
  const raw = await RawSocket.connect(server.url, { headers: { origin: ORIGIN } });
  await until(() => server.connections.size >= wanted, () => "the client to join");
  return raw;
}

async function connectTcp(server: TestServer): Promise<net.Socket> {
  const socket = net.connect(server.port, "127.0.0.1");
  await once(socket, "connect");
  return socket.on("error", () => {});
}

/** Resolves when the peer is done with the connection, however it was. */
function over(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

function refused(
  what: string,
  status: number,
  category: Category,
  { headers, ...options }: Parameters<typeof RawSocket.connect>[1] & object,
): Attack {
  return {
    what,
    category,
    async act(server) {
      const all = { ...options, headers: { origin: ORIGIN, ...headers } };
      const error = await RawSocket.connect(server.url, all).catch((error) => error);
      assert(error instanceof HandshakeError, `${error}`);
      assertEquals(error.status, status);
    },
  };
}

/** Frames for which the connection is cut. */
function illegal(what: string, category: Category, ...frames: FrameOptions[]): Attack {
  return {
    what,
    category,
    async act(server) {
      await using raw = await join(server);
      for (const frame of frames) await raw.sendFrame(frame);
      await raw.untilEnd();
    },
  };
}

async function closedWith(code: number, server: TestServer, frame: FrameOptions): Promise<void> {
  await using raw = await join(server);
  await raw.sendFrame(frame);
  assertEquals((await raw.untilClose())?.code, code);
}

function reset(
  when: string,
  prepare: (server: TestServer) => Promise<RawSocket | net.Socket>,
  category?: Category,
): Attack {
  return {
    what: `a reset ${when}`,
    ...category ? { category } : {},
    config: { maxMessageSize: 2 ** 20, maxBufferedBytes: 2 ** 30, rateLimitBurst: 100 },
    async act(server) {
      const peer = await prepare(server);
      if (peer instanceof RawSocket) await peer.reset();
      else {
        peer.resetAndDestroy();
        await over(peer);
      }
      await until(() => server.connections.size === 0, () => "the connection to be gone");
    },
  };
}
