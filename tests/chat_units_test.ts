import { assert, assertEquals, assertFalse, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { Client } from "../src/chat/client.ts";
import { Discards } from "../src/chat/discards.ts";
import { FanOut } from "../src/chat/fan_out.ts";
import { Hub } from "../src/chat/hub.ts";
import { decodePlain, encodePlain } from "../src/chat/plain_protocol.ts";
import { TokenBucket } from "../src/chat/token_bucket.ts";
import { exceedsUtf8Length } from "../src/chat/utf8_length.ts";
import { systemClock } from "../src/clock.ts";
import { ConnectionSet } from "../src/shutdown/connection_set.ts";
import { Stats } from "../src/stats.ts";
import { turn } from "../src/turn.ts";
import { FakeClock } from "./fake_clock.ts";
import { testConfig, TestLog, until, within } from "./harness.ts";

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

Deno.test("FanOut tells at once when nothing waits", () => {
  const { fanOut, told } = fanOutTo(2);
  assert(fanOut.push("a"));
  assert(fanOut.push("b"));
  assertEquals([told, fanOut.pending], [["a", "b"], 0]);
});

Deno.test("FanOut yields after some hundreds of sends, and tells the rest in order", async () => {
  const { fanOut, told } = fanOutTo(100);
  const messages = Array.from({ length: 50 }, (_, i) => `${i}`);
  for (const message of messages) fanOut.push(message);
  assertEquals(told.length, 5);
  assertEquals(fanOut.pending, 45);
  await turn();
  assertEquals(told.length, 10);
  await within(fanOut.delivered(), "the delivery");
  assertEquals(told, messages);
  assertEquals(fanOut.pending, 0);
});

Deno.test("FanOut refuses what would wait longer than its bound, and takes more later", async () => {
  const { fanOut, told } = fanOutTo(10_000);
  const taken = Array.from({ length: 100 }, (_, i) => fanOut.push(`${i}`));
  // The first is told at once; 16 may always wait.
  assertEquals(taken.indexOf(false), 17);
  assert(taken.slice(17).every((one) => !one));
  await within(fanOut.delivered(), "the delivery");
  assertEquals(told.length, 17);
  assert(fanOut.push("later"));
  await within(fanOut.delivered(), "the delivery");
  assertEquals(told.at(-1), "later");
});

Deno.test("FanOut takes more for a small audience than for a large one", async () => {
  const taken: number[] = [];
  for (const audience of [100, 1_000, 10_000]) {
    const { fanOut, told } = fanOutTo(audience);
    while (fanOut.push("x"));
    await within(fanOut.delivered(), "the delivery");
    taken.push(told.length);
  }
  assertEquals(taken, [5 + 1_000, 1 + 100, 1 + 16]);
});

Deno.test("FanOut resolves delivered() for what came before, not for what came after", async () => {
  const { fanOut, told } = fanOutTo(500);
  await within(fanOut.delivered(), "the delivery of nothing");
  fanOut.push("told at once");
  fanOut.push("before");
  let toldThen: string[] | undefined;
  const delivered = fanOut.delivered().then(() => toldThen = [...told]);
  for (const message of ["after", "after that"]) fanOut.push(message);
  await within(delivered, "the delivery");
  assertEquals(toldThen?.includes("before"), true);
  assertEquals(toldThen?.includes("after that"), false);
  await within(fanOut.delivered(), "the rest");
});

Deno.test("FanOut tells nobody twice and forgets nothing when telling one message throws", async () => {
  const told: string[] = [];
  const fanOut = new FanOut<string>({
    audience: () => 500,
    tell(message) {
      told.push(message);
      if (message === "bad") throw new Error("Cannot tell");
    },
  });
  // Messages that wait are told in turns of their own, where nobody can catch.
  addEventListener("unhandledrejection", forgive);
  try {
    for (const message of ["a", "bad", "b", "c"]) fanOut.push(message);
    for (let i = 0; i < 20; i++) await turn();
    fanOut.push("d");
    for (let i = 0; i < 20; i++) await turn();
  } finally {
    removeEventListener("unhandledrejection", forgive);
  }
  assertEquals(told, ["a", "bad", "b", "c", "d"]);
  assertEquals(fanOut.pending, 0);
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

Deno.test("exceedsUtf8Length() agrees with the encoder, for any text", () => {
  fc.assert(fc.property(anyText, fc.nat(100), (text, limit) => {
    assertEquals(exceedsUtf8Length(text, limit), new TextEncoder().encode(text).length > limit);
  }));
});

Deno.test("exceedsUtf8Length() counts bytes, not characters, at the boundary", () => {
  for (const [text, bytes] of [["abc", 3], ["äöü", 6], ["日本", 6], ["👍", 4]] as const) {
    assertEquals([exceedsUtf8Length(text, bytes), exceedsUtf8Length(text, bytes - 1)], [
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

Deno.test("overloaded is logged with the address, and its client stays", async () => {
  const { connection, socket, around } = fakeJoin();
  new Client(connection, { ...around, publish: () => false });
  socket.dispatchEvent(new Event("open"));
  socket.dispatchEvent(new MessageEvent("message", { data: '{"content":"hi"}' }));
  assertEquals([connection.state, socket.closes], ["open", []]);
  const [record] = around.log.of("overloaded");
  assertEquals([record?.level, record?.fields.address], ["warn", "127.0.0.1:9"]);
  assertEquals([around.stats.get("discarded.overloaded"), around.stats.get("accepted")], [1, 0]);
  socket.dispatchEvent(new CloseEvent("close", { code: 1000 }));
  await connection.ended;
});

Deno.test("a client is closed for a flood within one second, not for as many frames over several", async () => {
  const clock = new FakeClock();
  const { connection, socket, around } = fakeJoin();
  new Client(connection, {
    ...around,
    clock,
    limits: { ...around.limits, floodLimit: 10 },
    publish: () => true,
  });
  socket.dispatchEvent(new Event("open"));
  const sendTen = () => {
    for (let i = 0; i < 10; i++) socket.dispatchEvent(new MessageEvent("message", { data: "{}" }));
  };
  for (let second = 0; second < 5; second++) {
    sendTen();
    await clock.advance(1_000);
  }
  assertEquals([connection.state, socket.closes], ["open", []]);
  sendTen();
  sendTen();
  assertEquals([connection.state, socket.closes], ["closing", [1008]]);
  assertEquals(around.log.of("flood").length, 1);
});

Deno.test("never_opened is logged with the address when the handshake is not done in time", async () => {
  using _ = hastyTimers();
  const { connection, around } = fakeJoin();
  new Hub(around).join(connection);
  const record = await until(() => around.log.of("never_opened")[0], () => "the record");
  assertEquals([record.level, record.fields.address], ["info", "127.0.0.1:9"]);
  assertEquals(around.stats.get("joined"), 0);
});

Deno.test("a handshake that is done after it was given up does not join, and is closed", async () => {
  using _ = hastyTimers();
  const { connection, connections, socket, around } = fakeJoin();
  const hub = new Hub(around);
  hub.join(connection);
  await within(connection.ended, "the join to be given up");
  socket.dispatchEvent(new Event("open"));
  assertEquals([connection.state, hub.size, connections.size], ["closed", 0, 0]);
  assertEquals(socket.closes.length, 1);
});

function forgive(event: PromiseRejectionEvent): void {
  event.preventDefault();
}

/** A fan-out that only writes down what it would tell `audience` clients. */
function fanOutTo(audience: number): { fanOut: FanOut<string>; told: string[] } {
  const told: string[] = [];
  const fanOut = new FanOut<string>({
    tell: (message) => void told.push(message),
    audience: () => audience,
  });
  return { fanOut, told };
}

/** A socket that does nothing by itself. */
class FakeSocket extends EventTarget {
  readonly closes: number[] = [];
  readonly bufferedAmount = 0;

  close(code: number): void {
    this.closes.push(code);
  }
}

/** A connection on a fake socket, and what a client or a hub needs around it. */
function fakeJoin() {
  const socket = new FakeSocket();
  const connections = new ConnectionSet();
  const around = {
    limits: testConfig(),
    log: new TestLog(),
    stats: new Stats(),
    clock: systemClock,
  };
  const address = "127.0.0.1:9";
  const connection = connections.track(socket as unknown as WebSocket, { address });
  return { socket, connections, connection, around };
}

/** Timers that wait a thousandth of their time, until disposed. */
function hastyTimers(): Disposable {
  const { setTimeout } = globalThis;
  globalThis.setTimeout = ((act: () => void, ms = 0) => setTimeout(act, ms / 1_000)) as never;
  return {
    [Symbol.dispose]() {
      globalThis.setTimeout = setTimeout;
    },
  };
}
