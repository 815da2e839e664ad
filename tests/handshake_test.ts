import { assertEquals, assertMatch } from "@std/assert";
import type { Category } from "../src/errors.ts";
import { checkHandshake } from "../src/http/handshake.ts";

const ORIGIN = "http://localhost:8080";

const GOOD: Readonly<Record<string, string>> = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  origin: ORIGIN,
};

Deno.test("checkHandshake() lets a request pass as browsers send it", () => {
  for (
    const headers of [
      {},
      { connection: "keep-alive, Upgrade" },
      { connection: "upgrade" },
      { connection: " UPGRADE ,close" },
      { upgrade: "WebSocket" },
      { upgrade: "h2c, websocket" },
      { "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==" },
      { "sec-websocket-key": "+/+/+/+/+/+/+/+/+/+/+A==" },
      { "sec-websocket-protocol": "chat" },
      { "sec-websocket-extensions": "permessage-deflate" },
      { origin: "http://LOCALHOST:8080" },
    ]
  ) assertEquals(check({ headers }), undefined, JSON.stringify(headers));
});

const REFUSED: {
  category: Category;
  status: number;
  when: string;
  method?: string;
  headers?: Record<string, string | null>;
  reason: RegExp;
}[] = [
  ...["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"].map((method) => ({
    category: "bad_method" as const,
    status: 405,
    when: `the method is ${method}`,
    method,
    reason: new RegExp(`^Method must be GET, got ${method}$`),
  })),
  ...[null, "close", "keep-alive", "Upgraded", "not-upgrade"].map((connection) => ({
    category: "bad_upgrade" as const,
    status: 400,
    when: `Connection is ${connection}`,
    headers: { connection },
    reason: /^Connection must contain Upgrade$/,
  })),
  ...[null, "h2c", "websockets", "tls/1.0"].map((upgrade) => ({
    category: "bad_upgrade" as const,
    status: 400,
    when: `Upgrade is ${upgrade}`,
    headers: { upgrade },
    reason: /^Upgrade must contain websocket$/,
  })),
  ...[
    null,
    "",
    "short==",
    "dGhlIHNhbXBsZSBub25jZQ",
    "dGhlIHNhbXBsZSBub25jZQ=",
    "dGhlIHNhbXBsZSBub25jZTE=",
    "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==",
    "dGhlIHNhbXBsZSBub25jZ*==",
  ].map((key) => ({
    category: "bad_upgrade" as const,
    status: 400,
    when: `the key is ${key === "" ? "empty" : key}`,
    headers: { "sec-websocket-key": key },
    reason: /^Sec-WebSocket-Key must be 16 bytes in base64$/,
  })),
  ...[null, "8", "7", "0", "14", "13, 8", "013"].map((version) => ({
    category: "bad_version" as const,
    status: 426,
    when: `the version is ${version}`,
    headers: { "sec-websocket-version": version },
    reason: new RegExp(`^Sec-WebSocket-Version must be 13, got ${version ?? "none"}$`),
  })),
  ...[null, "null", "http://other.example"].map((origin) => ({
    category: "bad_origin" as const,
    status: 403,
    when: `the origin is ${origin === null ? "missing" : `"${origin}"`}`,
    headers: { origin },
    reason: /^Origin is (missing|malformed|not allowed)$/,
  })),
];

for (const { category, status, when, reason, ...request } of REFUSED) {
  Deno.test(`checkHandshake() answers ${status} when ${when}`, () => {
    const refusal = check(request);
    assertEquals([refusal?.status, refusal?.category], [status, category]);
    assertMatch(refusal!.reason, reason);
  });
}

Deno.test("checkHandshake() says what is allowed where HTTP has a header for it", () => {
  assertEquals(check({ method: "POST" })?.headers, { allow: "GET" });
  assertEquals(check({ headers: { "sec-websocket-version": "8" } })?.headers, {
    "sec-websocket-version": "13",
    upgrade: "websocket",
  });
});

Deno.test("checkHandshake() names one fault when there are several: method, headers, version, origin", () => {
  const bad = { connection: null, "sec-websocket-version": "8", origin: null };
  assertEquals(check({ method: "POST", headers: bad })?.category, "bad_method");
  assertEquals(check({ headers: bad })?.category, "bad_upgrade");
  assertEquals(check({ headers: { ...bad, connection: "upgrade" } })?.category, "bad_version");
});

function check(
  { method = "GET", headers = {} }: {
    method?: string;
    headers?: Record<string, string | null>;
  },
): ReturnType<typeof checkHandshake> {
  const all = Object.entries({ ...GOOD, ...headers })
    .filter((entry): entry is [string, string] => entry[1] !== null);
  return checkHandshake(new Request("http://x/ws", { method, headers: all }), [ORIGIN]);
}
