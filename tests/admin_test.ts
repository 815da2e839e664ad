import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { METRICS } from "../src/metrics/table.ts";
import type { StatusReport } from "../src/admin/status_report.ts";
import { serve, TestClient, type TestServer, until } from "./harness.ts";
import { lintFamily, parseMetrics } from "./metric_text.ts";
import { V1TestClient } from "./v1_client.ts";

const ADMIN = { admin: { host: "127.0.0.1", port: 0 } };

async function get(url: string, init?: RequestInit) {
  const response = await fetch(url, { redirect: "manual", ...init });
  return { status: response.status, headers: response.headers, body: await response.text() };
}

async function statusOf({ adminHttp }: TestServer): Promise<StatusReport> {
  return JSON.parse((await get(`${adminHttp}/status.json`)).body);
}

Deno.test("there is no admin listener unless it is asked for", async () => {
  await using server = await serve();
  assertEquals(server.adminPort, undefined);
});

Deno.test("what is for operators is not on the public listener", async () => {
  await using server = await serve(ADMIN);
  for (const path of ["/metrics", "/status", "/status.json", "/status/main.js"]) {
    assertEquals((await get(`${server.http}${path}`)).status, 404, path);
    assertEquals((await get(`${server.adminHttp}${path}`)).status, 200, path);
  }
  assertEquals((await get(`${server.http}/drain`, { method: "POST" })).status, 405);
  assertEquals(server.shutdown.state, "serving");
});

Deno.test("what is for clients is not on the admin listener", async () => {
  await using server = await serve(ADMIN);
  for (const path of ["/ws", "/test", "/client/mod.js", "/status/", "/status/x.js", "/nothing"]) {
    assertEquals((await get(`${server.adminHttp}${path}`)).status, 404, path);
  }
  const root = await get(`${server.adminHttp}/`);
  assertEquals([root.status, root.headers.get("location")], [302, "/status"]);
});

for (const path of ["/livez", "/readyz", "/drain"]) {
  Deno.test(`the admin listener answers ${path} as the public one does`, async () => {
    await using server = await serve({ ...ADMIN, maxClients: 1 });
    for (const round of ["ready", "full"]) {
      const [here, there] = await Promise.all(
        [server.http, server.adminHttp].map((http) => get(`${http}${path}`)),
      );
      assertEquals([here!.status, here!.body], [there!.status, there!.body]);
      if (round === "ready") await TestClient.connect(server.url);
    }
    await server.shutdown.start("test");
  });
}

Deno.test("an admin request with another method says 405 and Allow", async () => {
  await using server = await serve(ADMIN);
  for (const [path, allow] of [["/status", "GET, HEAD"], ["/drain", "GET, HEAD, POST"]]) {
    const { status, headers } = await get(`${server.adminHttp}${path}`, { method: "PUT" });
    assertEquals([status, headers.get("allow")], [405, allow]);
  }
});

