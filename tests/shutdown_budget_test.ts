import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import {
  budgetWarnings,
  DEFAULT_BUDGET,
  forceReserveMs,
  planShutdown,
} from "../src/shutdown/budget.ts";

Deno.test("planShutdown() lets a small server end early, at the least rate", () => {
  assertEquals(planShutdown(DEFAULT_BUDGET, 5), {
    drainAtMs: 0,
    windowMs: 50,
    latestSlotMs: 20_500,
    forceAtMs: 22_500,
    endAtMs: 25_000,
  });
});

Deno.test("planShutdown() uses T - L - A - F for a large one", () => {
  const plan = planShutdown({ ...DEFAULT_BUDGET, unreadyDelayMs: 5_000 }, 10_000);
  assertEquals([plan.drainAtMs, plan.windowMs, plan.forceAtMs], [5_000, 15_500, 22_500]);
});

Deno.test("planShutdown() has no window when immediate", () => {
  assertEquals(planShutdown({ ...DEFAULT_BUDGET, strategy: "immediate" }, 10_000).windowMs, 0);
});

Deno.test("forceReserveMs() is a tenth, at least a second, at most half", () => {
  assertEquals([25_000, 5_000, 1_000, 0].map(forceReserveMs), [2_500, 1_000, 500, 0]);
});

Deno.test("planShutdown() keeps its points in order and inside the budget, whatever is asked", () => {
  const ms = fc.integer({ min: 0, max: 100_000 });
  fc.assert(fc.property(ms, ms, ms, fc.nat(50_000), (budgetMs, unreadyDelayMs, answerMs, n) => {
    const plan = planShutdown({ ...DEFAULT_BUDGET, budgetMs, unreadyDelayMs, answerMs }, n);
    const { drainAtMs, windowMs, latestSlotMs, forceAtMs, endAtMs } = plan;
    assert(0 <= drainAtMs && windowMs >= 0);
    assert(drainAtMs + windowMs <= latestSlotMs && latestSlotMs <= forceAtMs);
    assert(forceAtMs <= endAtMs && endAtMs === budgetMs);
  }));
});

Deno.test("budgetWarnings() says nothing about the defaults", () => {
  assertEquals(budgetWarnings(DEFAULT_BUDGET, { maxClients: 10_000, hookBudgetsMs: [2_000] }), []);
});

Deno.test("budgetWarnings() shows the sum when there is no time to drain", () => {
  const [warning] = budgetWarnings({ ...DEFAULT_BUDGET, budgetMs: 3_000 }, { maxClients: 10 });
  assertStringIncludes(
    warning!,
    "3s budget - 0ms unready - 2s answer - 1s reserve = 0ms; every client will leave at once",
  );
});

Deno.test("budgetWarnings() shows the sum when the rate is out of reach, and what would do", () => {
  const [warning] = budgetWarnings(DEFAULT_BUDGET, { maxClients: 30_000 });
  assertStringIncludes(warning!, "30000 clients in 25s budget");
  assertStringIncludes(warning!, "= 20.5s are 1464 clients/s, above 1000");
  assertStringIncludes(warning!, "a budget of 36s or 20500 clients at most");
  const enough = { ...DEFAULT_BUDGET, budgetMs: 36_000 };
  assertEquals(budgetWarnings(enough, { maxClients: 30_000 }), []);
  assertEquals(budgetWarnings(DEFAULT_BUDGET, { maxClients: 20_500 }), []);
});

Deno.test("budgetWarnings() counts the hooks against the reserve", () => {
  const [warning] = budgetWarnings(DEFAULT_BUDGET, {
    maxClients: 1,
    hookBudgetsMs: [2_000, 1_000],
  });
  assertStringIncludes(warning!, "ask for 3s in all and 2.5s are kept for them");
});
