import { assert, assertEquals } from "@std/assert";
import { type Hook, runHooks } from "../src/shutdown/hooks.ts";
import { FakeClock } from "./fake_clock.ts";

function run(clock: FakeClock, hooks: Hook[], budgetMs = 10_000) {
  return clock.runUntil(runHooks(hooks, { clock, deadline: clock.now() + budgetMs }));
}

Deno.test("runHooks() runs the last registered first, one after the other", async () => {
  const clock = new FakeClock();
  const order: string[] = [];
  const hook = (name: string): Hook => ({
    name,
    run: async () => {
      order.push(`${name} starts`);
      await clock.sleep(10);
      order.push(`${name} ends`);
    },
  });
  await run(clock, [hook("a"), hook("b")]);
  assertEquals(order, ["b starts", "b ends", "a starts", "a ends"]);
});

Deno.test("runHooks() goes on when a hook throws, rejects or never ends", async () => {
  const clock = new FakeClock();
  let ran = false;
  const records = await run(clock, [
    { name: "last", run: () => void (ran = true) },
    { name: "stuck", run: () => new Promise(() => {}), budgetMs: 100 },
    { name: "rejects", run: () => Promise.reject(new TypeError("no")) },
    {
      name: "throws",
      run: () => {
        throw "text";
      },
    },
  ]);
  assert(ran);
  assertEquals(records.map(({ name, outcome, error }) => [name, outcome, error]), [
    ["throws", "failed", "text"],
    ["rejects", "failed", "TypeError: no"],
    ["stuck", "timed_out", undefined],
    ["last", "done", undefined],
  ]);
  assertEquals(records[2]!.durationMs, 100);
});

Deno.test("runHooks() tells a hook that its time is over", async () => {
  const clock = new FakeClock();
  let reason: unknown;
  await run(clock, [{
    name: "slow",
    budgetMs: 50,
    run: (signal) =>
      new Promise<void>((_, reject) =>
        signal.addEventListener("abort", () => {
          reason = signal.reason;
          // Too late to matter, and must not end the process.
          reject(new Error("stopped"));
        })
      ),
  }]);
  assertEquals((reason as Error).name, "TimeoutError");
});

Deno.test("runHooks() shares what is left equally, and lets none past the deadline", async () => {
  const clock = new FakeClock();
  const start = clock.now();
  const stuck = (name: string, budgetMs?: number): Hook => ({
    name,
    run: () => new Promise(() => {}),
    ...budgetMs === undefined ? {} : { budgetMs },
  });
  const records = await run(clock, [stuck("a"), stuck("b"), stuck("greedy", 60_000)], 900);
  assertEquals(records.map(({ durationMs }) => durationMs), [900, 0, 0]);
  const fair = await run(clock, [stuck("a"), stuck("b"), stuck("c")], 900);
  assertEquals(fair.map(({ durationMs }) => durationMs), [300, 300, 300]);
  assertEquals(clock.now() - start, 1_800);
});

Deno.test("runHooks() leaves no wait behind", async () => {
  const clock = new FakeClock();
  await run(clock, [{ name: "quick", run: () => {} }]);
  assertEquals(clock.sleeping, 0);
});
