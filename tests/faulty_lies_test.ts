import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { encode } from "@lastcall/lastcall/client";
import { OPCODE } from "../cli/frames.ts";
import { DAMAGED, FOREIGN, MessageCodec } from "../cli/loadtest/payload.ts";
import { RawSocket } from "../cli/raw_socket.ts";
import { type FaultName, FAULTS } from "../cli/loadtest/selftest/faults.ts";
import { answerDrain, messages, publishAll, Stage, STAGE_NEEDS } from "./faulty_stage.ts";
import { within } from "./harness.ts";
import { testThatNeeds } from "./needs.ts";
import type { V1TestClient } from "./v1_client.ts";

/** How Deno's `WebSocket` reports a connection that ended without a Close frame. */
const CUT = 0;

/** What each fault does, as its clients see it on the wire. */
const SEEN: Record<FaultName, (stage: Stage) => Promise<void>> = {
  async healthy(stage) {
    const [victim, talker] = await talk(stage, 60);
    assertEquals(await victim.heard(60), messages(0, 60));
    assertEquals(talker.items, victim.items);
    const reader = await stage.readAll(60);
    assertEquals(reader.items, victim.items);
    assertEquals(await stage.leave(victim, talker, reader), 0);
    for (const client of [victim, talker, reader]) {
      assertEquals((await client.closed).code, 1012);
    }
  },

  async busy(stage) {
    const talker = await stage.client();
    publishAll(talker, messages(0, 20));
    const { id, code, retryAfterMs } = await talker.next("rejected");
    assertEquals([id, code, retryAfterMs], [20, "unavailable", 30]);
    talker.publish(20, messages(19, 20)[0]!);
    assertEquals(await talker.heard(20), messages(0, 20));
  },

  async refuses(stage) {
    const talker = await stage.client();
    publishAll(talker, messages(0, 51));
    assertEquals(await talker.next("rejected"), { type: "rejected", id: 50, code: "invalid" });
    assertEquals(await talker.heard(50), messages(0, 51).toSpliced(49, 1));
  },

  async overlaps(stage) {
    const [, talker] = await talk(stage, 30);
    const resumed = await resume(stage, talker);
    assertEquals(resumed.welcome.recovered, true);
    assertEquals(await resumed.heard(10), messages(20, 30));
  },

  async loses(stage) {
    const [victim, talker] = await talk(stage, 51);
    assertEquals(talker.contents, messages(0, 51));
    const kept = messages(0, 51).toSpliced(49, 1);
    assertEquals(await victim.heard(50), kept);
    assertEquals((await stage.readAll(50)).contents, kept);
  },

  async forgets(stage) {
    const [victim, talker] = await talk(stage, 10);
    await victim.heard(10);
    assertEquals(await stage.leave(victim, talker), 0);
    await stage.start();
    assertEquals((await stage.client({ history: 10 })).welcome.seq, 1);
    const reader = await stage.readAll(7);
    reader.publish(1, "next");
    assertEquals(await reader.heard(8), [...messages(0, 7), "next"]);
    assert(reader.items[7]!.seq > talker.items[9]!.seq);
  },

  async skips(stage) {
    const [victim] = await talk(stage, 40);
    await victim.heard(39);
    assertEquals(missingOf(victim, 40).length, 1);
    assertEquals((await stage.readAll(40)).contents, messages(0, 40));
  },

  async "leaves-hole"(stage) {
    const [victim, talker] = await talk(stage, 10);
    await victim.heard(10);
    victim.socket.close();
    for (const [i, content] of messages(10, 20).entries()) talker.publish(11 + i, content);
    await talker.heard(20);
    const resumed = await resume(stage, victim);
    assertEquals(resumed.welcome.recovered, true);
    assertEquals(await resumed.heard(9), messages(11, 20));
  },

  async "appends-twice"(stage) {
    const talker = await stage.client();
    publishAll(talker, messages(0, 50));
    const heard = await talker.heard(51);
    assertEquals(heard, [...messages(0, 50), ...messages(49, 50)]);
    const [first, second] = talker.items.slice(-2);
    assertEquals([first!.id, second!.id], [50, 50]);
    assert(second!.seq > first!.seq);
  },

  async "tells-twice"(stage) {
    const [victim, talker] = await talk(stage, 40);
    await victim.heard(41);
    assertEquals(new Set(victim.contents).size, 40);
    assert(isRising(victim));
    assertEquals(talker.contents, messages(0, 40));
  },

  async swaps(stage) {
    const [victim, talker] = await talk(stage, 40);
    const heard = await victim.heard(40);
    assertEquals(isRising(victim), false);
    assertEquals(heard.toSorted(), messages(0, 40));
    assertEquals(bySeq(victim), talker.items);
  },

  async rewrites(stage) {
    const [victim] = await talk(stage, 10);
    assertEquals(await victim.heard(10), messages(0, 10));
    const reader = await stage.readAll(10);
    assert(isRising(reader));
    const [first, ...rest] = messages(0, 10);
    assertEquals(reader.contents, [rest.pop()!, ...rest, first!]);
  },

  async diverges(stage) {
    const [victim, talker] = await talk(stage, 40);
    const heard = await victim.heard(40);
    assert(isRising(victim));
    assertEquals(heard.toSorted(), messages(0, 40));
    const other = talker.items.filter(({ content }, i) => content !== heard[i]);
    assertEquals(other.length, 2);
  },

  async "keeps-refused"(stage) {
    const talker = await stage.client();
    publishAll(talker, messages(0, 50));
    assertEquals(await talker.heard(50), messages(0, 50));
    assertEquals(await talker.next("rejected"), { type: "rejected", id: 50, code: "invalid" });
    const at = (type: string) => talker.frames.findLastIndex((frame) => frame.type === type);
    assert(at("rejected") < at("messages"));
  },

  async invents(stage) {
    const talker = await stage.client();
    publishAll(talker, messages(0, 50));
    const invented = (await talker.heard(51)).at(-1)!;
    const codec = new MessageCodec({ run: 7, protocol: "v1", sizeBytes: 64 });
    assertEquals(codec.decodeText(invented), 0xf000_0001);
    assertNotEquals(talker.items[50]!.from, talker.welcome.from);
  },

  async corrupts(stage) {
    const [victim, talker] = await talk(stage, 40);
    const heard = await victim.heard(40);
    const codec = new MessageCodec({ run: 7, protocol: "v1", sizeBytes: 64 });
    const numbers = heard.map((content) => codec.decodeText(content));
    assertEquals(numbers.filter((n) => n === DAMAGED).length, 1);
    assertEquals(numbers.includes(FOREIGN), false);
    assertEquals(talker.contents, messages(0, 40));
  },

  async trims(stage) {
    const [victim, talker] = await talk(stage, 10);
    await victim.heard(10);
    assertEquals(await stage.leave(victim, talker), 0);
    await stage.start();
    const first = await resume(stage, talker);
    assertEquals([first.welcome.recovered, first.welcome.reason], [false, "trimmed"]);
    const second = await resume(stage, victim);
    assertEquals(second.welcome.recovered, true);
  },

  async cuts(stage) {
    const client = await stage.client();
    stage.terminate();
    assertEquals(await codeOf(client), CUT);
    assertEquals(await stage.exited(), 0);
  },

  async "cuts-one"(stage) {
    const [victim, other] = [await stage.client(), await stage.client()];
    stage.terminate();
    assertEquals(await codeOf(victim), CUT);
    await answerDrain(other);
    assertEquals(await codeOf(other), 1012);
    assertEquals(await stage.exited(), 0);
  },

  "closes-1000": (stage) => leavesWith(stage, 1000),
  "closes-4000": (stage) => leavesWith(stage, 4000),

  async "closes-early"(stage) {
    const [victim, other] = [await stage.client(), await stage.client()];
    publishAll(victim, messages(0, 40));
    assertEquals(await codeOf(victim), 1011);
    assertEquals(victim.contents, messages(0, 40));
    publishAll(other, ["still here"]);
    await other.heard(41);
  },

  async "talks-on"(stage) {
    assertEquals(await afterClose(stage), { type: "messages", items: [] });
  },

  async "acks-late"(stage) {
    const { items } = await afterClose(stage);
    assertEquals(items.map(({ id }: { id: number }) => id), [1]);
  },

  async admits(stage) {
    const client = await stage.client();
    stage.terminate();
    await client.next("drain");
    const newcomer = await stage.client();
    client.send({ type: "drained", lastId: 0 });
    assertEquals(await codeOf(client), 1012);
    await answerDrain(newcomer);
    assertEquals(await codeOf(newcomer), 1012);
    assertEquals(await stage.exited(), 0);
  },

  async "exits-7"(stage) {
    const client = await stage.client();
    assertEquals(await stage.leave(client), 7);
    assertEquals(await codeOf(client), 1012);
  },

  async lingers(stage) {
    const client = await stage.client();
    stage.terminate();
    await answerDrain(client);
    assertEquals(await codeOf(client), 1012);
    // A process that had only been slow would be gone by now.
    const late = new Promise((resolve) => setTimeout(() => resolve("still there"), 500));
    assertEquals(await Promise.race([stage.exited(), late]), "still there");
  },

  async crashes(stage) {
    const client = await stage.client();
    publishAll(client, messages(0, 40));
    assertEquals(await stage.exited(), 0);
    assertEquals(await codeOf(client), CUT);
    await stage.start();
    await talk(stage, 50, 40);
  },

  async "stays-away"(stage) {
    const client = await stage.client();
    publishAll(client, messages(0, 1));
    await client.heard(1);
    assertEquals(await stage.leave(client), 0);
    stage.spawn();
    assertEquals(await stage.exited(), 1);
  },

  async "hides-log"(stage) {
    const [victim] = await talk(stage, 10);
    const { epoch } = victim.welcome;
    const reader = await stage.client({ after: { epoch, seq: 0 } });
    assertEquals([reader.welcome.recovered, reader.welcome.reason], [false, "trimmed"]);
    assertEquals(await reader.heard(5), messages(5, 10));
  },

  async "says-nothing"(stage) {
    const client = await stage.client();
    publishAll(client, [...messages(0, 60), "the last word"]);
    assertEquals(await client.heard(1), ["the last word"]);
  },
};

