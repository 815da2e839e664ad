/**
 * What the server takes for granted about Deno's WebSockets. None of it is promised anywhere, so each
 * fact is pinned here: when an upgrade of Deno changes one, the code that rests on it has to follow.
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { encodeFrame, type FrameOptions, OPCODE } from "../cli/frames.ts";
import { turn } from "../src/turn.ts";
import {
  everythingSeenBy,
  fillSendQueue,
  RecordingServer,
  STUCK_MESSAGES,
  until,
  within,
} from "./runtime_support.ts";

const SHUTDOWN_CLOSE = `close 1001 "Server shutting down", fin`;

Deno.test("shutdown() closes every open socket with 1001 and resolves though nobody answers", async () => {
  await using server = new RecordingServer();
  const pairs = [await server.connect(), await server.connect()];
  await within(2_000, server.shutdown(), "shut down");
  for (const { client, events } of pairs) {
    await using _client = client;
    assertEquals(events, [`close 1005 "" clean`]);
    assertEquals(await everythingSeenBy(client), SHUTDOWN_CLOSE);
  }
});

Deno.test("shutdown() resolves with mute and stuck peers when close() was called before", async () => {
  await using server = new RecordingServer();
  const mute = await server.connect();
  const stuck = await server.connect();
  await using _mute = mute.client;
  await using _stuck = stuck.client;
  await fillSendQueue(stuck.socket);
  for (const { socket } of [mute, stuck]) socket.close(1012, "restart");
  await turn();
  await turn();
  await within(2_000, server.shutdown(), "shut down");
  assertEquals(await everythingSeenBy(mute.client), `close 1012 "restart", fin`);
});

Deno.test("shutdown() waits for an open socket whose send queue is full", async () => {
  await using server = new RecordingServer();
  const { client, socket } = await server.connect();
  await using _client = client;
  await fillSendQueue(socket);
  let resolved = false;
  const shutdown = server.shutdown().then(() => resolved = true);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assertEquals(resolved, false);
  await client.reset();
  await within(2_000, shutdown, "shut down");
});

Deno.test("shutdown() replaces a close() of the same tick by its own 1001", async () => {
  await using server = new RecordingServer();
  const { client, socket } = await server.connect();
  await using _client = client;
  socket.close(1012, "restart");
  await server.shutdown();
  assertEquals(await everythingSeenBy(client), SHUTDOWN_CLOSE);
});

Deno.test("close() loses its Close frame when another inbound frame is buffered", async () => {
  const seen = await closeUnderInput((close) => close());
  assertEquals(seen, { "last words, fin": ROUNDS });
});

Deno.test("close() delivers its Close frame when deferred by a turn though a frame is buffered", async () => {
  const seen = await closeUnderInput((close) => void turn().then(close));
  assertEquals(seen, { [`last words, close 1012 "restart", fin`]: ROUNDS });
});

const ROUNDS = 50;

/** Lets the first of two messages that arrive together trigger a close; counts what the peers see. */
async function closeUnderInput(defer: (close: () => void) => void) {
  const seen: Record<string, number> = {};
  await using server = new RecordingServer({
    onSocket(socket) {
      socket.addEventListener("message", () => {
        socket.send("last words");
        defer(() => socket.close(1012, "restart"));
      }, { once: true });
    },
  });
  const message = encodeFrame({ opcode: OPCODE.text, payload: "hello" });
  for (let round = 0; round < ROUNDS; round++) {
    await using client = (await server.connect()).client;
    await client.sendBytes(Uint8Array.from([...message, ...message]));
    const first = await client.nextFrame();
    const close = await client.untilClose();
    if (close) await client.sendClose(close.code);
    await client.untilEnd();
    const words = [new TextDecoder().decode(first?.payload)];
    if (close) words.push(`close ${close.code} "${close.reason}"`);
    const key = [...words, client.ended].join(", ");
    seen[key] = (seen[key] ?? 0) + 1;
  }
  return seen;
}

