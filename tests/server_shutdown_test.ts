import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { OPCODE } from "../cli/frames.ts";
import { RawSocket } from "../cli/raw_socket.ts";
import { ORIGIN, serve, TestClient, until, within } from "./harness.ts";

Deno.test("shutdown without clients is graceful, at once", async () => {
  const server = await serve();
  const receipt = await server.shutdown.start("test");
  assertEquals([receipt.exitCode, receipt.clients.total, receipt.serverStopped], [0, 0, true]);
  assertEquals(receipt.phases.map(({ name }) => name), [
    "unready",
    "notice",
    "drain",
    "force",
    "flush",
  ]);
});

Deno.test("shutdown with 5 clients closes each with a 1012 frame", async () => {
  const server = await serve();
  const clients = await TestClient.connectMany(server.url, 5);
  const receipt = await server.shutdown.start("test");
  for (const client of clients) {
    assertEquals(await within(client.closed, "the close"), {
      code: 1012,
      reason: "server restarting",
      wasClean: true,
    });
  }
  assertEquals(receipt.exitCode, 0);
  assertEquals(receipt.clients, {
    total: 5,
    closed: 5,
    crossed: 0,
    gone: 0,
    unanswered: 0,
    forced: 0,
    byCode: { "1012": 5 },
  });
  assertEquals(server.receipts.map(({ serverStopped }) => serverStopped), [null, true]);
});

Deno.test("shutdown with active messages delivers what was read before, then closes", async () => {
  for (let run = 0; run < 20; run++) await shutDownUnderTraffic();
});

/** 50 clients send all the time; whatever was read before the drain must reach all the others. */
async function shutDownUnderTraffic(): Promise<void> {
  await using server = await serve({ rateLimitBurst: 1_000, minRate: 1_000, answerMs: 600 });
  const clients = await TestClient.connectMany(server.url, 50);
  const sent = new Map<TestClient, number>(clients.map((client) => [client, 0]));
  let turn = 0;
  const sending = setInterval(() => {
    for (let i = 0; i < 5; i++) {
      const client = clients[turn++ % clients.length]!;
      if (client.socket.readyState !== WebSocket.OPEN) continue;
      client.say(`${clients.indexOf(client)}:${sent.get(client)}`);
      sent.set(client, sent.get(client)! + 1);
    }
  }, 2);
  await clients[0]!.heard(100);
  // Read by the server: everything that anybody has been told until now.
  const readBefore = new Set(clients.flatMap(({ contents }) => contents));
  const receipt = await server.shutdown.start("test");
  clearInterval(sending);
  const closes = await Promise.all(clients.map(({ closed }) => within(closed, "the close")));
  for (const [index, client] of clients.entries()) {
    const heard = new Set(client.contents);
    const missing = [...readBefore].filter((content) =>
      !content.startsWith(`${index}:`) && !heard.has(content)
    );
    assertEquals(missing, [], `client ${index} of 50 missed messages`);
  }
  assertEquals(closes.filter(({ code }) => code !== 1012), []);
  const { closed, crossed, byCode } = receipt.clients;
  assertEquals([receipt.exitCode, closed + crossed, byCode], [0, 50, { "1012": 50 }]);
}

Deno.test("shutdown respects its budget with a mute, a stalled and a half-open client", async () => {
  const server = await serve({ budgetMs: 3_000, answerMs: 300, maxBufferedBytes: 2 ** 30 });
  await using mute = await RawSocket.connect(server.url, { headers: { origin: ORIGIN } });
  await using stalled = await RawSocket.connect(server.url, { headers: { origin: ORIGIN } });
  await using clients = new AsyncDisposableStack();
  const normal = clients.use(await TestClient.connect(server.url));
  stalled.send('{"content":"I will not read"}');
  await normal.heard(1);
  const receipt = await server.shutdown.start("test");
  assertEquals((await within(normal.closed, "the close")).code, 1012);
  assertEquals([receipt.exitCode, receipt.clients.closed, receipt.clients.unanswered], [3, 1, 2]);
  assertLess(receipt.durationMs, 3_000);
  assertEquals((await mute.untilClose(5_000))?.code, 1012);
});

Deno.test("shutdown forces who is left at the deadline, and says so", async () => {
  // The answer time is longer than the whole budget: only the force deadline can end this.
  const server = await serve({ budgetMs: 1_000, answerMs: 60_000 });
  await using _mute = await RawSocket.connect(server.url, { headers: { origin: ORIGIN } });
  await until(() => server.connections.countByState().open === 1, () => "the client to join");
  const receipt = await server.shutdown.start("test");
  assertEquals([receipt.exitCode, receipt.clients.forced], [3, 1]);
  assertLess(receipt.durationMs, 1_100);
});

Deno.test("concurrent shutdown calls get the same promise and one shutdown", async () => {
  const server = await serve();
  await using client = await TestClient.connect(server.url);
  const calls = [1, 2, 3].map((n) => server.shutdown.start(`call ${n}`));
  assert(calls.every((call) => call === calls[0]));
  assertEquals((await calls[0]!).reason, "call 1");
  assertEquals((await within(client.closed, "the close")).code, 1012);
  assertEquals(server.log.texts.filter((text) => text.startsWith("Step 3")).length, 1);
});

