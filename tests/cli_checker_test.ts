import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Analysis } from "../cli/loadtest/check/analysis.ts";
import { NO_MESSAGE } from "../cli/loadtest/journal/events.ts";
import { JournalError } from "../cli/loadtest/journal/journal_error.ts";
import { type Fate, found, History, honest, judgeEvents, type Shape } from "./history.ts";

const FATES: Fate[] = ["acknowledged", "refused", "unknown, logged", "lost on the way"];

const shapes: fc.Arbitrary<Shape> = fc.record({
  clients: fc.integer({ min: 2, max: 6 }),
  rooms: fc.integer({ min: 1, max: 2 }),
  step: fc.integer({ min: 1, max: 3 }),
  fates: fc.array(fc.constantFrom(...FATES), { minLength: 1, maxLength: 60 }),
  batch: fc.integer({ min: 1, max: 7 }),
  returns: fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 4 }),
});

Deno.test("the checker finds nothing in what an honest server leaves, whatever it is", () => {
  fc.assert(fc.property(shapes, (shape) => {
    const run = honest(shape).end().judge();
    assertEquals([found(run), run.stories, run.unread], [{}, [], undefined]);
    const count = (fate: Fate) => shape.fates.filter((other) => other === fate).length;
    const { offered, acknowledged, refused, unknown, recovered } = run.messages;
    assertEquals(offered, shape.fates.length);
    assertEquals([acknowledged, refused], [count("acknowledged"), count("refused")]);
    assertEquals(unknown, count("unknown, logged") + count("lost on the way"));
    assertEquals(recovered, count("unknown, logged"));
  }));
});

/** A lie: what is done to a history, and what must be found in it and nothing else. */
interface Lie {
  name: string;
  plant: (history: History) => void;
  /** Nothing may come after it. */
  isLast?: true;
  found: ReturnType<typeof found>;
  story: RegExp;
}

/** Sends a message that is in the log and acknowledged, and tells it to nobody. */
function logOne(history: History) {
  const entry = history.append(history.send());
  history.acknowledge(entry);
  return entry;
}

/** Three clients, and one message that all of them got. */
function smallHistory(): History {
  return honest({
    ...{ clients: 3, rooms: 1, step: 1, batch: 1 },
    ...{ fates: ["acknowledged"], returns: [] },
  });
}

/** Everybody in the room of client 0. */
function room(history: History): number[] {
  const { normal } = history.head.plan.kinds;
  return Array.from({ length: normal }, (_, r) => r).filter((r) => history.roomOf(r) === 0);
}

/** Sends until the next message would be that of client 0. */
function align(history: History): void {
  const { normal } = history.head.plan.kinds;
  while ((history.events.filter(({ e }) => e === "send").length) % normal !== 0) history.send();
}

