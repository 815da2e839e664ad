import { assertEquals, assertGreater } from "@std/assert";
import { RawSocket } from "../cli/raw_socket.ts";
import { OPCODE } from "../cli/frames.ts";
import type { Connection } from "../src/shutdown/connection.ts";
import { ORIGIN, serve, TestClient, type TestServer, until } from "./harness.ts";
import { V1TestClient } from "./v1_client.ts";

const LIMITS = { maxBufferedBytes: 65_536, maxMessageSize: 2 ** 18, rateLimitBurst: 100_000 };

/** A client that has said hello, if it speaks v1, and reads nothing until it is told to. */
async function stalled(server: TestServer, protocol?: string): Promise<RawSocket> {
  const socket = await RawSocket.connect(server.url, {
    headers: { origin: ORIGIN, ...protocol ? { "sec-websocket-protocol": protocol } : {} },
  });
  if (protocol) {
    await socket.send('{"type":"hello"}');
    await socket.nextFrame();
  }
  return socket;
}

/** Publishes until the server holds more for somebody than it may, and then some. */
async function overfill(server: TestServer, publisher: TestClient): Promise<string[]> {
  const sent: string[] = [];
  const isStalled = () => [...server.connections].some(isFull);
  const content = "x".repeat(2 ** 17);
  for (let extra = 0; extra < 20;) {
    if (isStalled()) extra += 1;
    publisher.say(`${sent.length}:${content}`);
    sent.push(`${sent.length}:${content}`);
    await until(() => server.messageLog.head("lobby") === sent.length, () => "the message");
  }
  return sent;
}

const isFull = ({ socket }: Connection) => socket.bufferedAmount > LIMITS.maxBufferedBytes;

for (const protocol of [undefined, "lastcall.v1"]) {
  Deno.test(`a ${protocol ?? "plain"} reader that stalls costs no more memory and misses nothing`, async () => {
    await using server = await serve(LIMITS);
    await using slow = await stalled(server, protocol);
    await using ann = await TestClient.connect(server.url);
    await using bob = await TestClient.connect(server.url);
    await until(() => server.connections.countByState().open === 3, () => "everybody");
    const sent = await overfill(server, ann);
    await bob.heard(sent.length);
    // One frame more than the limit is held at most: the one that went over it.
    const held = Math.max(...[...server.connections].map(({ socket }) => socket.bufferedAmount));
    assertGreater(held, LIMITS.maxBufferedBytes);
    const heard = await readMessages(slow, { count: sent.length, isV1: protocol !== undefined });
    assertEquals(heard.length, sent.length);
    assertEquals(heard.every((content, i) => content === sent[i]), true);
    ann.say("live again");
    assertEquals(
      await readMessages(slow, { count: 1, isV1: protocol !== undefined }),
      ["live again"],
    );
  });
}

async function readMessages(
  socket: RawSocket,
  { count, isV1 }: { count: number; isV1: boolean },
): Promise<string[]> {
  const contents: string[] = [];
  const decoder = new TextDecoder();
  while (contents.length < count) {
    const frame = await socket.nextFrame(10_000);
    if (frame?.opcode !== OPCODE.text) throw new Error(`Cannot read on: got ${frame?.opcode}`);
    const value = JSON.parse(decoder.decode(frame.payload));
    contents.push(
      ...(isV1 ? value.items : [value]).map(({ content }: { content: string }) => content),
    );
  }
  return contents;
}

Deno.test("a message log that cannot be written rejects, reads on, tells /readyz, and recovers", async () => {
  await using server = await serve();
  await using ann = await V1TestClient.welcomed(server.url);
  ann.publish(1, "before");
  await ann.heard(1);
  const { append, probe } = server.messageLog;
  const broken = () => Promise.reject(new Error("Cannot write the log: the disk is full"));
  Object.assign(server.messageLog, { append: broken, probe: broken });
  ann.publish(2, "lost?");
  const rejected = await ann.next("rejected");
  assertEquals([rejected.id, rejected.code], [2, "unavailable"]);
  assertGreater(rejected.retryAfterMs!, 0);
  const ready = await fetch(`${server.http}/readyz`);
  assertEquals([ready.status, await ready.text()], [
    503,
    "Not ready: Cannot write the log: the disk is full\n",
  ]);
  await using bob = await V1TestClient.welcomed(server.url, { history: 10 });
  assertEquals(await bob.heard(1), ["before"]);
  Object.assign(server.messageLog, { append, probe });
  await until(
    () => server.log.texts.includes("The message log can be written again"),
    () => "the recovery",
  );
  const again = await fetch(`${server.http}/readyz`);
  assertEquals([again.status, await again.text()], [200, "ready\n"]);
  ann.publish(2, "not lost");
  assertEquals(await bob.heard(2), ["before", "not lost"]);
});