Deno.test("shutdown stops accepting before it drains, read off the log", async () => {
  const server = await serve();
  await using _client = await TestClient.connect(server.url);
  await server.shutdown.start("SIGTERM");
  const order = [
    "Received shutdown signal: SIGTERM (1 clients, budget 25s)",
    "Step 1 of 5, unready",
    "Step 2 of 5, notice: stopped accepting new connections",
    "Step 3 of 5, drain: closing 1 client connections over 10ms (paced)",
    "Closed 1 client connections in ",
    "Step 4 of 5, force: nobody left to force",
    "Step 5 of 5, flush",
    "HTTP server shutdown completed in ",
    "Server stopped gracefully in ",
  ].map((start) => server.log.texts.findIndex((text) => text.startsWith(start)));
  assertEquals(order.includes(-1), false, server.log.texts.join("\n"));
  assertEquals(order, order.toSorted((a, b) => a - b));
});

Deno.test("while draining, upgrades get 503 and probes tell why, until the end", async () => {
  const server = await serve({ minRate: 1 });
  await using _one = await TestClient.connect(server.url);
  await using _two = await TestClient.connect(server.url);
  const done = server.shutdown.start("test");
  const ready = await fetch(`${server.http}/readyz`);
  assertEquals([ready.status, await ready.text()], [503, "Not ready: shutting down (drain)\n"]);
  const live = await fetch(`${server.http}/livez`);
  assertEquals([live.status, await live.text()], [200, "live\n"]);
  const upgrade = await fetch(`${server.http}/ws`, { headers: upgradeHeaders() });
  await upgrade.text();
  assertEquals(upgrade.status, 503);
  assertGreater(Number(upgrade.headers.get("retry-after")), 0);
  assertEquals(upgrade.headers.get("connection"), "close");
  const progress = await (await fetch(`${server.http}/drain`)).json();
  assertEquals([progress.state, progress.receipt.clients.total], ["drain", 2]);
  server.shutdown.hurry();
  assertEquals((await done).hurried, true);
});

Deno.test("unready comes first: upgrades are still served while /readyz says 503", async () => {
  const server = await serve({ unreadyDelayMs: 60_000, budgetMs: 120_000 });
  const done = server.shutdown.start("test");
  const ready = await fetch(`${server.http}/readyz`);
  assertEquals([ready.status, await ready.text()], [503, "Not ready: shutting down (unready)\n"]);
  await using client = await TestClient.connect(server.url);
  server.shutdown.hurry();
  assertEquals((await done).clients.closed, 1);
  assertEquals((await within(client.closed, "the close")).code, 1012);
});

Deno.test("hurry skips the pacing and still closes everybody in order", async () => {
  const server = await serve({ minRate: 1 });
  const clients = await TestClient.connectMany(server.url, 10);
  const done = server.shutdown.start("test");
  await until(() => server.shutdown.state === "drain", () => "the drain");
  server.shutdown.hurry();
  const receipt = await done;
  assertEquals([receipt.exitCode, receipt.clients.closed, receipt.hurried], [0, 10, true]);
  assertLess(receipt.durationMs, 9_000);
  for (const client of clients) {
    assertEquals((await within(client.closed, "the close")).code, 1012);
  }
});

Deno.test("a client that leaves by itself while others wait is counted as gone", async () => {
  const server = await serve({ minRate: 1, budgetMs: 60_000 });
  const clients = await TestClient.connectMany(server.url, 3);
  const done = server.shutdown.start("test");
  for (const client of clients) client.socket.close(1000, "bye");
  const receipt = await within(done, "a shutdown that waits for nobody");
  assertEquals(receipt.exitCode, 0);
  assertEquals(receipt.clients.gone + receipt.clients.closed, 3);
  assertGreater(receipt.clients.gone, 0);
});

Deno.test("a join under way when the drain begins takes part in it", async () => {
  const server = await serve();
  const pending = new WebSocket(server.url, { headers: { origin: ORIGIN } });
  const closed = new Promise<CloseEvent>((resolve) => pending.onclose = resolve);
  await until(
    () => server.connections.countByState().joining === 1 || pending.readyState === 1,
    () => "the upgrade",
  );
  const receipt = await server.shutdown.start("test");
  assertEquals([receipt.clients.total, receipt.clients.closed, receipt.exitCode], [1, 1, 0]);
  assertEquals((await within(closed, "the close")).code, 1012);
});

Deno.test("a stalled HTTP request does not hold the shutdown beyond its budget", async () => {
  const server = await serve({ budgetMs: 1_000 });
  await using stack = new AsyncDisposableStack();
  const conn = stack.use(await Deno.connect({ hostname: "127.0.0.1", port: server.port }));
  await conn.write(new TextEncoder().encode("GET /livez HTTP/1.1\r\nHost: x\r\n"));
  const receipt = await within(server.shutdown.start("test"), "the end");
  assertLess(receipt.durationMs, 1_500);
});

Deno.test("a client that keeps sending after its Close frame still sees 1012", async () => {
  for (let run = 0; run < 20; run++) {
    await using server = await serve({
      rateLimitBurst: 10_000,
      floodLimit: 100_000,
      answerMs: 200,
    });
    await using socket = await RawSocket.connect(server.url, { headers: { origin: ORIGIN } });
    const payload = new TextEncoder().encode('{"content":"still here"}');
    const flood = new AbortController();
    const sending = (async () => {
      while (!flood.signal.aborted) {
        await socket.sendFrame({ opcode: OPCODE.text, payload });
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })().catch(() => {});
    const done = server.shutdown.start("test");
    const close = await socket.untilClose(5_000);
    flood.abort();
    await sending;
    await done;
    assertEquals(close?.code, 1012);
  }
});

function upgradeHeaders(): Record<string, string> {
  return {
    origin: ORIGIN,
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  };
}
