import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Smoother } from "../src/shutdown/smoother.ts";
import { peakInWindow } from "../cli/loadtest/time_buckets.ts";

/** When exits take place that are due evenly over 20 s, on a clock that stands still for a while. */
function dispatch(
  { exits, latestMs = 20_000, stall }: {
    exits: number;
    latestMs?: number;
    stall: { atMs: number; ms: number };
  },
): number[] {
  const windowMs = 20_000;
  const smoother = new Smoother({ exits, windowMs, latestMs });
  const times: number[] = [];
  let nowMs = 0;
  for (let i = 0; i < exits; i++) {
    const atMs = smoother.at(i * windowMs / exits);
    nowMs = Math.max(nowMs, atMs);
    if (nowMs >= stall.atMs && nowMs < stall.atMs + stall.ms) nowMs = stall.atMs + stall.ms;
    smoother.took(atMs, nowMs);
    times.push(nowMs);
  }
  return times;
}

Deno.test("Smoother leaves a schedule alone that is kept", () => {
  const times = dispatch({ exits: 100, stall: { atMs: 0, ms: 0 } });
  assertEquals(times, Array.from({ length: 100 }, (_, i) => i * 200));
});

Deno.test("Smoother makes up for a stall without a burst", () => {
  const stalls = fc.record({ atMs: fc.nat(10_000), ms: fc.nat(1_500) });
  fc.assert(fc.property(stalls, fc.integer({ min: 2_000, max: 20_000 }), (stall, exits) => {
    const times = dispatch({ exits, stall });
    const perSecond = exits / 20;
    assert(peakInWindow(times, 1_000) <= 1.3 * perSecond, `${peakInWindow(times, 1_000)}`);
    // It is caught up with before the end.
    assert(times.at(-1)! <= 20_000, `${times.at(-1)}`);
  }));
});

Deno.test("Smoother puts nothing off past the last moment", () => {
  const times = dispatch({ exits: 10_000, stall: { atMs: 18_000, ms: 1_900 } });
  assertEquals(times.at(-1)! <= 20_000, true);
  const late = dispatch({ exits: 10_000, stall: { atMs: 18_000, ms: 2_500 } });
  assertEquals(late.at(-1), 20_500);
});