Deno.test("GET /metrics tells every metric, as promtool wants it, with what clients did", async () => {
  await using server = await serve(ADMIN);
  await using ann = await V1TestClient.welcomed(server.url);
  await using bob = await V1TestClient.welcomed(server.url);
  ann.publish(1, "hello");
  ann.publish(2, "x".repeat(1_000));
  await Promise.all([bob.heard(1), ann.heard(1), ann.next("rejected")]);
  const { headers, body } = await get(`${server.adminHttp}/metrics`);
  assertEquals(headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const families = parseMetrics(body);
  assertEquals([...families.keys()], Object.keys(METRICS));
  assertEquals([...families.values()].flatMap(lintFamily), []);
  const value = (name: string, labels = {}) =>
    families.get(name)!.samples.find((sample) =>
      JSON.stringify(sample.labels) === JSON.stringify(labels)
    )?.value;
  assertEquals(value("lastcall_clients", { state: "open" }), 2);
  assertEquals(value("lastcall_messages_accepted_total"), 1);
  assertEquals(value("lastcall_messages_rejected_total", { code: "too_large" }), 1);
  assertEquals(value("lastcall_deliveries_total"), 2);
  assertEquals(value("lastcall_log_available"), 1);
  assertEquals(value("lastcall_rooms"), 1);
  assert(value("process_resident_memory_bytes")! > 1e6);
  assert(value("process_cpu_seconds_total")! > 0);
  const count = (name: string) =>
    families.get(name)!.samples.find((sample) => sample.name.endsWith("_count"))!.value;
  for (const name of ["lastcall_batch_messages", "lastcall_log_append_duration_seconds"]) {
    assertEquals(count(name), 1, name);
  }
});

Deno.test("GET /status.json tells what goes on", async () => {
  await using server = await serve({ ...ADMIN, softLagMs: 200, hardLagMs: 2_000 });
  await using _ann = await V1TestClient.welcomed(server.url);
  const report = await statusOf(server);
  assertEquals([report.state, report.notReady, report.shutdown], ["serving", null, null]);
  assertEquals(report.clients, {
    joining: 0,
    open: 1,
    lagging: 0,
    leaving: 0,
    closing: 0,
    total: 1,
    max: 10_000,
  });
  assertEquals(report.limits.map(({ resource, soft, hard }) => [resource, soft, hard]), [
    ["lag", 200, 2_000],
    ["memory", null, null],
    ["clients", 9_000, 10_000],
  ]);
  assertEquals([report.log.kind, report.log.bytes, report.rooms], ["memory", null, 1]);
  assert(report.uptimeMs > 0 && report.memory.rss > 1e6);
});

Deno.test("the admin listener tells the alternates", async () => {
  const alternates = ["ws://a.example/ws", "ws://b.example/ws"];
  await using server = await serve({ ...ADMIN, alternates });
  assertEquals((await statusOf(server)).alternates, alternates);
  const { body } = await get(`${server.adminHttp}/metrics`);
  assertMatch(body, /^lastcall_alternates 2$/m);
});

Deno.test("POST /drain starts the shutdown, says 202, and is answered until the end", async () => {
  await using server = await serve({ ...ADMIN, minRate: 10 });
  const clients = await TestClient.connectMany(server.url, 10);
  const { status, body } = await get(`${server.adminHttp}/drain`, { method: "POST" });
  assertEquals([status, JSON.parse(body).receipt.reason], [202, "POST /drain"]);
  await until(() => server.shutdown.state === "drain", () => "the drain");
  const { shutdown, state, notReady } = await statusOf(server);
  assertEquals([state, notReady], ["drain", "shutting down (drain)"]);
  assertEquals(shutdown!.phases.map(({ state }) => state), [
    "done",
    "done",
    "now",
    "ahead",
    "ahead",
  ]);
  const sum = (parts: number[]) => parts.reduce((total, n) => total + n, 0);
  assertEquals(sum(shutdown!.slots!.left) + sum(shutdown!.slots!.ahead), 10);
  assertEquals((await get(`${server.adminHttp}/readyz`)).status, 503);
  assertEquals((await get(`${server.adminHttp}/drain`, { method: "POST" })).status, 202);
  const closes = await Promise.all(clients.map(({ closed }) => closed));
  assertEquals(new Set(closes.map(({ code }) => code)), new Set([1012]));
  assertEquals((await server.shutdown.done).exitCode, 0);
  await assertRejects(() => fetch(`${server.adminHttp}/livez`), TypeError);
});

for (
  const headers of [
    { origin: "http://evil.example" },
    { origin: "null" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-origin" },
  ] as Record<string, string>[]
) {
  Deno.test(`POST /drain says 403 to a browser that sends ${JSON.stringify(headers)}`, async () => {
    await using server = await serve(ADMIN);
    const raw = await rawPost(server.adminPort!, headers);
    assertMatch(raw, /^HTTP\/1\.1 403 /);
    assertEquals(server.shutdown.state, "serving");
    assertMatch(server.log.texts.join("\n"), /Refused to start a shutdown for a web page/);
  });
}

/** `fetch` does not let a caller set such headers. */
async function rawPost(port: number, headers: Record<string, string>): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const lines = Object.entries({
    host: "x",
    "content-length": "0",
    connection: "close",
    ...headers,
  })
    .map(([name, value]) => `${name}: ${value}\r\n`).join("");
  await connection.write(new TextEncoder().encode(`POST /drain HTTP/1.1\r\n${lines}\r\n`));
  return await new Response(connection.readable).text();
}

Deno.test("a page that watches is shown the receipt before the admin listener closes", async () => {
  await using server = await serve(ADMIN);
  await get(`${server.adminHttp}/status.json?watch=one`);
  const done = server.shutdown.start("test");
  await until(() => server.shutdown.state === "done", () => "the end");
  const report: StatusReport = JSON.parse(
    (await get(`${server.adminHttp}/status.json?watch=one`)).body,
  );
  assertEquals([report.state, report.shutdown?.receipt?.exitCode], ["done", 0]);
  assertEquals(report.shutdown?.receipt?.serverStopped, true);
  await done;
});

Deno.test("without a page that watches nothing is waited for at the end", async () => {
  await using server = await serve(ADMIN);
  await get(`${server.adminHttp}/status.json`);
  const startedAt = performance.now();
  await server.shutdown.start("test");
  assert(performance.now() - startedAt < 1_000);
});

Deno.test("GET /status has a policy that allows only its own files, and nothing inline", async () => {
  await using server = await serve(ADMIN);
  const { headers, body } = await get(`${server.adminHttp}/status`);
  const policy = headers.get("content-security-policy")!;
  assertMatch(policy, /default-src 'none'/);
  assertEquals(/unsafe|\*|https?:/.test(policy), false);
  for (
    const pattern of [
      /(?:https?|wss?):\/\//g,
      /<style|<script(?![^>]* src="\/status\/)/g,
      / on\w+=/g,
    ]
  ) assertEquals(body.match(pattern), null);
});

Deno.test("the scripts of /status are JavaScript that imports only its own files", async () => {
  await using server = await serve(ADMIN);
  const queue = ["main.js"];
  for (const name of queue) {
    const { status, headers, body } = await get(`${server.adminHttp}/status/${name}`);
    assertEquals([status, headers.get("content-type")], [200, "text/javascript; charset=utf-8"]);
    const imports = [...body.matchAll(/from\s+"([^"]+)"/g)].map(([, from]) => from!);
    for (const from of imports) {
      assertMatch(from, /^\.\/[a-z]+\.js$/);
      if (!queue.includes(from.slice(2))) queue.push(from.slice(2));
    }
  }
  assertNotEquals(queue.length, 1);
});

Deno.test("an admin listener that cannot listen stops the start, with a sentence", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const error = await assertRejects(() => serve({ admin: { host: "127.0.0.1", port } }), Error);
  assertEquals(error.message, `Cannot listen on 127.0.0.1:${port}: the port is in use`);
});