for (const { name, what } of FAULTS) {
  testThatNeeds(STAGE_NEEDS, `the faulty server ${name}: ${what}`, async () => {
    await using stage = await Stage.open(name);
    await SEEN[name](stage);
  });
}

/** The first client listens, and the second one publishes and has all of it acknowledged. */
async function talk(
  stage: Stage,
  count: number,
  from = 0,
): Promise<[V1TestClient, V1TestClient]> {
  const victim = await stage.client();
  const talker = await stage.client();
  const said = messages(from, from + count);
  for (const [i, content] of said.entries()) {
    talker.publish(i + 1, content);
    // One after the other, as in a soak, where batches are small.
    if (i % 5 === 4) await talker.heard(i + 1);
  }
  await talker.heard(count);
  return [victim, talker];
}

/** Comes back as the client that it was, after what it has seen. */
function resume(stage: Stage, { welcome, items }: V1TestClient): Promise<V1TestClient> {
  const seq = items.at(-1)?.seq ?? welcome.seq;
  return stage.client({ session: welcome.session, after: { epoch: welcome.epoch, seq } });
}

async function codeOf(client: V1TestClient): Promise<number> {
  return (await within(client.closed, "the close")).code;
}

function isRising({ items }: V1TestClient): boolean {
  return items.every(({ seq }, i) => i === 0 || seq > items[i - 1]!.seq);
}

