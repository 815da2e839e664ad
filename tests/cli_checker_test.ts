import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { MessageCounts } from "../cli/loadtest/v1/checker.ts";
import { World } from "./cli_v1_fixture.ts";

const SOUND: MessageCounts = {
  ...{ offered: 6, sent: 6, acknowledged: 6, refused: 0, unknown: 0, recovered: 0 },
  ...{ lost: 0, undelivered: 0, duplicate: 0, outOfOrder: 0, phantom: 0, gaps: 0 },
};

interface Case {
  name: string;
  plant: (world: World) => void;
  /** What differs from the counts of a sound world. */
  found: Partial<MessageCounts>;
  story?: string;
}

function drop(world: World, n: number): void {
  const at = world.log.ns.indexOf(n);
  world.log.ns.splice(at, 1);
  world.log.seqs.splice(at, 1);
}

const CASES: Case[] = [
  { name: "nothing in a sound world", plant: () => {}, found: {} },
  {
    name: "a message that was acknowledged and is not in the log",
    plant: (world) => drop(world, 4),
    found: { lost: 1 },
    story: "lost: message 4 of client 1, sent at 0.040s, acknowledged at 0.045s, is not in the log",
  },
  {
    name: "nothing lost when the log was not read to its end",
    plant(world) {
      drop(world, 4);
      world.log.missing = "time was up";
    },
    found: {},
  },
  {
    name: "a message that was never acknowledged and is not in the log: unknown",
    plant: (world) => world.send(6),
    found: { offered: 7, sent: 7, unknown: 1 },
  },
  {
    name: "a message that was never acknowledged and is in the log: recovered",
    plant(world) {
      world.send(6);
      world.append(6, 7);
    },
    found: { offered: 7, sent: 7, unknown: 1, recovered: 1 },
  },
  {
    name: "a delivery that was owed and not made",
    plant(world) {
      world.send(6);
      world.messages.acknowledge(6, 70);
      world.append(6, 7);
      world.readers.take(0, 6, 7);
      world.readers.take(2, 6, 7);
    },
    found: { offered: 7, sent: 7, acknowledged: 7, undelivered: 1 },
    story: "undelivered: message 6 of client 0, seq 7, acknowledged at 0.070s, never reached " +
      "client 1, which joined at seq 0 and got up to seq 6",
  },
  {
    name: "nothing owed to who joined later, or never",
    plant(world) {
      const { readers } = world;
      const late = new World().readers;
      late.join(0, 0);
      late.join(1, 5);
      for (let n = 0; n < 6; n++) late.take(0, n, n + 1);
      late.take(1, 5, 6);
      Object.assign(world, { readers: late });
      assertEquals([readers.joinSeq(1), late.joinSeq(1), late.joinSeq(2)], [0, 5, undefined]);
    },
    found: {},
  },
  {
    name: "nothing owed in a gap that the server told",
    plant(world) {
      world.send(6);
      world.messages.acknowledge(6, 70);
      world.append(6, 7);
      for (const reader of [0, 1]) world.readers.take(reader, 6, 7);
      world.readers.gaps.push({ reader: 2, reason: "trimmed", fromSeq: 6, toSeq: 7 });
    },
    found: { offered: 7, sent: 7, acknowledged: 7, gaps: 1 },
  },
  {
    name: "a message that is in the log twice",
    plant: (world) => world.append(2, 7),
    found: { duplicate: 1 },
    story: "duplicate: message 2 is in the log at seq 3 and at seq 7",
  },
  {
    name: "a message that a reader got twice, at the same seq and at another",
    plant(world) {
      world.readers.take(1, 2, 3);
      world.readers.take(2, 2, 8);
    },
    found: { duplicate: 2 },
    story: "duplicate: message 2 was given to client 1 again, at seq 3 after 6",
  },
  {
    name: "a delivery whose seq does not rise",
    plant(world) {
      world.send(6);
      world.messages.acknowledge(6, 70);
      world.append(6, 7);
      for (const reader of [0, 1]) world.readers.take(reader, 6, 7);
      world.readers.take(2, 6, 6);
    },
    found: { offered: 7, sent: 7, acknowledged: 7, outOfOrder: 1 },
    story: "out of order: client 2 got message 6 at seq 6 after seq 6",
  },
  {
    name: "a log whose seq does not rise",
    plant(world) {
      world.send(6);
      world.append(6, 6);
    },
    found: { offered: 7, sent: 7, unknown: 1, recovered: 1, outOfOrder: 1 },
    story: "out of order: the fresh reader got seq 6 after seq 6",
  },
  {
    name: "two messages of a publisher against the order of acknowledgement and send",
    plant(world) {
      // Client 0: message 3 was sent at 30, after message 0 was acknowledged at 5.
      world.log.seqs[world.log.ns.indexOf(0)] = 4.5;
      world.log.ns = [1, 2, 3, 0, 4, 5];
      world.log.seqs = [2, 3, 4, 4.5, 5, 6];
    },
    found: { outOfOrder: 1 },
    story: "out of order: client 0 sent message 3 after message 0 was acknowledged, and it is in " +
      "the log before it: seq 4 and 4.5",
  },
  {
    name: "no disorder when the second was sent before the first was acknowledged",
    plant(world) {
      world.messages.sent(3, { dueMs: 4, sentMs: 4, isFaulty: false });
      world.messages.acknowledge(3, 35);
      world.log.ns = [1, 2, 3, 0, 4, 5];
      world.log.seqs = [2, 3, 4, 4.5, 5, 6];
    },
    found: {},
  },
  {
    name: "a refused message that is in the log",
    plant(world) {
      world.send(6);
      world.messages.refuse(6);
      world.append(6, 7);
    },
    found: { offered: 7, refused: 1, phantom: 1 },
    story: "phantom: message 6 is in the log at seq 7 and was refused",
  },
  {
    name: "a message in the log that nobody sent",
    plant: (world) => world.append(50, 7),
    found: { phantom: 1 },
    story: "phantom: message 50 is in the log at seq 7 and was never sent",
  },
  {
    name: "nothing in messages of others",
    plant(world) {
      world.append(-1, 7);
      world.append(-1, 8);
      for (let reader = 0; reader < 3; reader++) {
        world.readers.take(reader, -1, 7);
        world.readers.take(reader, -1, 8);
      }
    },
    found: {},
  },
];

