import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  type ClientFrame,
  encode,
  parseClientFrame,
  parseServerFrame,
  type ServerFrame,
} from "../src/client/frames.ts";

const names = fc.string({ minLength: 1, maxLength: 40 });
const ids = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const fromZero = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const times = fc.double({ min: 0, max: 1e15, noNaN: true }).map((ms) => ms + 0);
const anyText = fc.string({ unit: "binary", maxLength: 30 });

/** A record whose keys may be missing, with an ordinary prototype. */
function record<T>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }, optional: (keyof T)[] = []) {
  const required = (Object.keys(shape) as (keyof T)[]).filter((key) => !optional.includes(key));
  return fc.record(shape, { requiredKeys: required as never, noNullPrototype: true });
}

const cursors = record({ epoch: names, seq: fromZero });
const clientFrames = fc.oneof(
  record(
    {
      type: fc.constant("hello"),
      session: names,
      after: cursors,
      history: fc.integer({ min: 0, max: 1_000 }),
      name: fc.constantFrom("Ann", "Zoë 🦉", "x".repeat(32), "🦉".repeat(32)),
      people: fc.boolean(),
    },
    ["session", "after", "history", "name", "people"],
  ),
  record({ type: fc.constant("publish"), id: ids, content: anyText }),
  record({ type: fc.constant("drained"), lastId: fromZero }),
) as fc.Arbitrary<ClientFrame>;

const limits = record({ maxMessageSize: ids, rateLimitBurst: ids, rateLimitRefillMs: times });
const welcome = {
  type: fc.constant("welcome"),
  session: names,
  from: names,
  epoch: names,
  seq: fromZero,
  lastId: fromZero,
  limits,
};
const items = record(
  { seq: ids, from: names, name: names, id: ids, content: anyText, at: times },
  ["id", "name"],
);
const serverFrames = fc.oneof(
  record({ ...welcome, recovered: fc.constant(true) }),
  record({
    ...welcome,
    recovered: fc.constant(false),
    reason: fc.constantFrom("new", "epoch_changed", "trimmed"),
  }),
  record({ type: fc.constant("messages"), items: fc.array(items) }),
  record({ type: fc.constant("people"), here: fromZero, names: fc.array(names) }),
  record(
    {
      type: fc.constant("rejected"),
      id: ids,
      code: fc.constantFrom(
        ...["rate_limited", "unavailable", "draining", "too_large", "invalid", "expired"],
      ),
      retryAfterMs: times,
    },
    ["retryAfterMs"],
  ),
  record(
    {
      type: fc.constant("drain"),
      closeInMs: times,
      reconnectAfterMs: times,
      alternates: fc.array(fc.webUrl()),
    },
    ["alternates"],
  ),
  record({ type: fc.constant("done"), lastId: fromZero }),
) as fc.Arbitrary<ServerFrame>;

/** Objects that look like frames, and are hardly ever right. */
const nearFrames = fc.record({
  type: fc.constantFrom(
    ...["hello", "publish", "drained", "welcome", "messages", "rejected", "drain", "done", "x"],
  ),
  session: fc.jsonValue(),
  after: fc.jsonValue(),
  history: fc.jsonValue(),
  id: fc.jsonValue(),
  lastId: fc.jsonValue(),
  limits: fc.jsonValue(),
  items: fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue())),
  code: fc.jsonValue(),
  alternates: fc.jsonValue(),
}, { requiredKeys: ["type"] }).map((value) => JSON.stringify(value));
const garbage = fc.oneof(anyText, fc.json(), nearFrames);

Deno.test("parseClientFrame() reads back what encode() wrote", () => {
  fc.assert(fc.property(clientFrames, (frame) => {
    assertEquals(parseClientFrame(encode(frame)), frame);
  }));
});

Deno.test("parseServerFrame() reads back what encode() wrote", () => {
  fc.assert(fc.property(serverFrames, (frame) => {
    assertEquals(parseServerFrame(encode(frame)), frame);
  }));
});

Deno.test("both leave out fields that they do not know", () => {
  const extra = fc.constantFrom("colour", "toString", "constructor", "hasOwnProperty");
  fc.assert(fc.property(clientFrames, serverFrames, extra, (client, server, name) => {
    assertEquals(parseClientFrame(JSON.stringify({ ...client, [name]: 1 })), client);
    assertEquals(parseServerFrame(JSON.stringify({ ...server, [name]: 1 })), server);
  }));
});