function bySeq({ items }: V1TestClient): V1TestClient["items"] {
  return items.toSorted((a, b) => a.seq - b.seq);
}

function missingOf({ contents }: V1TestClient, count: number): string[] {
  return messages(0, count).filter((content) => !contents.includes(content));
}

async function leavesWith(stage: Stage, code: number): Promise<void> {
  const client = await stage.client();
  assertEquals(await stage.leave(client), 0);
  assertEquals(await codeOf(client), code);
}

/** What a client that never answers Close gets after it. It publishes once after `drain`. */
// deno-lint-ignore no-explicit-any -- parsed JSON
async function afterClose(stage: Stage): Promise<any> {
  const headers = { "sec-websocket-protocol": "lastcall.v1" };
  await using socket = await RawSocket.connect(stage.url, { headers });
  await socket.send(encode({ type: "hello" }));
  await socket.nextFrame();
  stage.terminate();
  await socket.nextFrame();
  await socket.send(encode({ type: "publish", id: 1, content: messages(0, 1)[0]! }));
  await socket.send(encode({ type: "drained", lastId: 1 }));
  assertEquals((await socket.untilClose())?.code, 1012);
  const frame = await socket.nextFrame();
  assertEquals(frame?.opcode, OPCODE.text);
  return JSON.parse(new TextDecoder().decode(frame!.payload));
}
