import { assertEquals, assertRejects } from "@std/assert";
import type { PubAck } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import { type Entry, MessageLogError } from "../src/message_log/message_log.ts";
import { Appender } from "../src/message_log/nats/appender.ts";
import { coalesce } from "../src/message_log/nats/coalesce.ts";
import { isPassing, natsError } from "../src/message_log/nats/errors.ts";
import { Growth } from "../src/message_log/nats/growth.ts";
import { Health } from "../src/message_log/nats/health.ts";
import { patiently } from "../src/message_log/nats/patiently.ts";
import { namesOf } from "../src/message_log/nats/wire.ts";
import { turn } from "../src/turn.ts";
import { FakeClock } from "./fake_clock.ts";

Deno.test("a trouble is told when it has lasted, and its attempts get shorter", async () => {
  const clock = new FakeClock();
  const health = new Health(clock, 2_000);
  assertEquals([health.trouble, health.isDown, health.patienceMs(5_000)], [
    undefined,
    false,
    5_000,
  ]);
  health.failed("no leader");
  await clock.advance(1_999);
  assertEquals([health.trouble, health.isDown, health.patienceMs(5_000)], [undefined, true, 3_001]);
  health.failed("nobody there");
  await clock.advance(1);
  assertEquals([health.trouble, health.patienceMs(5_000)], ["nobody there", 3_000]);
  await clock.advance(60_000);
  assertEquals(health.patienceMs(5_000), 250);
  health.succeeded();
  assertEquals([health.trouble, health.isDown, health.patienceMs(5_000)], [
    undefined,
    false,
    5_000,
  ]);
});

Deno.test("all who ask while a run is under way share the next one, which begins after them", async () => {
  const runs: PromiseWithResolvers<number>[] = [];
  const ask = coalesce(() => {
    runs.push(Promise.withResolvers());
    return runs.at(-1)!.promise;
  });
  const first = ask();
  const [second, third] = [ask(), ask()];
  assertEquals(runs.length, 1);
  runs[0]!.resolve(1);
  assertEquals(await first, 1);
  await turn();
  assertEquals(runs.length, 2);
  runs[1]!.reject(new Error("broken"));
  await assertRejects(() => second, Error, "broken");
  await assertRejects(() => third, Error, "broken");
  const fourth = ask();
  runs[2]!.resolve(4);
  assertEquals(await fourth, 4);
});

Deno.test("growth is told once for many messages: soon, or when a batch of our own is in", async () => {
  const growth = new Growth();
  const told: [string, number][][] = [];
  growth.note("before", 1, { isOwn: false });
  using _watching = growth.watch((heads) => told.push([...heads]));
  growth.note("a", 1, { isOwn: false });
  growth.note("a", 2, { isOwn: false });
  growth.note("b", 1, { isOwn: true });
  await turn();
  assertEquals(told, [[["a", 2], ["b", 1]]]);
  growth.note("b", 2, { isOwn: true });
  growth.note("b", 3, { isOwn: true });
  await turn();
  assertEquals(told.length, 1);
  growth.tell();
  assertEquals(told[1], [["b", 3]]);
  growth.note("b", 4, { isOwn: true });
  growth.close();
});

Deno.test("what passes is tried again, and nothing else", async () => {
  const clock = new FakeClock();
  const passing = new errors.TimeoutError();
  let attempts = 0;
  const third = patiently(
    () => ++attempts < 3 ? Promise.reject(passing) : Promise.resolve("done"),
    {
      clock,
      ms: 1_000,
    },
  );
  assertEquals(await clock.runUntil(third), "done");
  const never = patiently(() => (attempts++, Promise.reject(passing)), { clock, ms: 1_000 });
  await assertRejects(() => clock.runUntil(never), errors.TimeoutError);
  const hanging = patiently(() => new Promise(() => {}), { clock, ms: 1_000 });
  await assertRejects(() => clock.runUntil(hanging), MessageLogError, "in time");
  attempts = 0;
  const wrong = new errors.PermissionViolationError("no", "publish", "CHAT.lobby");
  const once = patiently(() => (attempts++, Promise.reject(wrong)), { clock, ms: 1_000 });
  await assertRejects(() => clock.runUntil(once), errors.PermissionViolationError);
  assertEquals([attempts, isPassing(passing), isPassing(wrong)], [1, true, false]);
  assertEquals(
    natsError("read", "a:1/CHAT", passing).message,
    "Cannot read the message log a:1/CHAT: NATS does not answer",
  );
});