const LIES: Lie[] = [
  {
    name: "lost: acknowledged, and neither shown nor in the log",
    plant(history) {
      const seq = history.logs[0]!.at(-1)?.seq ?? 0;
      history.say({ e: "ack", t: 500, n: history.send(), seq });
    },
    found: { lost: 1 },
    story:
      /^lost: message \d+ of client 0, sent at \d+\.\d{3}s, was acknowledged at 0\.500s as seq /,
  },
  {
    name: "lost: shown to everybody, and gone from the log",
    plant(history) {
      const entry = logOne(history);
      history.tell(room(history), [entry]);
      history.forget(entry);
    },
    found: { lost: 1 },
    story: /^lost: message \d+ of client 0, .* is not in the log$/,
  },
  {
    name: "undelivered: one reader is passed over",
    plant(history) {
      const [first, second] = [logOne(history), append(history)];
      history.tell(room(history).slice(1), [first, second]);
      history.tell([0], [second]);
    },
    found: { undelivered: 1 },
    story:
      /^undelivered: message \d+ of client 0, .* never reached client 0, which joined at seq 0/,
  },
  {
    name: "undelivered: one reader is told nothing at the end",
    plant(history) {
      const entry = logOne(history);
      history.tell(room(history).slice(1), [entry]);
    },
    isLast: true,
    found: { undelivered: 1 },
    story: /never reached client 0/,
  },
  {
    name: "duplicate: one message at two places",
    plant(history) {
      const entry = logOne(history);
      history.tell(room(history), [entry, history.append(entry.n)]);
    },
    found: { duplicate: 1 },
    story: /^duplicate: message \d+ of client 0 is at seq \d+ and at seq \d+$/,
  },
  {
    name: "duplicate: a reader's application is given a message again",
    plant(history) {
      const entry = logOne(history);
      history.tell(room(history), [entry]);
      history.tell([0], [entry]);
    },
    found: { duplicate: 1 },
    story: /^duplicate: client 0 was given message \d+ .* which it had had before$/,
  },
  {
    name: "disorder: a reader is given a later message first",
    plant(history) {
      const [first, second] = [logOne(history), append(history)];
      history.tell(room(history).slice(1), [first, second]);
      history.tell([0], [second]);
      history.tell([0], [first]);
    },
    found: { disorder: 1 },
    story: /^disorder: client 0 was given message \d+ of client 0 at .*, at seq \d+ after seq \d+$/,
  },
  {
    name: "disorder: sent after the acknowledgement of another, and in the log before it",
    plant(history) {
      const late = append(history, 2);
      history.acknowledge(late);
      align(history);
      const early = { n: history.send(), seq: late.seq - 1 };
      history.logs[0]!.splice(-1, 0, early);
      history.tell(room(history), [early, late]);
    },
    found: { disorder: 1 },
    story: /^disorder: message \d+ of client 0 is at seq \d+, and was sent after its publisher had/,
  },
  {
    name: "diverged: two are shown different messages at one place",
    plant(history) {
      const [first, second] = [logOne(history), append(history)];
      history.tell(room(history).slice(1), [first, second]);
      history.tell([0], [{ n: second.n, seq: first.seq }, { n: first.n, seq: second.seq }]);
    },
    found: { diverged: 2 },
    story: /^diverged: at seq \d+ somebody was shown message \d+ .* and somebody else message \d+/,
  },
  {
    name: "diverged: acknowledged at another place than it is",
    plant(history) {
      const entry = append(history);
      history.tell(room(history), [entry]);
      history.say({ e: "ack", t: 500, n: entry.n, seq: entry.seq + 1 });
    },
    found: { diverged: 1 },
    story: /^diverged: message \d+ of client 0 was acknowledged at seq \d+, not \d+$/,
  },
  {
    name: "phantom: never sent",
    plant(history) {
      history.tell(room(history), [history.append(6_000_000)]);
    },
    found: { phantom: 1 },
    story: /^phantom: message 6000000 is at seq \d+ and was never sent$/,
  },
  {
    name: "phantom: refused, and in the log all the same",
    plant(history) {
      const entry = append(history);
      history.say({ e: "refuse", t: 500, n: entry.n, code: "rate_limited" });
      history.tell(room(history), [entry]);
    },
    found: { phantom: 1 },
    story: /^phantom: message \d+ of client 0 was refused and is at seq \d+$/,
  },
  {
    name: "phantom: shown to somebody, and not in the log",
    plant(history) {
      const entry = append(history);
      history.tell(room(history), [entry]);
      history.forget(entry);
    },
    found: { phantom: 1 },
    story: /^phantom: message \d+ of client 0 was shown at seq \d+ and is not in the log$/,
  },
  {
    name: "phantom: a wrong checksum",
    plant(history) {
      const entry = logOne(history);
      history.tell(room(history).slice(1), [entry]);
      history.tell([0], [{ ...entry, n: NO_MESSAGE.damaged }]);
    },
    found: { phantom: 1 },
    story: /^phantom: what somebody was shown at seq \d+ has a wrong checksum$/,
  },
];

/** Sends a message of client 0 that is in the log, maybe some places on. */
function append(history: History, places = 1) {
  align(history);
  const entry = history.append(history.send());
  entry.seq += places - 1;
  return entry;
}

for (const lie of LIES) {
  Deno.test(`the checker finds what is ${lie.name}, and nothing else`, () => {
    const several = shapes.filter(({ clients, rooms }) => clients > 2 * rooms);
    fc.assert(fc.property(several, fc.nat(60), (shape, more) => {
      const history = honest(shape);
      align(history);
      lie.plant(history);
      // Life goes on.
      for (let i = 0; i < more && !lie.isLast; i++) {
        history.acknowledgeLater(history.append(history.send()));
      }
      if (!lie.isLast) history.tellAll();
      const run = history.end().judge();
      assertEquals(found(run), lie.found);
      assertEquals(run.stories.length, 1);
      assert(lie.story.test(run.stories[0]!), run.stories[0]);
    }));
  });
}

Deno.test("the checker finds several lies in one history, each as often as it was told", () => {
  const lies = LIES.filter(({ isLast }) => !isLast);
  const several = shapes.filter(({ clients, rooms }) => clients > 2 * rooms);
  fc.assert(fc.property(several, fc.shuffledSubarray(lies), (shape, planted) => {
    const history = honest(shape);
    const wanted: Record<string, number> = {};
    for (const lie of planted) {
      align(history);
      lie.plant(history);
      history.tellAll();
      for (const [name, count] of Object.entries(lie.found)) {
        wanted[name] = (wanted[name] ?? 0) + count;
      }
    }
    assertEquals(found(history.end().judge()) as Record<string, number>, wanted);
  }));
});