Deno.test("neither throws, whatever it is given, and both say what is wrong", () => {
  fc.assert(
    fc.property(garbage, (text) => {
      const client = parseClientFrame(text);
      if ("wrong" in client) assert(client.wrong.startsWith("Cannot read the "), client.wrong);
      const server = parseServerFrame(text);
      if (server && "wrong" in server) assert(server.wrong.startsWith("Cannot read the "));
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("parseClientFrame() refuses fields of another shape, and says which", () => {
  const cases: [unknown, string][] = [
    [[], "the frame: it must be a JSON object"],
    ["hello", "the frame: it must be a JSON object"],
    [{}, "the frame: type must be hello, publish or drained, got nothing"],
    [{ type: "Hello" }, 'the frame: type must be hello, publish or drained, got "Hello"'],
    [{ type: "hello", session: "" }, "the hello: session must be a string of 1 to 256 characters"],
    [{ type: "hello", session: null }, "the hello: session must be a string"],
    [{ type: "hello", after: 5 }, "the hello: after must be {epoch: string, seq: integer from 0}"],
    [{ type: "hello", after: { epoch: "e", seq: -1 } }, "the hello: after must be"],
    [{ type: "hello", after: { seq: 1 } }, "the hello: after must be"],
    [{ type: "hello", history: 1_001 }, "the hello: history must be an integer from 0 to 1000"],
    [{ type: "hello", history: 1.5 }, "the hello: history must be an integer from 0 to 1000"],
    [{ type: "publish", id: 0, content: "x" }, "the publish: id must be an integer from 1"],
    [{ type: "publish", id: 2 ** 53, content: "x" }, "the publish: id must be an integer from 1"],
    [{ type: "publish", id: "1", content: "x" }, "the publish: id must be an integer from 1"],
    [{ type: "drained" }, "the drained: lastId must be an integer from 0"],
  ];
  for (const [value, sentence] of cases) {
    const frame = parseClientFrame(JSON.stringify(value));
    assert("wrong" in frame && frame.wrong.startsWith(`Cannot read ${sentence}`), sentence);
  }
});

Deno.test("parseClientFrame() never repeats a session in what it says", () => {
  const frame = parseClientFrame(encode({ type: "hello", session: "s3cret".repeat(50) }));
  assert("wrong" in frame && !frame.wrong.includes("s3cret"));
});

Deno.test("parseClientFrame() passes a content on that is not a string, to be rejected", () => {
  const frame = parseClientFrame('{"type":"publish","id":1,"content":7}');
  assertEquals(frame, { type: "publish", id: 1, content: 7 });
  const without = parseClientFrame('{"type":"publish","id":1}');
  assertEquals(without, { type: "publish", id: 1, content: undefined });
});

Deno.test("parseServerFrame() passes over a type that it does not know", () => {
  assertEquals(parseServerFrame('{"type":"weather","sky":"blue"}'), undefined);
});

Deno.test("parseServerFrame() does not pass over a known type of another shape", () => {
  const good = { seq: 1, from: "a", content: "x", at: 0 };
  const wrong: unknown[] = [
    { type: "messages" },
    { type: "messages", items: [good, { ...good, seq: "2" }] },
    { type: "messages", items: [{ ...good, id: 0 }] },
    { type: "messages", items: [{ ...good, content: null }] },
    { type: "welcome", session: "s", from: "f", epoch: "e", seq: 0, lastId: 0, recovered: true },
    { type: "rejected", id: 1 },
    { type: "rejected", id: 1, code: "unavailable", retryAfterMs: -1 },
    { type: "drain", closeInMs: 1 },
    { type: "drain", closeInMs: 1, reconnectAfterMs: 1, alternates: [1] },
    { type: "done" },
    { type: 7 },
  ];
  for (const value of wrong) {
    const frame = parseServerFrame(JSON.stringify(value));
    assert(frame && "wrong" in frame, JSON.stringify(value));
  }
});

Deno.test("parseServerFrame() reads an unknown code by whether sending again may help", () => {
  const again = parseServerFrame('{"type":"rejected","id":1,"code":"tired","retryAfterMs":5}');
  assertEquals(again, { type: "rejected", id: 1, code: "unavailable", retryAfterMs: 5 });
  const never = parseServerFrame('{"type":"rejected","id":1,"code":"rude"}');
  assertEquals(never, { type: "rejected", id: 1, code: "invalid" });
});

Deno.test("parseClientFrame() takes a name of 1 to 32 characters, trimmed, without controls", () => {
  const bad = [
    " Ann",
    "",
    "x".repeat(33),
    "🦉".repeat(33),
    "a\nb",
    "a\u0000",
    "a\u202eb",
    "\ud800",
    7,
  ];
  for (const name of bad) {
    const frame = parseClientFrame(JSON.stringify({ type: "hello", name }));
    assert("wrong" in frame && frame.wrong.includes("name must be 1 to 32"), String(name));
  }
  assert("wrong" in parseClientFrame(`{"type":"hello","people":1}`));
});