Deno.test("close() in onmessage ends a flood: no further message is handed over", async () => {
  const limit = 100;
  let received = 0;
  await using server = new RecordingServer({
    onSocket(socket) {
      socket.addEventListener("message", () => {
        if (++received === limit) socket.close(1008, "flood");
      });
    },
  });
  const { client, socket } = await server.connect();
  await using _client = client;
  const message = encodeFrame({ opcode: OPCODE.text, payload: "flood" });
  const flood = Array.from({ length: 2_000 }, () => [...message]).flat();
  await client.sendBytes(Uint8Array.from(flood));
  await until(() => socket.readyState === WebSocket.CLOSED, "the socket is closed");
  assertEquals(received, limit);
});

Deno.test("close() keeps a socket of a silent peer closing, and the idle timer does not end it", async () => {
  await using server = new RecordingServer({ idleTimeout: 1 });
  const silent = await server.connect();
  await using _silent = silent.client;
  silent.socket.close(1012, "restart");
  const stuck = await server.connect();
  await using _stuck = stuck.client;
  await fillSendQueue(stuck.socket);
  const idle = await server.connect();
  await using _idle = idle.client;
  const errors: unknown[] = [];
  idle.socket.addEventListener("error", (event) => errors.push((event as ErrorEvent).error));
  // The idle one connects last, so the others have been silent for longer when its time is up.
  const reason = "No response from ping frame.";
  await until(() => idle.events.length >= 3, "the idle timer has fired");
  assertEquals(idle.events, [
    `error ${reason}`,
    `close 1001 "${reason}" unclean`,
    `close 1005 "" clean`,
  ]);
  assertEquals(errors, [undefined]);
  assertEquals(await everythingSeenBy(idle.client), `, close 1001 "${reason}", fin`);
  assertEquals([silent.events, silent.socket.readyState], [[], WebSocket.CLOSING]);
  assertEquals([stuck.events, stuck.socket.readyState], [[], WebSocket.OPEN]);
});

Deno.test("close() before open is ignored", async () => {
  await using server = new RecordingServer({ onSocket: (socket) => socket.close(1000, "early") });
  const { client, socket, events } = await server.connect();
  await using _client = client;
  assertEquals(socket.readyState, WebSocket.OPEN);
  await client.send("hello");
  await until(() => events.length > 0, "the message has come");
  assertEquals(events, ["message hello"]);
});

Deno.test("close() takes any 16-bit code, and reasons up to 123 bytes", async () => {
  await using server = new RecordingServer();
  for (const code of [0, 1, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535]) {
    const { client, socket } = await server.connect();
    await using _client = client;
    socket.close(code, "x".repeat(123));
    assertEquals((await client.untilClose())?.code, code);
  }
  const { client, socket } = await server.connect();
  await using _client = client;
  assertThrows(() => socket.close(1000, "x".repeat(124)), DOMException, "123 bytes");
  assertEquals(socket.readyState, WebSocket.OPEN);
});

Deno.test("send() throws while the socket is connecting", async () => {
  const thrown: unknown[] = [];
  await using server = new RecordingServer({
    onSocket(socket) {
      thrown.push(assertThrows(() => socket.send("too early"), DOMException).name);
    },
  });
  await using _client = (await server.connect()).client;
  assertEquals(thrown, ["InvalidStateError"]);
});

Deno.test("send() after close() is dropped without a word", async () => {
  await using server = new RecordingServer();
  const { client, socket, events } = await server.connect();
  await using _client = client;
  socket.close(1000, "done");
  socket.send("while closing");
  assertEquals(socket.bufferedAmount, 0);
  await client.untilClose();
  await client.sendClose(1000, "done");
  await until(() => events.length > 0, "the close is reported");
  socket.send("when closed");
  assertEquals(socket.bufferedAmount, 0);
  assertEquals(await everythingSeenBy(client), "fin");
  assertEquals(events, [`close 1000 "done" clean`]);
});

