import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { HandshakeError, RawSocket } from "../cli/raw_socket.ts";
import { ORIGIN, serve, TestClient, until } from "./harness.ts";
import { V1TestClient } from "./v1_client.ts";

/** A server whose memory is what the test says. */
async function serveWithMemory(limits: { soft?: number; hard?: number }) {
  const memory = { bytes: 0 };
  const server = await serve(
    { softMemoryBytes: limits.soft ?? 0, hardMemoryBytes: limits.hard ?? 0, answerMs: 1_000 },
    { memoryBytes: () => memory.bytes },
  );
  return { server, memory };
}

async function readiness(http: string): Promise<[status: number, body: string]> {
  const response = await fetch(`${http}/readyz`);
  return [response.status, await response.text()];
}

Deno.test("above the soft limit /readyz and upgrades say 503 and why, and who is there stays", async () => {
  const { server, memory } = await serveWithMemory({ soft: 1_000 });
  await using _server = server;
  await using ann = await V1TestClient.welcomed(server.url);
  memory.bytes = 1_000;
  assertEquals(await readiness(server.http), [
    503,
    "Not ready: overloaded (memory is 1000 B, soft limit 1000 B)\n",
  ]);
  const error = await assertRejects(
    () => RawSocket.connect(server.url, { headers: { origin: ORIGIN } }),
    HandshakeError,
  );
  assertEquals([error.status, error.headers.get("retry-after")], [503, "5"]);
  assertEquals(error.body, "The server is overloaded: memory is 1000 B, soft limit 1000 B\n");
  assertEquals(server.log.of("busy")[0]?.level, "warn");
  ann.publish(1, "still here");
  assertEquals(await ann.heard(1), ["still here"]);
});

Deno.test("an overload that is over lets clients in again", async () => {
  const { server, memory } = await serveWithMemory({ soft: 1_000 });
  await using _server = server;
  memory.bytes = 1_000;
  assertEquals((await readiness(server.http))[0], 503);
  memory.bytes = 0;
  assertEquals((await readiness(server.http))[0], 503, "not yet");
  await until(
    () => server.log.texts.includes("No longer overloaded"),
    () => "the end of the overload",
  );
  assertEquals((await readiness(server.http))[0], 200);
  await using _ann = await TestClient.connect(server.url);
});

Deno.test("the soft limit of clients withdraws readiness, and leaves room for those who come back", async () => {
  await using server = await serve({ maxClients: 3, softClients: 2 });
  await using _one = await TestClient.connect(server.url);
  assertEquals((await readiness(server.http))[0], 200);
  await using _two = await TestClient.connect(server.url);
  assertEquals(await readiness(server.http), [
    503,
    "Not ready: overloaded (there are 2 clients, soft limit 2)\n",
  ]);
  await using _three = await TestClient.connect(server.url);
  assertEquals((await readiness(server.http))[1], "Not ready: full (3 of 3 clients)\n");
});

Deno.test("above the hard limit the newest leave with 1013, one by one, and nothing is lost", async () => {
  const { server, memory } = await serveWithMemory({ hard: 1_000 });
  await using _server = server;
  await using old = await V1TestClient.welcomed(server.url);
  await using young = await V1TestClient.welcomed(server.url);
  for (let id = 1; id <= 3; id++) young.publish(id, `before ${id}`);
  await young.heard(3);
  memory.bytes = 1_000;
  const drain = await young.next("drain");
  assert(drain.reconnectAfterMs >= 5_000 && drain.reconnectAfterMs <= 15_000);
  young.publish(4, "just in time");
  young.send({ type: "drained", lastId: 4 });
  memory.bytes = 0;
  assertEquals((await young.next("done")).lastId, 4);
  const { code, reason } = await young.closed;
  assertEquals([code, reason], [1013, "server overloaded"]);
  assertEquals(await old.heard(4), ["before 1", "before 2", "before 3", "just in time"]);
  assertEquals(young.contents, old.contents);
  assertEquals(old.frames.some(({ type }) => type === "drain"), false);
});

Deno.test("a plain client is sent away with 1013, too, and the receipt counts who was", async () => {
  const { server, memory } = await serveWithMemory({ hard: 1_000 });
  await using _server = server;
  const ann = await TestClient.connect(server.url);
  memory.bytes = 1_000;
  assertEquals((await ann.closed).code, 1013);
  memory.bytes = 0;
  const { counts } = await server.shutdown.start("test");
  assertEquals([counts.shed, counts["closes.1013.closed_by_us"]], [1, 1]);
});

Deno.test("a shutdown takes over who is being sent away, and cuts no conversation", async () => {
  const { server, memory } = await serveWithMemory({ hard: 1_000 });
  await using _server = server;
  await using ann = await V1TestClient.welcomed(server.url);
  memory.bytes = 1_000;
  await ann.next("drain");
  const done = server.shutdown.start("test");
  await until(() => server.shutdown.state === "drain", () => "the drain");
  ann.publish(1, "a last word");
  ann.send({ type: "drained", lastId: 1 });
  assertEquals((await ann.next("done")).lastId, 1);
  assertEquals(ann.contents, ["a last word"]);
  assertEquals((await ann.closed).code, 1013);
  const { clients, exitCode } = await done;
  assertEquals([clients.total, clients.byCode, exitCode], [1, { "1013": 1 }, 0]);
  assertEquals(ann.frames.filter(({ type }) => type === "drain").length, 1);
});

Deno.test("an event loop that is late makes the server not ready, until it is not late any more", async () => {
  await using server = await serve({ softLagMs: 100 });
  await until(
    () => {
      const busyUntil = performance.now() + 300;
      while (performance.now() < busyUntil);
      return server.log.records.some(({ fields }) => fields.event === "overload");
    },
    () => "the overload to be noticed",
  );
  const [status, why] = await readiness(server.http);
  assertEquals(status, 503);
  assertStringIncludes(why, "the event loop is ");
  await until(
    () => server.log.texts.includes("No longer overloaded"),
    () => "the end of the overload",
  );
});