Deno.test("the checker takes 1 000 clients × 100 000 messages in less than 1 GiB", () => {
  const [clients, messages, perBatch, perGroup] = [1_000, 100_000, 10, 40];
  const history = new History({ clients, rooms: 1 });
  const analysis = new Analysis(history.head);
  for (const event of history.events) analysis.take(event);
  const before = Deno.memoryUsage().rss;
  for (let n = 0, b = 0, t = 2_000; n < messages; n += perBatch, b++, t += 10) {
    const last = n + perBatch - 1;
    analysis.take({ e: "send", t, n, count: perBatch });
    analysis.take({ e: "batch", b, n: [[n, last]], seq: [[n + 1, last + 1]] });
    for (let r = 0; r < clients; r += perGroup) {
      analysis.take({ e: "got", t: t + r / 100, b, r: [[r, r + perGroup - 1]] });
    }
    for (let i = n; i <= last; i++) analysis.take({ e: "ack", t: t + 10, n: i, seq: i + 1 });
    analysis.take({ e: "log", b });
  }
  analysis.take({ e: "read", room: 0 });
  analysis.take({ e: "end", t: 110_000, interrupted: false, lagP99Ms: 1, lagMaxMs: 2 });
  const run = analysis.finish();
  const grownBytes = Deno.memoryUsage().rss - before;
  assertEquals([found(run), run.stories], [{}, []]);
  assertEquals([run.messages.acknowledged, run.deliveries.total], [messages, clients * messages]);
  assert(grownBytes < 2 ** 30, `it took ${grownBytes} bytes`);
});

Deno.test("the checker finds what one was shown between two that all others were", () => {
  const history = smallHistory();
  const [first, second, third] = [logOne(history), logOne(history), logOne(history)];
  history.tell([0, 1], [first, third]);
  history.tell([2], [first, second, third]);
  assertEquals(found(history.end().judge()), { undelivered: 2 });
});

Deno.test("the checker takes for disorder what comes between two that its reader had had", () => {
  const history = smallHistory();
  const [first, second, third] = [logOne(history), logOne(history), logOne(history)];
  history.tell([0], [first, third]);
  history.tell([0], [second]);
  history.tell([1, 2], [first, second, third]);
  assertEquals(found(history.end().judge()), { disorder: 1 });
});

Deno.test("the checker takes for disorder what goes backward on the wire", () => {
  const history = smallHistory();
  history.say({ e: "backward", t: 700, r: 1, seq: 4, last: 5 });
  const run = history.end().judge();
  assertEquals([found(run), run.stories], [{ disorder: 1 }, [
    "disorder: client 1 was sent seq 4 after seq 5 on one connection at 0.700s",
  ]]);
});

Deno.test("the checker counts what a server tells to be missing as a gap, not as undelivered", () => {
  const history = smallHistory();
  const [from] = [history.logs[0]!.at(-1)!.seq];
  const missed = logOne(history);
  history.tell([1, 2], [missed]);
  history.say({ e: "gap", t: 600, r: 0, reason: "trimmed", from, to: missed.seq });
  history.acknowledgeLater(history.append(history.send()));
  history.tellAll();
  assertEquals(found(history.end().judge()), { gaps: 1 });
});

Deno.test("the checker does not take for lost what an incomplete reading did not show", () => {
  const history = smallHistory();
  const n = history.send();
  history.say({ e: "ack", t: 500, n, seq: 2 });
  history.say({ e: "read", room: 0, missing: "it was cut" });
  history.say({ e: "end", t: 700, interrupted: false, lagP99Ms: 1, lagMaxMs: 2 });
  const run = history.judge();
  assertEquals([found(run), run.unread], [{}, "it was cut"]);
});

Deno.test("the checker does not take for lost what was acknowledged after the log was read", () => {
  const history = smallHistory();
  const [lost, late] = [history.send(), history.send()];
  history.say({ e: "ack", t: 500, n: lost, seq: 2 });
  history.readLogs();
  history.say({ e: "ack", t: 600, n: late, seq: 3 });
  history.say({ e: "end", t: 700, interrupted: false, lagP99Ms: 1, lagMaxMs: 2 });
  const run = history.judge();
  const why = "1 messages were acknowledged after it had been read";
  assertEquals([found(run), run.unread], [{ lost: 1 }, why]);
});

Deno.test("the checker counts repeats on the wire that the client left out", () => {
  const history = smallHistory();
  history.say({ e: "repeats", r: 1, count: 4 });
  const run = history.end().judge();
  assertEquals([run.deliveries.redelivered, found(run)], [4, {}]);
});

Deno.test("the checker says so when a journal uses what it does not describe", () => {
  const history = smallHistory();
  const without = (
    e: string,
  ) => [history.head, ...history.end().events.filter((one) => one.e !== e)];
  for (const [e, said] of [["batch", "batch 0 must be described"], ["connect", "connection 0"]]) {
    const error = assertThrows(() => judgeEvents(without(e!)), JournalError);
    assertStringIncludes(error.message, said!);
  }
});