const entry = (publisher: string, id: number): Entry => ({
  room: "lobby",
  publisher,
  id,
  content: "x",
  at: 1,
});

/** An appender whose NATS is played by the test. */
function stage() {
  const clock = new FakeClock();
  const asked: { msgID: string; answer: PromiseWithResolvers<PubAck> }[] = [];
  const link = {
    isConnected: true,
    reason: "nobody there",
    connected: async (ms: number) => {
      if (!link.isConnected) await clock.sleep(ms);
      return link.isConnected;
    },
    untilLost: <T>(work: Promise<T>) => work,
  };
  const health = new Health(clock, 10_000);
  const appender = new Appender({
    clock,
    link,
    health,
    names: namesOf("CHAT"),
    client: {
      publish: (_subject, _body, options) => {
        asked.push({ msgID: options!.msgID!, answer: Promise.withResolvers() });
        return asked.at(-1)!.answer.promise;
      },
    },
  });
  const ack = (seq: number, duplicate = false) => ({ stream: "CHAT", domain: "", seq, duplicate });
  return { clock, asked, link, health, appender, ack };
}

Deno.test("entries of many publishers are under way together, those of one after each other", async () => {
  const { clock, asked, appender, ack } = stage();
  const entries = [entry("p", 1), entry("q", 1), entry("p", 2), entry("r", 1)];
  const answers = appender.append(entries, clock.now() + 10_000);
  await turn();
  assertEquals(asked.map(({ msgID }) => msgID), ["p:1", "q:1"]);
  assertEquals([appender.isUnderWay("p:1"), appender.isUnderWay("p:2")], [true, false]);
  asked[1]!.answer.resolve(ack(1));
  await turn();
  assertEquals(asked.length, 2, "p:1 may yet be lost");
  asked[0]!.answer.reject(new errors.TimeoutError());
  await clock.advance(100);
  assertEquals(asked.slice(2).map(({ msgID }) => msgID), ["p:1"]);
  asked[2]!.answer.resolve(ack(2));
  await turn();
  assertEquals(asked.slice(3).map(({ msgID }) => msgID), ["p:2", "r:1"]);
  asked[3]!.answer.resolve(ack(3));
  asked[4]!.answer.resolve(ack(4));
  assertEquals((await answers).map((answer) => answer?.seq), [2, 1, 3, 4]);
});

Deno.test("a repetition of our own attempt is no repetition; one without a place is asked again", async () => {
  const { clock, asked, appender, ack } = stage();
  const own = appender.append([entry("p", 1)], clock.now() + 10_000);
  await turn();
  asked[0]!.answer.reject(new errors.TimeoutError());
  await clock.advance(100);
  asked[1]!.answer.resolve(ack(0, true));
  await clock.advance(100);
  asked[2]!.answer.resolve(ack(7, true));
  assertEquals(await own, [ack(7, false)]);
  const others = appender.append([entry("q", 1)], clock.now() + 10_000);
  await turn();
  asked[3]!.answer.resolve(ack(3, true));
  assertEquals(await others, [ack(3, true)]);
});

Deno.test("without a connection the first batch waits, and those after it hardly", async () => {
  const { clock, link, health, appender } = stage();
  link.isConnected = false;
  const first = appender.append([entry("p", 1)], clock.now() + health.patienceMs(10_000));
  assertEquals(await clock.runUntil(first), [undefined]);
  assertEquals(health.patienceMs(10_000), 250);
});
