import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import {
  type Appended,
  type Entry,
  type MessageLog,
  MessageLogError,
} from "../src/message_log/message_log.ts";
import { until } from "./harness.ts";

/** How to get logs of one back end. */
export interface LogFixture {
  /** The back end's name. */
  name: string;
  /** A new, empty log. */
  create(): Promise<MessageLog>;
  /** Declares a test; a back end that needs more than the network leaves it out where it lacks that. */
  test: (name: string, fn: () => Promise<void>) => void;
}

const entry = (content: string, more: Partial<Entry> = {}): Entry => ({
  room: "lobby",
  publisher: "ann",
  content,
  at: 1_000,
  ...more,
});

const seqs = (answers: Appended[]) =>
  answers.map((answer) => answer.outcome === "expired" ? "expired" : answer.seq);

const contents = async (log: MessageLog, room = "lobby", after = 0) =>
  (await log.read(room, after, 1_000)).map(({ content }) => content);

/** The promises of `MessageLog`, as tests of one back end. */
export function testConformance({ name, create, test }: LogFixture): void {
  test(`${name}: append() numbers each room from 1, in order`, async () => {
    await using log = await create();
    const first = await log.append([entry("a"), entry("b", { room: "den" }), entry("c")]);
    const second = await log.append([entry("d")]);
    assertEquals([seqs(first), seqs(second)], [[1, 1, 2], [3]]);
    assertEquals(await contents(log), ["a", "c", "d"]);
    assertEquals(await contents(log, "den"), ["b"]);
  });

  test(`${name}: append() keeps every field as it was`, async () => {
    await using log = await create();
    const odd = 'quote " \u0000 nul 🦉 \ud800 lone';
    const name = "Zoë 🦉";
    await log.append([entry(odd, { id: 7, name, at: 1_790_000_000_123 }), entry("")]);
    assertEquals(await log.read("lobby", 0, 10), [
      { seq: 1, publisher: "ann", id: 7, name, content: odd, at: 1_790_000_000_123 },
      { seq: 2, publisher: "ann", content: "", at: 1_000 },
    ]);
  });

  test(`${name}: append() reports a repeated (publisher, id) with its old seq`, async () => {
    await using log = await create();
    await log.append([entry("a", { id: 1 }), entry("b", { id: 2 })]);
    const again = await log.append([
      entry("a", { id: 1 }),
      entry("c", { id: 3 }),
      entry("c", { id: 3 }),
      entry("x", { id: 1, publisher: "bob" }),
    ]);
    assertEquals(again.map(({ outcome }) => outcome), [
      "duplicate",
      "appended",
      "duplicate",
      "appended",
    ]);
    assertEquals(seqs(again), [1, 3, 3, 4]);
    assertEquals(await contents(log), ["a", "b", "c", "x"]);
  });

  test(`${name}: append() takes an id out of order, and none at all, each once`, async () => {
    await using log = await create();
    await log.append([entry("6", { id: 6 }), entry("5", { id: 5 }), entry("?"), entry("?")]);
    assertEquals(await contents(log), ["6", "5", "?", "?"]);
    assertEquals(await log.lastId("ann"), 6);
  });

  test(`${name}: append() of nothing is nothing`, async () => {
    await using log = await create();
    assertEquals(await log.append([]), []);
    assertEquals(await log.range("lobby"), { first: 1, head: 0 });
  });

  test(`${name}: read() goes in pages after a cursor`, async () => {
    await using log = await create();
    await log.append(Array.from({ length: 25 }, (_, i) => entry(String(i + 1))));
    const pages: number[][] = [];
    for (let after = 0;;) {
      const page = await log.read("lobby", after, 10);
      if (page.length === 0) break;
      pages.push(page.map(({ seq }) => seq));
      after = page.at(-1)!.seq;
    }
    assertEquals(pages.map((page) => [page[0], page.at(-1)]), [[1, 10], [11, 20], [21, 25]]);
    assertEquals(await log.read("lobby", 25, 10), []);
    assertEquals(await log.read("nowhere", 0, 10), []);
  });

  test(`${name}: watch() tells of growth, with heads, until disposed`, async () => {
    await using log = await create();
    const seen: [string, number][] = [];
    {
      using _watching = log.watch((heads) => seen.push(...heads));
      await log.append([entry("a"), entry("b"), entry("c", { room: "den" })]);
      await until(() => seen.length >= 2, () => "the growth");
    }
    await log.append([entry("d")]);
    assertEquals(seen, [["lobby", 2], ["den", 1]]);
  });

  test(`${name}: following the live edge yields everything once, in order`, async () => {
    await using log = await create();
    await log.append([entry("0")]);
    const seen: string[] = [];
    let cursor = 0;
    let reading = Promise.resolve();
    using _watching = log.watch(() => {
      reading = reading.then(async () => {
        for (const { seq, content } of await log.read("lobby", cursor, 1_000)) {
          seen.push(content);
          cursor = seq;
        }
      });
    });
    const writing = Array.from({ length: 50 }, (_, i) => log.append([entry(String(i + 1))]));
    await Promise.all(writing);
    await until(() => seen.length >= 51, () => "51 messages");
    await reading;
    assertEquals(seen, Array.from({ length: 51 }, (_, i) => String(i)));
  });

  test(`${name}: trim() keeps the newest by count, and seqs are never given twice`, async () => {
    await using log = await create();
    await log.append(Array.from({ length: 10 }, (_, i) => entry(String(i + 1))));
    await log.trim({ maxMessages: 3, maxAgeMs: 1e12 }, 2_000);
    assertEquals(await contents(log), ["8", "9", "10"]);
    assertEquals(await log.range("lobby"), { first: 8, head: 10 });
    await log.trim({ maxMessages: 0, maxAgeMs: 1e12 }, 2_000);
    assertEquals(await log.range("lobby"), { first: 11, head: 10 });
    assertEquals(seqs(await log.append([entry("11")])), [11]);
  });

  test(`${name}: trim() removes by age`, async () => {
    await using log = await create();
    await log.append([1_000, 2_000, 3_000].map((at) => entry(String(at), { at })));
    await log.trim({ maxMessages: 100, maxAgeMs: 1_500 }, 4_000);
    assertEquals(await contents(log), ["3000"]);
    await log.trim({ maxMessages: 100, maxAgeMs: 1_500 }, 9_000);
    assertEquals(await log.range("lobby"), { first: 4, head: 3 });
  });

  test(`${name}: a trimmed id is not appended again, and is told as expired`, async () => {
    await using log = await create();
    await log.append([entry("a", { id: 1 }), entry("b", { id: 3 }), entry("c", { id: 4 })]);
    await log.trim({ maxMessages: 1, maxAgeMs: 1e12 }, 2_000);
    const answers = await log.append([1, 2, 3, 4, 5].map((id) => entry("again", { id })));
    assertEquals(answers.map(({ outcome }) => outcome), [
      "expired",
      "expired",
      "expired",
      "duplicate",
      "appended",
    ]);
    await log.trim({ maxMessages: 0, maxAgeMs: 1e12 }, 2_000);
    assertEquals([await log.lastId("ann"), await log.lastId("bob")], [5, 0]);
  });

  test(`${name}: a log has an epoch, and two logs have two`, async () => {
    await using one = await create();
    await using two = await create();
    assert(one.epoch.length > 0 && one.epoch !== two.epoch);
  });

  test(`${name}: a closed log refuses, closing twice is closing once, probe() tells`, async () => {
    const log = await create();
    await log.probe();
    await log.close();
    await log.close();
    for (
      const use of [() => log.append([entry("a")]), () => log.read("a", 0, 1), () => log.probe()]
    ) {
      assertEquals(
        (await assertRejects(use, MessageLogError) as MessageLogError).trouble,
        "closed",
      );
    }
  });

  test(`${name}: any mix of batches gives each (publisher, id) one seq, without gaps`, async () => {
    const batches = fc.array(
      fc.array(
        fc.record({
          room: fc.constantFrom("a", "b"),
          publisher: fc.constantFrom("p", "q"),
          id: fc.integer({ min: 1, max: 12 }),
        }),
        { maxLength: 6 },
      ),
      { maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(batches, async (generated) => {
        await using log = await create();
        const model = new Map<string, { room: string; seq: number }>();
        const heads: Record<string, number> = { a: 0, b: 0 };
        for (const batch of generated) {
          const answers = await log.append(batch.map((one) => entry("x", one)));
          for (const [i, { room, publisher, id }] of batch.entries()) {
            const known = model.get(`${publisher}:${id}`);
            const seq = known?.seq ?? (heads[room]! += 1);
            if (!known) model.set(`${publisher}:${id}`, { room, seq });
            assertEquals(answers[i], { outcome: known ? "duplicate" : "appended", seq });
          }
        }
        for (const room of ["a", "b"]) {
          const kept = await log.read(room, 0, 1_000);
          assertEquals(kept.map(({ seq }) => seq), kept.map((_, i) => i + 1));
          assertEquals(kept.length, heads[room]);
        }
      }),
      { numRuns: 30 },
    );
  });
}