for (const { name, plant, found, story } of CASES) {
  Deno.test(`check() finds ${name}`, () => {
    const world = World.sound();
    plant(world);
    const { counts, stories } = world.check();
    // Acknowledged again by the case about the order: the counter of progress is not what counts.
    assertEquals(counts, { ...SOUND, ...found });
    assertEquals(stories, story === undefined ? [] : [story]);
  });
}

Deno.test("check() finds as many faults as were planted, wherever they are", () => {
  const size = 40;
  const some = fc.uniqueArray(fc.integer({ min: 0, max: size - 1 }), { maxLength: 10 });
  fc.assert(fc.property(some, some, some, (lost, twice, unseen) => {
    const world = new World();
    for (let reader = 0; reader < 3; reader++) world.readers.join(reader, 0);
    for (let n = 0; n < size; n++) {
      world.send(n);
      world.messages.acknowledge(n, n * 10 + 5);
      if (lost.includes(n)) continue;
      world.append(n, n + 1);
      for (let reader = 0; reader < 3; reader++) {
        if (reader !== 1 || !unseen.includes(n)) world.readers.take(reader, n, n + 1);
      }
      if (twice.includes(n)) world.readers.take(0, n, n + 1);
    }
    const { counts } = world.check();
    const there = (n: number) => !lost.includes(n);
    assertEquals(counts, {
      ...SOUND,
      ...{ offered: size, sent: size, acknowledged: size, lost: lost.length },
      undelivered: unseen.filter(there).length,
      duplicate: twice.filter(there).length,
    });
  }));
});

Deno.test("ReaderRecords keeps readers and messages apart across its blocks", () => {
  const { readers } = new World();
  for (const n of [0, 31, 32, 65_535, 65_536, 131_072]) {
    readers.take(1, n, n + 1);
    assertEquals([0, 1, 2].map((reader) => readers.has(reader, n)), [false, true, false], `${n}`);
  }
  assertEquals(
    [readers.has(1, 1), readers.has(1, 30), readers.has(1, 65_537)],
    Array(3).fill(false),
  );
  assertEquals([readers.duplicates, readers.disorders, readers.delivered], [0, 0, 6]);
});
