import { assertEquals } from "@std/assert";
import { PlainClient } from "../src/chat/plain_client.ts";
import type { Publisher } from "../src/chat/publisher.ts";
import type { Room } from "../src/chat/room.ts";
import { systemClock } from "../src/clock.ts";
import { ConnectionSet } from "../src/shutdown/connection_set.ts";
import { Stats } from "../src/stats.ts";
import { testConfig, TestLog } from "./harness.ts";

/** What happens to one message said in a room that is so far behind with so many readers. */
async function sayInto({ lag, size }: { lag: number; size: number }) {
  const socket = Object.assign(new EventTarget(), { bufferedAmount: 0, close() {} });
  const [log, stats, taken] = [new TestLog(), new Stats(), [] as string[]];
  const connection = new ConnectionSet().track(socket as unknown as WebSocket, {
    address: "127.0.0.1:9",
  });
  const people = { join() {}, leave() {} };
  const room = { name: "lobby", cursor: 0, lag, size, people, join() {}, leave() {} };
  const publisher = {
    submit: ({ content }: { content: string }) => void taken.push(content),
  } as unknown as Publisher;
  new PlainClient(connection, room as unknown as Room, {
    limits: testConfig(),
    log,
    stats,
    publisher,
    clock: systemClock,
  });
  socket.dispatchEvent(new Event("open"));
  socket.dispatchEvent(new MessageEvent("message", { data: '{"content":"hi"}' }));
  const { state } = connection;
  socket.dispatchEvent(new CloseEvent("close", { code: 1000 }));
  await connection.ended;
  return { state, taken, log, discarded: stats.get("discarded.overloaded") };
}

Deno.test("overloaded is logged with the address, and its client stays", async () => {
  const { state, taken, log, discarded } = await sayInto({ lag: 50, size: 2_000 });
  assertEquals([state, taken, discarded], ["open", [], 1]);
  const [record] = log.of("overloaded");
  assertEquals([record?.level, record?.fields.address], ["warn", "127.0.0.1:9"]);
});

Deno.test("a message is taken while the room keeps up, and however many read a short lag", async () => {
  for (
    const room of [{ lag: 49, size: 2_000 }, { lag: 15, size: 1_000_000 }, { lag: 0, size: 1 }]
  ) {
    const { taken, discarded } = await sayInto(room);
    assertEquals([taken, discarded], [["hi"], 0]);
  }
});
