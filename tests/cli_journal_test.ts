import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import type { GotEvent, JournalEvent } from "../cli/loadtest/journal/events.ts";
import { JournalWriter, readJournal } from "../cli/loadtest/journal/file.ts";
import { Journal } from "../cli/loadtest/journal/journal.ts";
import { JournalError } from "../cli/loadtest/journal/journal_error.ts";
import { countRuns, fromRuns, toRuns } from "../cli/loadtest/journal/runs.ts";
import { honest } from "./history.ts";

Deno.test("toRuns() and fromRuns() are each other's inverse", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: -3, max: 12 })), (numbers) => {
    const runs = toRuns(numbers);
    assertEquals(fromRuns(runs), numbers);
    assertEquals(countRuns(runs), numbers.length);
  }));
  assertEquals(toRuns([3, 4, 5, 9, 8, 9]), [[3, 5], 9, [8, 9]]);
});

/** A journal whose clock is set by hand. */
function journalOf(readers: number) {
  const clock = { ms: 0 };
  const events: JournalEvent[] = [];
  const sink = (event: JournalEvent) => void events.push(event);
  return { clock, events, journal: new Journal({ now: () => clock.ms, sink, readers }) };
}

Deno.test("Journal puts those who get a batch in the same millisecond into one event", () => {
  const { clock, events, journal } = journalOf(5);
  for (const reader of [0, 1, 2, 4]) journal.got(reader, 7);
  clock.ms = 0.9;
  journal.got(3, 7);
  clock.ms = 1.1;
  journal.got(0, 8);
  journal.flush();
  assertEquals(events, [
    { e: "got", t: 0, b: 7, r: [[0, 2], 4, 3] },
    { e: "got", t: 1.1, b: 8, r: [0] },
  ]);
});

Deno.test("Journal keeps each reader's deliveries in order, and all of them", () => {
  const deliveries = fc.array(fc.record({
    ...{ reader: fc.nat(3), b: fc.nat(3), ms: fc.constantFrom(0, 0, 0, 0.4, 1) },
  }));
  fc.assert(fc.property(deliveries, (all) => {
    const { clock, events, journal } = journalOf(4);
    for (const { reader, b, ms } of all) {
      clock.ms += ms;
      journal.got(reader, b);
    }
    journal.flush();
    const got = events as GotEvent[];
    for (let reader = 0; reader < 4; reader++) {
      const seen = got.flatMap(({ b, r }) =>
        fromRuns(r).filter((other) => other === reader).map(() => b)
      );
      assertEquals(seen, all.filter((one) => one.reader === reader).map(({ b }) => b));
    }
  }));
});

Deno.test("Journal writes deliveries before what happens after them, times to 0.01 ms", () => {
  const { clock, events, journal } = journalOf(1);
  journal.got(0, 0);
  clock.ms = 1.23456;
  journal.say({ e: "quiet" });
  assertEquals(events, [{ e: "got", t: 0, b: 0, r: [0] }, { e: "quiet", t: 1.23 }]);
});

/** A stream of these bytes, in chunks of so many. */
function stream(text: string, chunk = 7): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  return ReadableStream.from(function* () {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.slice(at, at + chunk);
  }());
}

async function readAll(text: string): Promise<JournalEvent[]> {
  return await Array.fromAsync(readJournal(stream(text)));
}

Deno.test("JournalWriter writes what readJournal() reads", async () => {
  const history = honest({ clients: 3, rooms: 2, fates: ["acknowledged"], batch: 1, returns: [] });
  const events = [history.head, ...history.end().events];
  let text = "";
  {
    // Takes less than it is given, as pipes do.
    using writer = new JournalWriter({
      writeSync(bytes) {
        const some = bytes.subarray(0, 100);
        text += new TextDecoder().decode(some);
        return some.length;
      },
    });
    for (const event of events) writer.write(event);
  }
  assertEquals(await readAll(text), events);
  assertEquals(await readAll(text.trimEnd()), events);
});

const RUN = '{"e":"run","journal":"lastcall","version":1}\n';
const UNREADABLE: [string, string, string][] = [
  ["is empty", "", "it is empty"],
  ["is something else", "hello\n", 'line 1 must be an event, got "hello"'],
  [
    "does not begin by a run",
    '{"e":"quiet","t":1}\n',
    "line 1 must be a run of lastcall, got quiet",
  ],
  ["is of another version", RUN.replace("1}", "9}"), "its version must be 1, got 9"],
  ["is cut within a line", `${RUN}{"e":"qui`, 'line 2 must be an event, got "{\\"e\\":\\"qui"'],
];

for (const [what, text, why] of UNREADABLE) {
  Deno.test(`readJournal() refuses a journal that ${what}`, async () => {
    const error = await assertRejects(() => readAll(text), JournalError);
    assertStrictEquals(error.message, `Cannot read the journal: ${why}`);
  });
}