Deno.test("bufferedAmount counts bytes not yet sent, until the peer reads them", async () => {
  await using server = new RecordingServer();
  const { client, socket } = await server.connect();
  await using _client = client;
  socket.send("€");
  assertEquals(socket.bufferedAmount, 3);
  assertEquals((await client.nextFrame())?.payload.length, 3);
  await until(() => socket.bufferedAmount === 0, "the message has been sent");
  await fillSendQueue(socket);
  assert(socket.bufferedAmount > 0);
  for (let i = 0; i < STUCK_MESSAGES; i++) await client.nextFrame();
  await until(() => socket.bufferedAmount === 0, "everything has been sent");
});

Deno.test("bufferedAmount says 0 after close() though data is queued, and the data still arrives", async () => {
  await using server = new RecordingServer();
  const { client, socket } = await server.connect();
  await using _client = client;
  await fillSendQueue(socket);
  assert(socket.bufferedAmount > 0);
  socket.close(1012, "restart");
  assertEquals(socket.bufferedAmount, 0);
  let messages = 0;
  for await (const { opcode } of client.frames()) {
    if (opcode === OPCODE.close) break;
    messages++;
  }
  assertEquals(messages, STUCK_MESSAGES);
});

Deno.test("upgradeWebSocket() accepts every Sec-WebSocket-Version", async () => {
  await using server = new RecordingServer();
  for (const version of ["8", "7", "0", "none"]) {
    const { client, events } = await server.connect({ version });
    await using _client = client;
    await client.send("hello");
    await until(() => events.length > 0, "the message has come");
    assertEquals(events, ["message hello"]);
  }
});

Deno.test("upgradeWebSocket() accepts POST and HTTP/1.0", async () => {
  await using server = new RecordingServer();
  const { client } = await server.connect({ method: "POST", httpVersion: "1.0" });
  await using _client = client;
  assertEquals(client.status, 101);
});

/** Frames that break a rule and are taken all the same: whoever minds has to look. */
const TAKEN: { what: string; frames: FrameOptions[]; events: string[] }[] = [
  {
    what: "a frame without a mask",
    frames: [{ opcode: OPCODE.text, payload: "bare", mask: false }],
    events: ["message bare"],
  },
  {
    what: "a pong of 126 bytes",
    frames: [{ opcode: OPCODE.pong, payload: new Uint8Array(126) }],
    events: [],
  },
  {
    what: "a fragmented text begun anew before its end",
    frames: [
      { opcode: OPCODE.text, payload: "first ", fin: false },
      { opcode: OPCODE.text, payload: "second ", fin: false },
      { opcode: OPCODE.continuation, payload: "end" },
    ],
    events: ["message second end"],
  },
];

for (const { what, frames, events } of TAKEN) {
  Deno.test(`WebSocket takes ${what}`, async () => {
    await using server = new RecordingServer();
    const pair = await server.connect();
    await using client = pair.client;
    for (const frame of frames) await client.sendFrame(frame);
    await client.send("still open");
    await until(() => pair.events.length > events.length, "the last message has come");
    assertEquals(pair.events, [...events, "message still open"]);
  });
}

Deno.test("WebSocket takes a Close reason of any length", async () => {
  await using server = new RecordingServer();
  const { client, events } = await server.connect();
  await using _client = client;
  const reason = "x".repeat(70_000);
  await client.sendClose(1000, reason);
  await until(() => events.length > 0, "the close is reported");
  assertEquals(events, [`close 1000 "${reason}" clean`]);
});

Deno.test("WebSocket takes a fragmented message above the 64 MiB that bound a frame", async () => {
  let size = 0;
  await using server = new RecordingServer({
    onSocket: (socket) => {
      socket.binaryType = "arraybuffer";
      socket.addEventListener("message", ({ data }) => size = data.byteLength);
    },
  });
  const { client } = await server.connect();
  await using _client = client;
  await client.sendFrame({ opcode: OPCODE.binary, fin: false });
  const payload = new Uint8Array(2 ** 20);
  const part = encodeFrame({ opcode: OPCODE.continuation, payload, fin: false, mask: false });
  for (let i = 0; i < 65; i++) await client.sendBytes(part);
  await client.sendFrame({ opcode: OPCODE.continuation });
  await until(() => size > 0, "the message has come");
  assertEquals(size, 65 * 2 ** 20);
});
