import { assertEquals } from "@std/assert";
import { jetstreamManager, type StoredMsg, type StreamInfo } from "@nats-io/jetstream";
import {
  connect,
  headers,
  type Msg,
  type MsgCallback,
  type Subscription,
} from "@nats-io/transport-node";
import fc from "fast-check";
import { systemClock } from "../src/clock.ts";
import { Tail } from "../src/message_log/nats/tail.ts";
import { namesOf } from "../src/message_log/nats/wire.ts";
import { FakeClock } from "./fake_clock.ts";
import { openNatsLog, testWithCluster } from "./nats_fixture.ts";

/** A stream that the test plays: what is in it, and how far the server that is asked has got. */
function stage(existing: number[]) {
  const clock = new FakeClock();
  const heard: number[] = [];
  const asked: number[] = [];
  const server = { has: Infinity, isDown: false };
  let deliver: MsgCallback<Msg> | undefined;
  const has = (seq: number) => seq <= server.has && existing.includes(seq);
  const nextFrom = (seq: number) => existing.find((one) => one >= seq && one <= server.has);
  const stored = (seq: number) =>
    ({ seq, subject: "CHAT.lobby", header: headers(), data: new Uint8Array() }) as StoredMsg;
  const tail = new Tail({
    clock,
    names: namesOf("CHAT"),
    position: 0,
    hear: ({ seq }) => void heard.push(seq),
    connection: {
      subscribe: (_subject, { callback } = {}) => {
        deliver = callback;
        return { unsubscribe() {} } as Subscription;
      },
    },
    manager: {
      direct: {
        getMessage(_stream, query) {
          if (server.isDown) return Promise.reject(new Error("nobody answers"));
          const { seq } = query as { seq: number };
          if (!("next_by_subj" in query)) {
            asked.push(seq);
            return Promise.resolve(has(seq) ? stored(seq) : null);
          }
          const next = nextFrom(seq);
          return Promise.resolve(next === undefined ? null : stored(next));
        },
      },
      streams: {
        getMessage(_stream, query) {
          const next = nextFrom((query as { seq: number }).seq);
          return Promise.resolve(next === undefined ? null : stored(next));
        },
        info: () => {
          const first = existing.find((one) => one <= server.has) ?? Infinity;
          const last = Math.min(server.has, 20);
          const state = { first_seq: Math.min(first, last + 1), last_seq: last };
          return Promise.resolve({ state } as StreamInfo);
        },
      },
    },
  });
  const live = (seq: number) => {
    const own = headers();
    own.set("Nats-Sequence", String(seq));
    own.set("Nats-Subject", "CHAT.lobby");
    deliver!(null, { headers: own, data: new Uint8Array() } as Msg);
  };
  return { clock, tail, heard, asked, server, live };
}

const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

Deno.test("what comes in order is heard at once, and nobody is asked", async () => {
  const { tail, heard, asked, live } = stage(upTo(3));
  for (const seq of [1, 2, 2, 3, 1]) live(seq);
  assertEquals([heard, asked, tail.position], [[1, 2, 3], [], 3]);
  await tail.close();
});

Deno.test("what was missed is read before what came after it", async () => {
  const { clock, tail, heard, asked, live } = stage(upTo(6));
  for (const seq of [1, 4, 5]) live(seq);
  assertEquals(heard, [1]);
  await clock.advance(0);
  assertEquals([heard, asked], [[1, 2, 3, 4, 5], [2, 3]]);
  live(6);
  assertEquals(tail.position, 6);
  await tail.close();
});

Deno.test("a server that is behind is asked again; one that has more shows what was removed", async () => {
  const { clock, tail, heard, server, live } = stage([1, 4, 5]);
  server.has = 1;
  live(1);
  live(5);
  await clock.advance(1_000);
  assertEquals(heard, [1], "2 to 4 may only not have come there yet");
  server.has = 5;
  await clock.advance(100);
  assertEquals([heard, tail.position], [[1, 4, 5], 5]);
  await tail.close();
});

Deno.test("the end of the stream is reached also where nothing is left of it", async () => {
  const { clock, tail, heard } = stage([]);
  tail.catchUp(20);
  await clock.advance(100);
  assertEquals([heard, tail.position], [[], 20]);
  await tail.close();
});

Deno.test("reach() waits for what comes, then reads, and gives up in time", async () => {
  const { clock, tail, server, asked, live } = stage(upTo(9));
  const soon = tail.reach(1, 1_000);
  live(1);
  assertEquals([await soon, asked.length], [true, 0]);
  assertEquals(await clock.runUntil(tail.reach(2, 1_000)), true);
  server.isDown = true;
  assertEquals(await clock.runUntil(tail.reach(3, 1_000)), false);
  server.isDown = false;
  await clock.advance(100);
  assertEquals(tail.position, 3);
  await tail.close();
});

Deno.test("whatever is lost on the way and removed from the stream, the rest is heard in order", async () => {
  const run = fc.record({
    existing: fc.subarray(upTo(20)),
    comes: fc.subarray(upTo(20)),
    behindUntil: fc.integer({ min: 0, max: 20 }),
  });
  await fc.assert(fc.asyncProperty(run, async ({ existing, comes, behindUntil }) => {
    const { clock, tail, heard, server, live } = stage(existing);
    server.has = behindUntil;
    for (const seq of comes) {
      if (existing.includes(seq)) live(seq);
      await clock.advance(0);
    }
    server.has = Infinity;
    tail.catchUp(20);
    await clock.advance(1_000);
    assertEquals([heard, tail.position], [existing, 20]);
    await tail.close();
  }));
});

testWithCluster(
  "a real stream is read to its end, though its last messages are gone",
  1,
  async (cluster) => {
    await using log = await openNatsLog(cluster, { stream: "CHAT" });
    const entry = (room: string) => ({ room, publisher: "ann", content: room, at: 1 });
    await log.append([entry("a"), entry("b"), entry("a"), entry("b"), entry("b")]);
    const connection = await connect({ servers: cluster.members[0]!.address });
    const manager = await jetstreamManager(connection);
    await manager.streams.purge("CHAT", { filter: "CHAT.b" });
    const heard: number[] = [];
    const tail = new Tail({
      connection,
      manager,
      names: namesOf("CHAT"),
      position: 0,
      hear: ({ seq }) => void heard.push(seq),
      clock: systemClock,
    });
    assertEquals(await tail.reach(5, 5_000), true);
    assertEquals(heard, [1, 3]);
    await tail.close();
    await connection.close();
  },
);
