import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { HandshakeError, RawSocket } from "../cli/raw_socket.ts";
import { readServerConfig } from "../src/config.ts";
import { MemoryLog } from "../src/message_log/memory_log.ts";
import { startServer } from "../src/server.ts";
import { ORIGIN, serve, TestClient, testConfig, TestLog, until, within } from "./harness.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

const UPGRADE = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": KEY,
};

/** As a browser asks for a page. */
const AS_BROWSER = {
  headers: { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" },
};

Deno.test("GET / says in plain text that the server is running", async () => {
  await using server = await serve();
  const { status, headers, body } = await get(`${server.http}/`);
  assertEquals([status, headers.get("content-type")], [200, "text/plain; charset=utf-8"]);
  assertMatch(body, /^[^\n]*is running[^\n]*\n$/);
});

Deno.test("GET /test is an HTML page that connects, disconnects, sends and shows messages", async () => {
  await using server = await serve();
  const { status, headers, body } = await get(`${server.http}/test`);
  assertEquals([status, headers.get("content-type")], [200, "text/html; charset=utf-8"]);
  assertMatch(body, /^<!DOCTYPE html>/i);
  for (const part of ["connect", "disconnect", "send", "messages", "content"]) {
    assertStringIncludes(body, `id="${part}"`);
  }
});

for (const path of ["/", "/test"]) {
  Deno.test(`the page at ${path} runs only scripts and styles of this server, and none inline`, async () => {
    await using server = await serve();
    const { headers, body } = await get(`${server.http}${path}`, AS_BROWSER);
    const policy = headers.get("content-security-policy")!;
    assertMatch(policy, /default-src 'none'/);
    assertMatch(policy, /script-src 'self'; style-src 'self'/);
    assertEquals(policy.includes("unsafe"), false);
    assertEquals(body.match(/<script\b[^>]*>(?!<\/script>)|<style\b/g), null);
    for (const [, file] of body.matchAll(/(?:src|href)="([^"#]+)"/g)) {
      assertMatch(file!, /^\/page\/[a-z]+\.(?:js|css|svg)$/);
    }
  });

  Deno.test(`the page at ${path} needs nothing from elsewhere and has no inline handlers or styles`, async () => {
    await using server = await serve();
    const { headers, body } = await get(`${server.http}${path}`, AS_BROWSER);
    for (
      const pattern of [
        /(?:https?|wss?):\/\//gi,
        /<(?:img|iframe|base)\b|@import|\burl\(/g,
        /<[^>]+ (?:on\w+|style)=/gi,
      ]
    ) assertEquals(body.match(pattern), null);
    assertEquals(headers.get("x-content-type-options"), "nosniff");
    assertEquals(headers.get("referrer-policy"), "no-referrer");
  });
}

Deno.test("GET / is the chat page for a browser, and says so to caches", async () => {
  await using server = await serve();
  const page = await get(`${server.http}/`, AS_BROWSER);
  assertEquals([page.status, page.headers.get("content-type")], [200, "text/html; charset=utf-8"]);
  const line = await get(`${server.http}/`, { headers: { accept: "*/*" } });
  assertEquals(line.headers.get("content-type"), "text/plain; charset=utf-8");
  assertEquals([page.headers.get("vary"), line.headers.get("vary")], ["accept", "accept"]);
  const headed = await get(`${server.http}/`, { ...AS_BROWSER, method: "HEAD" });
  assertEquals([headed.headers.get("content-type"), headed.body], ["text/html; charset=utf-8", ""]);
});

Deno.test("GET /page/ has the style sheet and the icon, and nothing of the page's folder beside", async () => {
  await using server = await serve();
  for (
    const [path, type] of [["page.css", "text/css; charset=utf-8"], ["icon.svg", "image/svg+xml"]]
  ) {
    const { status, headers } = await get(`${server.http}/page/${path}`);
    assertEquals([status, headers.get("content-type")], [200, type]);
  }
  for (const path of ["", "page.html", "deno.json", "main.ts", "dom/", "..%2fconfig.js"]) {
    assertEquals((await get(`${server.http}/page/${path}`)).status, 404, path);
  }
});

Deno.test("GET /livez and /readyz say 200 while the server serves", async () => {
  await using server = await serve();
  const live = await get(`${server.http}/livez`);
  assertEquals([live.status, live.body], [200, "live\n"]);
  const ready = await get(`${server.http}/readyz`);
  assertEquals([ready.status, ready.body], [200, "ready\n"]);
});

Deno.test("GET /readyz says 503 and why while the server is full, and /livez stays 200", async () => {
  await using server = await serve({ maxClients: 1 });
  {
    await using _ann = await TestClient.connect(server.url);
    const ready = await get(`${server.http}/readyz`);
    assertEquals([ready.status, ready.body], [503, "Not ready: full (1 of 1 clients)\n"]);
    assertEquals((await get(`${server.http}/livez`)).status, 200);
  }
  await until(() => server.connections.size === 0, () => "the client to be gone");
  assertEquals((await get(`${server.http}/readyz`)).status, 200);
});

Deno.test("GET /drain tells the state and the connections as JSON", async () => {
  await using server = await serve();
  await using _ann = await TestClient.connect(server.url);
  await until(() => server.connections.countByState().open === 1, () => "the client");
  const { status, headers, body } = await get(`${server.http}/drain`);
  assertEquals([status, headers.get("content-type")], [200, "application/json"]);
  assertEquals(JSON.parse(body), {
    state: "serving",
    connections: { joining: 0, open: 1, leaving: 0, closing: 0 },
  });
});

for (
  const path of ["/nothing", "/ws/", "/WS", "/test/", "/__proto__", "/constructor", "//", "/%"]
) {
  Deno.test(`GET ${path} says 404`, async () => {
    await using server = await serve();
    const { status, body } = await get(`${server.http}${path}`);
    assertEquals([status, body], [404, "Not found\n"]);
  });
}

for (const path of ["/", "/test", "/livez", "/readyz", "/drain"]) {
  Deno.test(`HEAD ${path} has the headers of GET and no body; other methods get 405 and Allow`, async () => {
    await using server = await serve();
    const headed = await get(`${server.http}${path}`, { method: "HEAD" });
    const gotten = await get(`${server.http}${path}?with=query`);
    assertEquals([headed.status, headed.body], [200, ""]);
    assertEquals(headed.headers.get("content-type"), gotten.headers.get("content-type"));
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
      const { status, headers } = await get(`${server.http}${path}`, { method });
      assertEquals([status, headers.get("allow")], [405, "GET, HEAD"], method);
    }
  });
}

for (const method of ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "NONSENSE"]) {
  Deno.test(`${method} /ws says 405 and Allow, and is logged with the address`, async () => {
    await using server = await serve();
    const answer = await get(`${server.http}/ws`, { method, headers: { origin: ORIGIN } });
    assertEquals([answer.status, answer.headers.get("allow")], [405, "GET"]);
    const [record] = server.log.of("bad_method");
    assertMatch(record!.text, /^Client 127\.0\.0\.1:\d+ asked for an upgrade /);
  });
}

const BAD_UPGRADES: [when: string, headers: Record<string, string | null>, reason: string][] = [
  ["has no Connection header", { connection: null }, "Connection must contain Upgrade"],
  ["keeps the connection alive", { connection: "keep-alive" }, "Connection must contain Upgrade"],
  ["has no Upgrade header", { upgrade: null }, "Upgrade must contain websocket"],
  ["upgrades to h2c", { upgrade: "h2c" }, "Upgrade must contain websocket"],
  ["has no key", { "sec-websocket-key": null }, "Sec-WebSocket-Key must be 16 bytes in base64"],
  ["has a short key", { "sec-websocket-key": "x" }, "Sec-WebSocket-Key must be 16 bytes in base64"],
];

for (const [when, headers, reason] of BAD_UPGRADES) {
  Deno.test(`GET /ws says 400 and why when the request ${when}`, async () => {
    await using server = await serve();
    const error = await assertRejects(
      () => RawSocket.connect(server.url, { headers: { origin: ORIGIN, ...headers } }),
      HandshakeError,
    );
    assertEquals([error.status, error.body], [400, `${reason}\n`]);
    assertStringIncludes(server.log.of("bad_upgrade")[0]!.text, reason);
  });
}

Deno.test("GET /ws as a plain request says 400", async () => {
  await using server = await serve();
  assertEquals((await get(`${server.http}/ws`)).status, 400);
});

for (const version of [null, "8", "14"]) {
  Deno.test(`GET /ws says 426 and names version 13 when the version is ${version ?? "missing"}`, async () => {
    await using server = await serve();
    const headers = { origin: ORIGIN, "sec-websocket-version": version };
    const error = await assertRejects(
      () => RawSocket.connect(server.url, { headers }),
      HandshakeError,
    );
    assertEquals([error.status, error.headers.get("sec-websocket-version")], [426, "13"]);
    assertEquals(error.body, `Sec-WebSocket-Version must be 13, got ${version ?? "none"}\n`);
    assertEquals(server.log.of("bad_version").length, 1);
  });
}

Deno.test("GET /ws answers the key as RFC 6455 has it", async () => {
  await using server = await serve();
  const headers = { origin: ORIGIN, "sec-websocket-key": KEY };
  await using raw = await RawSocket.connect(server.url, { headers });
  assertEquals(raw.headers.get("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  assertEquals(raw.headers.get("sec-websocket-protocol"), null);
  assertEquals(raw.headers.get("sec-websocket-extensions"), null);
});

for (const host of ["[", "a b", "%", "x:99999", "x@:y"]) {
  Deno.test(`a request with the host ${host} is the client's fault: 400, and no error in the log`, async () => {
    await using server = await serve();
    for (const path of ["/livez", "/ws"]) {
      const text = await exchange(server.port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      assertMatch(text, /^HTTP\/1\.1 400 /, path);
    }
    assertEquals(server.log.records.filter(({ level }) => level === "error"), []);
  });
}

Deno.test("a fault of ours answers 500 and is logged with its category and the address", async () => {
  await using server = await serve();
  const { warn } = server.log;
  server.log.warn = () => {
    server.log.warn = warn;
    throw new Error("the disk is full");
  };
  const headers = { ...UPGRADE, origin: "http://evil.example" };
  const { status, body } = await get(`${server.http}/ws`, { headers });
  assertEquals([status, body], [500, "Internal server error\n"]);
  const [record] = server.log.of("handler_error");
  assertEquals(record?.level, "error");
  assertMatch(record!.text, /^Client 127\.0\.0\.1:\d+ .*the disk is full$/);
  assertEquals((await get(`${server.http}/livez`)).status, 200);
});

Deno.test("half a request, slowly sent, disturbs nobody", async () => {
  await using server = await serve();
  await using slow = new AsyncDisposableStack();
  for (const text of ["G", "GET /livez HTTP/1.1\r\nHost: x\r\nX-Filler: ", "\r\n"]) {
    const conn = slow.use(await Deno.connect({ hostname: "127.0.0.1", port: server.port }));
    await conn.write(new TextEncoder().encode(text));
  }
  assertEquals((await get(`${server.http}/livez`)).status, 200);
  await using ann = await TestClient.connect(server.url);
  await using bob = await TestClient.connect(server.url);
  await until(() => server.connections.countByState().open === 2, () => "both clients");
  ann.say("hello");
  assertEquals(await bob.heard(1), ["hello"]);
});

Deno.test("a server goes from its command line to its end", async () => {
  const env: Record<string, string> = {
    SERVER_PORT: "127.0.0.1:0",
    ALLOWED_ORIGINS: ORIGIN,
    LASTCALL_LOG: "memory:",
  };
  const request = readServerConfig(["--max-clients", "10"], (name) => env[name]);
  if (!("config" in request)) throw new Error("Cannot read the command line");
  const log = new TestLog();
  const server = await startServer(request.config, { log });
  assertEquals(server.url, `ws://127.0.0.1:${server.port}/ws`);
  assertEquals(log.texts[0], `Listening on ${server.url}`);
  const http = `http://127.0.0.1:${server.port}`;
  assertEquals((await get(`${http}/readyz`)).status, 200);
  const [ann, bob] = await TestClient.connectMany(server.url, 2);
  await until(() => server.connections.countByState().open === 2, () => "both clients");
  ann!.say("hello");
  assertEquals(await bob!.heard(1), ["hello"]);
  const receipt = await server.shutdown.start("test");
  assertEquals([receipt.exitCode, receipt.clients.closed, receipt.counts.delivered], [0, 2, 1]);
  for (const client of [ann!, bob!]) assertEquals((await client.closed).code, 1012);
  await assertRejects(() => Deno.connect({ hostname: "127.0.0.1", port: server.port }));
});

Deno.test("a server that cannot listen says where and why", async () => {
  await using server = await serve();
  const listen = { host: "127.0.0.1", port: server.port };
  const error = await assertRejects(() => startServer(testConfig({ listen }))) as Error;
  assertEquals(error.message, `Cannot listen on 127.0.0.1:${server.port}: the port is in use`);
});

interface Answer {
  status: number;
  headers: Headers;
  body: string;
}

async function get(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await within(fetch(url, init), `an answer from ${url}`);
  return { status: response.status, headers: response.headers, body: await response.text() };
}

/** What the server says to bytes that no client library would send. */
async function exchange(port: number, request: string): Promise<string> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(new TextEncoder().encode(request));
  const bytes = new Uint8Array(4_096);
  const count = await within(conn.read(bytes), "the answer");
  return new TextDecoder().decode(bytes.subarray(0, count ?? 0));
}

Deno.test("who attaches signals has done so before anybody is told that the server listens", async () => {
  const log = new TestLog();
  const told: string[][] = [];
  await using server = await startServer(testConfig(), {
    log,
    messageLog: new MemoryLog(),
    attach: (shutdown) => void told.push([shutdown.state, ...log.texts]),
  });
  assertEquals(told, [["serving"]]);
  assertEquals(log.texts.some((text) => text.startsWith("Listening on")), true);
  assertEquals(server.shutdown.state, "serving");
});
