import { assert, assertEquals } from "@std/assert";
import { SUBPROTOCOL } from "@lastcall/lastcall/client";
import { closePayload, encodeFrame, type Frame, FrameParser, OPCODE } from "../cli/frames.ts";
import { FLOOD, FloodClient } from "../cli/loadtest/flood_client.ts";
import { SlowClient } from "../cli/loadtest/slow_client.ts";
import { within } from "../cli/loadtest/wait.ts";
import { serveRaw } from "./peers/raw_ws_server.ts";

const frame = (opcode: number, payload: string | Uint8Array = "") =>
  encodeFrame({ opcode, payload, mask: false });
const closeFrame = frame(OPCODE.close, closePayload(1012, "bye"));
const restarted = { how: "closed" as const, code: 1012, reason: "bye" };
const optionsFor = (url: string) => ({
  ...{ url, origin: "http://a.example", now: () => performance.now() },
});

/** Frames as they arrive at a server, and a promise of the one that is looked for. */
class Heard {
  readonly frames: Frame[] = [];
  readonly #parser = new FrameParser();
  readonly #wanted: { isIt: (frame: Frame) => boolean; resolve: () => void }[] = [];

  readonly take = (bytes: Uint8Array): void => {
    const frames = this.#parser.push(bytes);
    this.frames.push(...frames);
    for (const { isIt, resolve } of this.#wanted) if (frames.some(isIt)) resolve();
  };

  async until(isIt: (frame: Frame) => boolean, deadlineMs = 5_000): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wanted.push({ isIt, resolve });
    assert(this.frames.some(isIt) || await within(deadlineMs, promise), "it did not come");
  }
}

const textOf = ({ payload }: Frame) => new TextDecoder().decode(payload);

Deno.test("a slow client answers a ping, and a Close when it gets to it", async () => {
  const heard = new Heard();
  await using server = await serveRaw({
    opened: (socket) => {
      socket.write(frame(OPCODE.ping, "?"));
      socket.write(frame(OPCODE.text, "x".repeat(600)));
      socket.write(closeFrame);
    },
    heard: (socket, bytes) => {
      heard.take(bytes);
      if (heard.frames.at(-1)?.opcode === OPCODE.close) socket.end();
    },
  });
  const client = new SlowClient(optionsFor(server.url));
  await client.connect();
  const startMs = performance.now();
  await client.over;
  // Some 620 bytes: the first of them came with the handshake, or else in slices of 256.
  assertEquals(client.record.end, restarted);
  assertEquals(heard.frames.map(({ opcode }) => opcode), [OPCODE.pong, OPCODE.close]);
  assertEquals([...heard.frames[1]!.payload], [...closePayload(1012, "bye")]);
  assert(performance.now() - startMs < 5_000);
  client.release();
});

Deno.test("a slow client reads 1 KiB in a second and not more, until it is to hurry", async () => {
  await using server = await serveRaw({
    opened: (socket) =>
      setTimeout(() => {
        socket.write(frame(OPCODE.text, "x".repeat(60_000)));
        socket.end(closeFrame);
      }, 50),
  });
  const client = new SlowClient(optionsFor(server.url));
  await client.connect();
  // At its own pace this would take a minute.
  assertEquals(await within(700, client.over), false);
  assertEquals(client.record.end, undefined);
  client.hurry();
  assert(await within(5_000, client.over));
  assertEquals(client.record.end, restarted);
});

Deno.test("a slow client that is released is recorded as left by us", async () => {
  await using server = await serveRaw({});
  const client = new SlowClient(optionsFor(server.url));
  await client.connect();
  client.release();
  await client.over;
  assertEquals(client.record.end, { how: "left" });
});

Deno.test("a slow client says why it could not connect", async () => {
  const client = new SlowClient(optionsFor("ws://127.0.0.1:1/"));
  await client.connect();
  await client.over;
  assert(client.record.refusal);
  assertEquals(client.record.openedAtMs, undefined);
});

Deno.test("a flood client greets, and sends on after drain and Close until TCP ends", async () => {
  const heard = new Heard();
  const greeting = { protocol: SUBPROTOCOL, text: '{"type":"hello"}' };
  const { promise: closing, resolve: close } = Promise.withResolvers<void>();
  await using server = await serveRaw({
    opened: (socket) => void closing.then(() => socket.write(closeFrame)),
    heard: (socket, bytes) => {
      heard.take(bytes);
      const { length } = heard.frames;
      if (length > 3) socket.write(frame(OPCODE.text, '{"type":"drain","closeInMs":5}'));
      if (length > 200) close();
      if (length > 600) socket.destroy();
    },
  });
  const client = new FloodClient({
    ...{ ...optionsFor(server.url), greeting, protocol: "v1", calmPerSecond: 100 },
  });
  await client.connect();
  assert(await within(10_000, client.over));
  client.release();
  const [hello, first, second] = heard.frames.map(textOf);
  assertEquals(hello, greeting.text);
  assertEquals(JSON.parse(first!), { type: "publish", id: 1, content: "flood" });
  assertEquals(JSON.parse(second!).id, 2);
  assertEquals(client.record.end, restarted);
  assert(heard.frames.length > 600 && client.sent < FLOOD.frames);
  assertEquals(heard.frames.some(({ opcode }) => opcode === OPCODE.close), false);
});

Deno.test("a flood client is calm until the goodbye, if it is told to", async () => {
  const heard = new Heard();
  await using server = await serveRaw({ heard: (_, bytes) => heard.take(bytes) });
  const options = { ...optionsFor(server.url), protocol: "plain" as const };
  const calm = new FloodClient({ ...options, calmPerSecond: 100 });
  await calm.connect();
  await heard.until((frame) => textOf(frame) === '{"content":"flood"}');
  await within(200, calm.over);
  // Two in each tick of 20 ms; full pace would be 100.
  assert(heard.frames.length < 100, `${heard.frames.length} frames`);
  calm.release();
  await calm.over;
  assertEquals(calm.record.end, { how: "left" });
});

Deno.test("a flood client stops at its bound", async () => {
  let bytes = 0;
  const frameBytes = encodeFrame({ opcode: OPCODE.text, payload: "flood" }).length;
  const { promise, resolve } = Promise.withResolvers<void>();
  await using server = await serveRaw({
    heard: (_, chunk) => {
      bytes += chunk.length;
      if (bytes >= 1_000 * frameBytes) resolve();
    },
  });
  const client = new FloodClient({
    ...{ ...optionsFor(server.url), protocol: "echo", maxFrames: 1_000 },
  });
  await client.connect();
  assert(await within(20_000, promise), `${bytes} bytes`);
  await within(100, client.over);
  assertEquals([client.sent, bytes], [1_000, 1_000 * frameBytes]);
  client.release();
  await client.over;
});
