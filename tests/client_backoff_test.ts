import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Backoff, jitteredDelayMs, mayComeBack } from "../src/client/backoff.ts";
import { Pacer } from "../src/client/pacer.ts";
import { Route } from "../src/client/route.ts";

const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const CUT = { code: 1006, welcomedForMs: 0 };

Deno.test("jitteredDelayMs() stays below min(30 s, 0.5 s · 2^k), and reaches for it", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 5_000 }), randoms, (k, random) => {
    const delay = jitteredDelayMs(k, () => random);
    assert(delay >= 0 && delay < Math.min(30_000, 500 * 2 ** k), `${delay}`);
  }));
  const nearlyOne = () => 1 - Number.EPSILON;
  const highest = [0, 1, 5, 6, 60].map((k) => Math.round(jitteredDelayMs(k, nearlyOne)));
  assertEquals(highest, [500, 1_000, 16_000, 30_000, 30_000]);
});

Deno.test("jitteredDelayMs() cuts before it draws: the longest waits stay spread", () => {
  assertEquals(jitteredDelayMs(20, () => 0.25), 7_500);
});

Deno.test("Backoff doubles its ceiling with each attempt in a row", () => {
  const backoff = new Backoff(() => 0.5);
  assertEquals([1, 2, 3, 4].map(() => backoff.delayMs(CUT)), [250, 500, 1_000, 2_000]);
});

Deno.test("Backoff starts anew after 30 s of a welcomed connection, not before", () => {
  const backoff = new Backoff(() => 0.5);
  for (let i = 0; i < 4; i++) backoff.delayMs(CUT);
  assertEquals(backoff.delayMs({ ...CUT, welcomedForMs: 29_999 }), 4_000);
  assertEquals(backoff.delayMs({ ...CUT, welcomedForMs: 30_000 }), 250);
});

Deno.test("Backoff spreads returns after 1012 without a hint over 5 s", () => {
  fc.assert(fc.property(randoms, fc.nat(20), (random, earlier) => {
    const backoff = new Backoff(() => random);
    for (let i = 0; i < earlier; i++) backoff.delayMs(CUT);
    assertEquals(backoff.delayMs({ code: 1012, welcomedForMs: 0 }), random * 5_000);
  }));
});

Deno.test("Backoff follows a hint whatever the code, up to 60 s", () => {
  const backoff = new Backoff(() => 0.5);
  for (const code of [1012, 1006, 1001]) {
    assertEquals(backoff.delayMs({ code, hintMs: 3_400, welcomedForMs: 0 }), 3_400);
  }
  assertEquals(backoff.delayMs({ code: 1012, hintMs: 86_400_000, welcomedForMs: 0 }), 60_000);
  assertEquals(backoff.delayMs({ code: 1012, hintMs: 0, welcomedForMs: 0 }), 0);
});

Deno.test("mayComeBack() is false for 1003, 1008, 1009 and 4500 to 4999 only", () => {
  const codes = Array.from({ length: 5_001 }, (_, code) => code);
  const final = codes.filter((code) => !mayComeBack(code));
  assertEquals(final, [1003, 1008, 1009, ...codes.slice(4_500, 5_000)]);
});

const LIMITS = { maxMessageSize: 512, rateLimitBurst: 5, rateLimitRefillMs: 1_000 };

Deno.test("Pacer never lets through more than a server's bucket, even unevenly delayed", () => {
  const limits = fc.record({
    rateLimitBurst: fc.integer({ min: 2, max: 50 }),
    rateLimitRefillMs: fc.integer({ min: 1, max: 5_000 }),
  });
  fc.assert(fc.property(limits, fc.array(fc.nat(400), { maxLength: 200 }), (limits, steps) => {
    const pacer = new Pacer();
    pacer.start({ ...LIMITS, ...limits }, 0);
    let now = 0;
    const sent: number[] = [];
    for (const step of steps) {
      now += step;
      while (pacer.take(now)) sent.push(now);
    }
    const perMs = limits.rateLimitBurst / limits.rateLimitRefillMs;
    for (const [first, from] of sent.entries()) {
      for (const [i, to] of sent.slice(first).entries()) {
        assert(i + 1 <= limits.rateLimitBurst - 1 + (to - from) * perMs + 1e-6);
      }
    }
  }));
});

Deno.test("Pacer lets a message through when it said it would be ready", () => {
  const limits = fc.record({
    rateLimitBurst: fc.integer({ min: 1, max: 1_000 }),
    rateLimitRefillMs: fc.double({ min: 0, max: 100_000, noNaN: true }),
  });
  fc.assert(fc.property(limits, fc.double({ min: 0, max: 1e7, noNaN: true }), (limits, start) => {
    const pacer = new Pacer();
    pacer.start({ ...LIMITS, ...limits }, start);
    for (let i = 0; i < 50; i++) {
      const { readyAt } = pacer;
      assert(pacer.take(Math.max(start, readyAt)), `not ready at ${readyAt}`);
    }
  }));
});

Deno.test("Pacer is silent during a pause, for a minute at most, and starts anew when welcomed", () => {
  const pacer = new Pacer();
  pacer.start(LIMITS, 0);
  pacer.pause(420, 100);
  pacer.pause(100, 100);
  assertEquals([pacer.readyAt, pacer.take(519), pacer.take(520)], [520, false, true]);
  pacer.pause(1e9, 1_000);
  assertEquals(pacer.readyAt, 61_000);
  pacer.start(LIMITS, 2_000);
  assertEquals(pacer.take(2_000), true);
});

const HOME = new URL("ws://a.example/ws?room=lobby");

Deno.test("Route stays where it is until it fails, and then has nowhere else to go", () => {
  const route = new Route(HOME, () => 0);
  route.noteFailure();
  assertEquals(route.url, HOME.href);
});

Deno.test("Route goes through the alternates in turn, then home, in the same room", () => {
  const route = new Route(HOME, () => 0.99);
  route.noteAlternates(["ws://b.example/ws", "wss://c.example/ws?room=other#x"]);
  const seen = Array.from({ length: 4 }, () => {
    const { url } = route;
    route.noteFailure();
    return url;
  });
  assertEquals(seen, [
    "ws://b.example/ws?room=lobby",
    "wss://c.example/ws?room=other",
    HOME.href,
    "ws://b.example/ws?room=lobby",
  ]);
});

Deno.test("Route takes alternates in random order, so that they share the load", () => {
  const alternates = ["ws://b.example/ws", "ws://c.example/ws", "ws://d.example/ws"];
  const firsts = new Set([0, 0.4, 0.8].map((random) => {
    const route = new Route(HOME, () => random);
    route.noteAlternates(alternates);
    return route.url;
  }));
  assert(firsts.size > 1);
});

Deno.test("Route passes over what is no WebSocket URL, and over plain text when home is secure", () => {
  const route = new Route(new URL("wss://a.example/ws"), () => 0);
  route.noteAlternates(["ws://b.example/ws", "javascript:alert(1)", "http://[", "https://x/"]);
  assertEquals(route.url, "wss://a.example/ws");
  route.noteAlternates(["//b.example/ws"]);
  assertEquals(route.url, "wss://b.example/ws");
  route.noteAlternates([]);
  assertEquals(route.url, "wss://b.example/ws");
});
