import { assert, assertEquals, assertThrows } from "@std/assert";
import { readServerConfig } from "../src/config.ts";
import {
  hideSecrets,
  natsAddress,
  type NatsSpec,
  readNatsSpec,
} from "../src/message_log/nats/spec.ts";
import { parseLogSpec } from "../src/message_log/open_log.ts";

const spec = (rest: Partial<NatsSpec>): NatsSpec => ({
  kind: "nats",
  servers: ["a:4222"],
  tls: false,
  stream: "CHAT",
  ...rest,
});

const GOOD: [string, Partial<NatsSpec>][] = [
  ["nats://a/CHAT", {}],
  ["nats://a:4222/CHAT", {}],
  ["  nats://a:4222/CHAT ", {}],
  ["tls://a:4222/CHAT", { tls: true }],
  ["nats://a,b:4333,c/chat_1-x", {
    servers: ["a:4222", "b:4333", "c:4222"],
    stream: "chat_1-x",
  }],
  ["nats://10.0.0.1,nats_1.example./CHAT", { servers: ["10.0.0.1:4222", "nats_1.example.:4222"] }],
  ["nats://[::1],[fe80::1]:4333/CHAT", { servers: ["[::1]:4222", "[fe80::1]:4333"] }],
  ["nats://me:secret@a/CHAT", { user: "me", password: "secret" }],
  ["nats://me:@a/CHAT", { user: "me", password: "" }],
  ["nats://a%40b:p%3A%2F%25@a/CHAT", { user: "a@b", password: "p:/%" }],
  ["nats://me:a@b/c,d:e@a/CHAT", { user: "me", password: "a@b/c,d:e" }],
  ["nats://s3cr%20t@a/CHAT", { token: "s3cr t" }],
  [`nats://a/${"x".repeat(64)}`, { stream: "x".repeat(64) }],
];

for (const [text, rest] of GOOD) {
  Deno.test(`parseLogSpec() reads ${text}`, () => {
    assertEquals(parseLogSpec(text), spec(rest));
  });
}

/** Each text, and a word of what is said of it. */
const BAD: [string, RegExp][] = [
  ["nats://a", /stream must stand after the servers/],
  ["nats://a/", /1 to 64 letters, digits/],
  ["nats://a/chat.room", /1 to 64 letters, digits/],
  ["nats://a/CHAT?x=1", /1 to 64 letters, digits/],
  [`nats://a/${"x".repeat(65)}`, /1 to 64 letters, digits/],
  ["nats:///CHAT", /there must be a server/],
  ["nats://me:secret@/CHAT", /there must be a server/],
  ["nats://a,,b/CHAT", /each server must be HOST or HOST:PORT/],
  ["nats://a:0/CHAT", /port must be from 1 to 65535/],
  ["nats://a:65536/CHAT", /port must be from 1 to 65535/],
  ["nats://a:secret/CHAT", /each server must be HOST or HOST:PORT/],
  ["nats://::1/CHAT", /IPv6 in brackets/],
  ["nats://[::g]/CHAT", /IPv6 in brackets/],
  ["nats://a b/CHAT", /each server must be HOST or HOST:PORT/],
  ["nats://a,nats://b/CHAT", /nats:\/\/ must stand once, before the first server/],
  ["nats://@a/CHAT", /there must be a user or a token before the @/],
  ["nats://:secret@a/CHAT", /there must be a user or a token before the @/],
  ["nats://me:100%@a/CHAT", /percent-encoded/],
];

for (const [text, why] of BAD) {
  Deno.test(`readNatsSpec() refuses ${text}, and says why`, () => {
    assertEquals(parseLogSpec(text), undefined);
    const said = readNatsSpec(text);
    assert(typeof said === "string" && why.test(said), `${JSON.stringify(said)}`);
    const error = assertThrows(() => readServerConfig(["--log", text]));
    assert((error as Error).message.endsWith(`: ${said}`), `${error}`);
  });
}

Deno.test("natsAddress() shows servers and stream, and nothing secret", () => {
  const login = readNatsSpec("nats://me:geheim@a,[::1]:4333/CHAT") as NatsSpec;
  assertEquals(natsAddress(login), "nats://a:4222,[::1]:4333/CHAT");
  const token = readNatsSpec("tls://geheim@a/CHAT") as NatsSpec;
  assertEquals(natsAddress(token), "tls://a:4222/CHAT");
});

Deno.test("hideSecrets() takes out what may be a user, a password or a token", () => {
  assertEquals(hideSecrets("nats://me:geheim@a/CHAT"), "nats://***@a/CHAT");
  assertEquals(hideSecrets("me:geheim@a/CHAT"), "***@a/CHAT");
  assertEquals(hideSecrets("x://me:ge@he://im@a/CHAT"), "x://***@a/CHAT");
  assertEquals(hideSecrets("[nats://me:geheim@a/A, nats://me:geheim@b/B]"), "[nats://***@b/B]");
  assertEquals(hideSecrets("nats://me:geheim/CHAT"), "nats://me:***/CHAT");
  assertEquals(hideSecrets("nats://a:65536,[::1]:4222/CHAT"), "nats://a:65536,[::1]:4222/CHAT");
  assertEquals(hideSecrets("sqlite:"), "sqlite:");
});

Deno.test("no refusal of a command line shows a password or a token", () => {
  const commands = [
    ["--log", "nats://me:geheim@a"],
    ["--log", "nats://geheim@a/x.y"],
    ["--log", "natz://me:geheim@a/CHAT"],
    ["--log", "me:geheim@a/CHAT"],
    ["--log", "nats://me:geheim/CHAT"],
    ["--log", "nats://me:geheim%@a/CHAT"],
    ["nats://me:geheim@a/CHAT"],
    ["--logs=nats://me:geheim@a/CHAT"],
  ];
  for (const args of commands) {
    const { message } = assertThrows(() => readServerConfig(args)) as Error;
    assertEquals(message.includes("geheim"), false, message);
  }
  const env = { LASTCALL_LOG: "nats://me:geheim@a" } as Record<string, string>;
  const { message } = assertThrows(() => readServerConfig([], (name) => env[name])) as Error;
  assertEquals(message.includes("geheim"), false, message);
});
