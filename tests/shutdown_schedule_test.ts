import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type DrainStrategy, scheduleExits } from "../src/shutdown/schedule.ts";
import { Pace } from "../src/shutdown/pace.ts";

const strategies = fc.constantFrom<DrainStrategy>("paced", "idle-first", "immediate");
const spreading = fc.constantFrom<DrainStrategy>("paced", "idle-first");
const sizes = fc.integer({ min: 0, max: 400 });
const windows = fc.double({ min: 0.001, max: 60_000, noNaN: true });

function seeded(seed: number): () => number {
  // mulberry32
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

Deno.test("scheduleExits() gives every client exactly one slot, inside the window, in order", () => {
  fc.assert(fc.property(strategies, sizes, windows, fc.nat(), (strategy, n, windowMs, seed) => {
    const slots = scheduleExits(range(n), { strategy, windowMs, random: seeded(seed) });
    assertEquals(slots.map((slot) => slot.client).sort((a, b) => a - b), range(n));
    for (const [i, { offsetMs }] of slots.entries()) {
      assert(offsetMs >= 0 && offsetMs < windowMs, `slot ${i} at ${offsetMs} of ${windowMs}`);
      assert(i === 0 || offsetMs >= slots[i - 1]!.offsetMs);
    }
  }));
});

Deno.test("scheduleExits() spreads evenly: one exit in each of n equal parts of the window", () => {
  fc.assert(fc.property(spreading, sizes, windows, fc.nat(), (strategy, n, windowMs, seed) => {
    const slots = scheduleExits(range(n), { strategy, windowMs, random: seeded(seed) });
    for (const [i, { offsetMs }] of slots.entries()) {
      // Allow for the last bit of a division.
      assert(offsetMs >= windowMs / n * i * (1 - 1e-12));
      assert(offsetMs <= windowMs / n * (i + 1) * (1 + 1e-12));
    }
  }));
});

Deno.test("scheduleExits() never puts more than rate + 1 exits into any second", () => {
  fc.assert(fc.property(spreading, sizes, fc.nat(), (strategy, n, seed) => {
    const windowMs = 5_000;
    const slots = scheduleExits(range(n), { strategy, windowMs, random: seeded(seed) });
    for (const { offsetMs } of slots) {
      const inSecond = slots.filter((s) => s.offsetMs >= offsetMs && s.offsetMs < offsetMs + 1_000);
      assert(inSecond.length <= n / 5 + 2, `${inSecond.length} of ${n}`);
    }
  }));
});

Deno.test("scheduleExits() sends the longest silent away first when idle-first", () => {
  fc.assert(fc.property(fc.array(fc.nat(50), { maxLength: 200 }), fc.nat(), (heard, seed) => {
    const slots = scheduleExits(heard, {
      strategy: "idle-first",
      windowMs: 1_000,
      random: seeded(seed),
      lastHeardAt: (at) => at,
    });
    assertEquals(slots.map((slot) => slot.client), heard.toSorted((a, b) => a - b));
  }));
});

Deno.test("scheduleExits() shuffles when paced, so that the order tells nothing", () => {
  const firsts = range(300).map((seed) =>
    scheduleExits(range(10), { strategy: "paced", windowMs: 1, random: seeded(seed) })[0]!.client
  );
  assertEquals(new Set(firsts).size, 10);
});

Deno.test("scheduleExits() sends all away at once when immediate", () => {
  const slots = scheduleExits(range(3), { strategy: "immediate", windowMs: 9_000 });
  assertEquals(slots.map((slot) => slot.offsetMs), [0, 0, 0]);
});

Deno.test("Pace keeps to the plan while exits are answered", () => {
  const pace = new Pace({ endMs: 1_000, latestMs: 4_000 });
  for (let i = 0; i < 500; i++) pace.note(i % 25 !== 0, i);
  assertEquals([pace.dueMs(0), pace.dueMs(500), pace.dueMs(1_000), pace.slowed], [
    0,
    500,
    1_000,
    0,
  ]);
});

Deno.test("Pace halves when more than 5 % of the last 50 exits went unanswered", () => {
  const pace = new Pace({ endMs: 1_000, latestMs: 4_000 });
  for (let i = 0; i < 47; i++) pace.note(true, 200);
  for (let i = 0; i < 2; i++) pace.note(false, 200);
  assertEquals(pace.slowed, 0);
  pace.note(false, 200);
  assertEquals(pace.slowed, 1);
  assertEquals([pace.dueMs(200), pace.dueMs(300), pace.dueMs(1_000)], [200, 400, 1_800]);
});

Deno.test("Pace judges 50 new exits before it halves again", () => {
  const pace = new Pace({ endMs: 1_000, latestMs: 1e9 });
  for (let i = 0; i < 99; i++) pace.note(false, 10);
  assertEquals(pace.slowed, 1);
  pace.note(false, 10);
  assertEquals(pace.slowed, 2);
});

Deno.test("Pace never puts a slot past the deadline, and never runs backwards or faster", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 5_000 }),
    fc.integer({ min: 0, max: 5_000 }),
    fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 100 })), { maxLength: 300 }),
    (endMs, extraMs, notes) => {
      const pace = new Pace({ endMs, latestMs: endMs + extraMs });
      let now = 0;
      for (const [answered, step] of notes) {
        now += step;
        const before = pace.dueMs(endMs);
        pace.note(answered, now);
        assert(pace.dueMs(endMs) <= endMs + extraMs + 1e-6);
        assert(pace.dueMs(endMs) >= before - 1e-6);
      }
    },
  ));
});

Deno.test("Pace stretches what is left exactly to the deadline when twice is too much", () => {
  const pace = new Pace({ endMs: 1_000, latestMs: 1_200 });
  for (let i = 0; i < 50; i++) pace.note(false, 500);
  assertAlmostEquals(pace.dueMs(1_000), 1_200);
});
