import { assert, assertEquals, assertFalse, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { Discards } from "../src/chat/discards.ts";
import { decodePlain, encodePlain } from "../src/chat/plain_protocol.ts";
import { TokenBucket } from "../src/chat/token_bucket.ts";
import { exceedsBytes } from "../src/client/utf8.ts";
import { Stats } from "../src/stats.ts";
import { TestLog } from "./harness.ts";

/** Any text, lone surrogates included. */
const anyText = fc.array(fc.oneof(fc.nat(0x7f), fc.nat(0xffff))).map((units) =>
  String.fromCharCode(...units)
);

Deno.test("TokenBucket gives a burst, then nothing in the same instant", () => {
  const bucket = new TokenBucket(5, { refillMs: 1_000, now: 7 });
  assertEquals(Array.from({ length: 7 }, () => bucket.take(7)), [
    ...Array(5).fill(true),
    ...Array(2).fill(false),
  ]);
});

Deno.test("TokenBucket refills one token in each fifth of the interval when the burst is 5", () => {
  const bucket = new TokenBucket(5, { refillMs: 1_000, now: 0 });
  for (let i = 0; i < 5; i++) bucket.take(0);
  assertFalse(bucket.take(199));
  assert(bucket.take(200));
  assertFalse(bucket.take(399));
  assert(bucket.take(400));
});

Deno.test("TokenBucket never saves more than a burst", () => {
  const bucket = new TokenBucket(3, { refillMs: 10, now: 0 });
  const taken = Array.from({ length: 10 }, () => bucket.take(3_600_000)).filter(Boolean);
  assertEquals(taken.length, 3);
});

Deno.test("TokenBucket allows no more than burst and rate together, however it is asked", () => {
  const asks = fc.array(fc.nat(500), { minLength: 1, maxLength: 200 });
  fc.assert(fc.property(fc.integer({ min: 1, max: 20 }), asks, (burst, pauses) => {
    const bucket = new TokenBucket(burst, { refillMs: 1_000, now: 0 });
    let now = 0;
    let taken = 0;
    for (const pause of pauses) if (bucket.take(now += pause)) taken += 1;
    assertLessOrEqual(taken, burst + now * burst / 1_000 + 1e-6);
  }));
});

Deno.test("Discards logs the first at once, and the others of that second in one line", () => {
  const log = new TestLog();
  const discards = new Discards("127.0.0.1:9", log);
  for (const now of [0, 1, 999]) discards.note("rate_limited", now);
  assertEquals(log.records.map(({ fields }) => fields.count), [1]);
  discards.note("rate_limited", 1_000);
  assertEquals(log.records.map(({ fields }) => fields.count), [1, 3]);
  assertEquals(log.records.map(({ level }) => level), ["warn", "warn"]);
  assert(log.texts.every((text) => text.startsWith("Client 127.0.0.1:9 sent faster")));
  assert(log.texts[1]!.endsWith(" (3 times)"));
});

Deno.test("Discards keeps causes apart", () => {
  const log = new TestLog();
  const discards = new Discards("127.0.0.1:9", log);
  discards.note("not_json", 0);
  discards.note("not_text", 0);
  discards.note("not_json", 1);
  assertEquals(log.records.map(({ fields }) => fields.category), ["not_json", "not_text"]);
});

Deno.test("Discards tells at the end what it held back, and nothing twice", () => {
  const log = new TestLog();
  const discards = new Discards("127.0.0.1:9", log);
  discards.flush(0);
  assertEquals(log.records, []);
  for (const now of [0, 1, 2]) discards.note("not_json", now);
  discards.flush(3);
  discards.flush(4);
  assertEquals(log.records.map(({ fields }) => fields.count), [1, 2]);
});

Deno.test("Discards leaves nothing uncounted, whatever comes when", () => {
  const cause = fc.constantFrom("not_json", "not_text", "rate_limited" as const);
  const notes = fc.array(fc.tuple(cause, fc.nat(700)));
  fc.assert(fc.property(notes, (notes) => {
    const log = new TestLog();
    const discards = new Discards("127.0.0.1:9", log);
    let now = 0;
    for (const [category, pause] of notes) discards.note(category, now += pause);
    discards.flush(now);
    const told = log.records.reduce((sum, { fields }) => sum + Number(fields.count), 0);
    assertEquals(told, notes.length);
    // At most one line a second for each cause, the last ones at the end aside.
    assertLessOrEqual(log.records.length, 3 * (Math.floor(now / 1_000) + 2));
  }));
});

Deno.test("decodePlain() takes an object with a text as its content, and drops the rest", () => {
  for (
    const [data, content] of [
      ['{"content":"hi"}', "hi"],
      ['{"content":""}', ""],
      [' {"a":[1,{"b":null}],\t"content":"hi"}\r\n', "hi"],
      ['{"content":"first","content":"last"}', "last"],
      ['{"__proto__":{"x":1},"content":"hi"}', "hi"],
      ['{"content":"\\ud800"}', "\ud800"],
      ['{"content":"\\u0000\\n\u2028"}', "\0\n\u2028"],
    ] as const
  ) assertEquals(decodePlain(data), { content }, data);
});

Deno.test("decodePlain() tells what is not JSON from what has another shape", () => {
  const notJson = ["", " ", "hi", "{", "{'content':'x'}", '{"content":"x"}{}', "\ufeff{}", "NaN"];
  const otherShape = [
    "null",
    "true",
    "42",
    '"content"',
    "[]",
    '[{"content":"x"}]',
    "{}",
    '{"Content":"x"}',
    '{"content":null}',
    '{"content":1}',
    '{"content":["x"]}',
    '{"content":{"content":"x"}}',
    '{"__proto__":{"content":"x"}}',
    '{"constructor":{"prototype":{"content":"x"}}}',
  ];
  for (const data of notJson) assertEquals(decodePlain(data), { wrong: "not_json" }, data);
  for (const data of otherShape) assertEquals(decodePlain(data), { wrong: "wrong_shape" }, data);
});

Deno.test("decodePlain() survives nesting of 100 000 levels", () => {
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  assertEquals(decodePlain(`{"content":"hi","deep":${deep}}`), { content: "hi" });
  assertEquals(decodePlain(deep), { wrong: "wrong_shape" });
  assertEquals(decodePlain("[".repeat(100_000)), { wrong: "not_json" });
});

Deno.test("encodePlain() makes what decodePlain() reads, for any text", () => {
  fc.assert(fc.property(anyText, (content) => {
    const frame = encodePlain(content);
    assertEquals(decodePlain(frame), { content });
    assertEquals(Object.keys(JSON.parse(frame)), ["content"]);
  }));
});

Deno.test("exceedsBytes() agrees with the encoder, for any text", () => {
  fc.assert(fc.property(anyText, fc.nat(100), (text, limit) => {
    assertEquals(exceedsBytes(text, limit), new TextEncoder().encode(text).length > limit);
  }));
});

Deno.test("exceedsBytes() counts bytes, not characters, at the boundary", () => {
  for (const [text, bytes] of [["abc", 3], ["äöü", 6], ["日本", 6], ["👍", 4]] as const) {
    assertEquals([exceedsBytes(text, bytes), exceedsBytes(text, bytes - 1)], [
      false,
      true,
    ]);
  }
});

Deno.test("Stats counts by name, from 0, and lists by name", () => {
  const stats = new Stats();
  assertEquals(stats.get("joined"), 0);
  stats.add("joined");
  stats.add("accepted", 3);
  stats.add("joined", 2);
  assertEquals([stats.get("joined"), stats.get("accepted")], [3, 3]);
  assertEquals(JSON.stringify(stats), '{"accepted":3,"joined":3}');
});
