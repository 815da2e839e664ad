import { assert, assertEquals } from "@std/assert";
import { DEFAULT_BUDGET, planShutdown } from "../src/shutdown/budget.ts";
import { Drain, type DrainOptions, type Leaver } from "../src/shutdown/drain.ts";
import { FakeClock } from "./fake_clock.ts";
import { crowd, FakeLeaver } from "./fake_leavers.ts";

function newDrain(
  clock: FakeClock,
  leavers: Iterable<Leaver>,
  options: Partial<DrainOptions> = {},
): Drain {
  const count = [...leavers].length;
  return new Drain(leavers, {
    plan: planShutdown(DEFAULT_BUDGET, count),
    strategy: "paced",
    leave: { code: 1012, reason: "bye", answerMs: 2_000, quietMs: 0 },
    clock,
    reentryMs: () => 0,
    random: Math.random,
    hurry: new AbortController().signal,
    ...options,
  });
}

Deno.test("Drain tells each client in its slot, at the planned rate", async () => {
  const clock = new FakeClock();
  const start = clock.now();
  const leavers = crowd(clock, 500);
  const drain = newDrain(clock, leavers);
  await clock.runUntil(drain.run());
  const told = leavers.map(({ toldAt }) => toldAt! - start).sort((a, b) => a - b);
  for (const [i, at] of told.entries()) assert(at >= i * 10 && at <= (i + 1) * 10, `${i}: ${at}`);
  assertEquals([drain.clients.closed, drain.remaining, drain.rate.slowed], [500, 0, 0]);
  assertEquals(drain.rate.plannedPerSecond, 100);
});

Deno.test("Drain does not drift: a clock that jumps delays no later slot", async () => {
  const clock = new FakeClock();
  const start = clock.now();
  const leavers = crowd(clock, 100);
  const drain = newDrain(clock, leavers);
  const done = drain.run();
  await clock.advance(1);
  // As if the process had been stopped for half the window: what is overdue goes at once.
  const jump = clock.advance.bind(clock);
  await jump(499);
  await clock.runUntil(done);
  const late = leavers.filter(({ toldAt }) => toldAt! - start > 1_000);
  assertEquals(late.length, 0);
  assertEquals(drain.clients.closed, 100);
});

Deno.test("Drain ends as soon as all are out, mute ones after their answer time", async () => {
  const clock = new FakeClock();
  const start = clock.now();
  const drain = newDrain(clock, [...crowd(clock, 3), ...crowd(clock, 1, "mute")]);
  await clock.runUntil(drain.run());
  assert(clock.now() - start <= 2_040, `${clock.now() - start}`);
  const { closed, unanswered, byCode } = drain.clients;
  assertEquals([closed, unanswered, byCode], [3, 1, { "1012": 4 }]);
});

Deno.test("Drain waits for no slot of a client that is gone", async () => {
  const clock = new FakeClock();
  const start = clock.now();
  const drain = newDrain(clock, crowd(clock, 1_000, "already gone"));
  await clock.runUntil(drain.run());
  assertEquals([clock.now() - start, drain.clients.gone], [0, 1_000]);
});

Deno.test("Drain stops waiting at the force deadline, and force() closes who is left", async () => {
  const clock = new FakeClock();
  const start = clock.now();
  const stuck = new FakeLeaver(clock, "answers", 1e9);
  const drain = newDrain(clock, [stuck, ...crowd(clock, 2)]);
  await clock.runUntil(drain.run());
  assertEquals(clock.now() - start, 22_500);
  assertEquals([drain.force(), stuck.forcedAt! - start], [1, 22_500]);
  const { closed, forced, total } = drain.clients;
  assertEquals([closed, forced, total, drain.remaining], [2, 1, 3, 0]);
});

Deno.test("Drain sends everybody away at once when hurried", async () => {
  const clock = new FakeClock();
  const start = clock.now();
  const hurry = new AbortController();
  const leavers = crowd(clock, 100);
  const drain = newDrain(clock, leavers, { hurry: hurry.signal });
  const done = drain.run();
  await clock.advance(500);
  hurry.abort();
  await clock.runUntil(done);
  assertEquals(leavers.filter(({ toldAt }) => toldAt! - start > 500).length, 0);
  assertEquals(drain.clients.closed, 100);
});

Deno.test("Drain takes along who joins while it runs", async () => {
  const clock = new FakeClock();
  const leavers = new Set<Leaver>(crowd(clock, 10));
  const drain = newDrain(clock, leavers);
  const done = drain.run();
  await clock.advance(50);
  leavers.add(new FakeLeaver(clock));
  await clock.runUntil(done);
  assertEquals([drain.clients.total, drain.clients.closed], [11, 11]);
});

Deno.test("Drain slows down when too many do not answer, never past the deadline", async () => {
  const clock = new FakeClock();
  const start = clock.now();
  const leavers = [...crowd(clock, 300), ...crowd(clock, 100, "mute")];
  const drain = newDrain(clock, leavers);
  await clock.runUntil(drain.run());
  const lastTold = Math.max(...leavers.map(({ toldAt }) => toldAt!)) - start;
  assert(drain.rate.slowed > 0);
  assert(lastTold > 4_000, "slower than the plan of 4 s");
  assert(lastTold <= 20_500, `past the deadline: ${lastTold}`);
  assertEquals([drain.clients.closed, drain.clients.unanswered], [300, 100]);
});
