import { assertEquals } from "@std/assert";
import { LagMeter } from "../cli/loadtest/lag.ts";
import { dueAtMs, dueBy } from "../cli/loadtest/schedule.ts";
import { MessageTally } from "../cli/loadtest/tally.ts";
import { peakInWindow, TimeBuckets } from "../cli/loadtest/time_buckets.ts";

Deno.test("dueBy() counts the messages due by then, from the first at once", () => {
  assertEquals([-1, 0, 9.9, 10, 1_000].map((ms) => dueBy(ms, 100)), [0, 1, 1, 2, 101]);
  assertEquals(dueBy(1e6, 0), 0);
});

Deno.test("dueBy() and dueAtMs() agree at every rate", () => {
  for (const rate of [1, 3, 7, 500, 1_000, 9_999]) {
    for (let k = 0; k < 3_000; k += 7) {
      const at = dueAtMs(k, rate);
      assertEquals(dueBy(at + 1e-6, rate), k + 1, `message ${k} at rate ${rate}`);
      if (k > 0) assertEquals(dueBy(at - 1e-6, rate), k, `before message ${k} at rate ${rate}`);
    }
  }
});

Deno.test("MessageTally says per phase how far messages got", () => {
  const tally = new MessageTally(10);
  tally.sent(0, "before signal", 2);
  tally.sent(1, "before signal", 2);
  tally.sent(2, "before signal", 2);
  tally.sent(3, "before signal", 0);
  tally.sent(5, "signal to exit", 1);
  tally.notSent("signal to exit", "blocked");
  tally.notSent("after exit", "notConnected");
  for (const n of [0, 0, 1, 5]) assertEquals(tally.seen(n), true);
  const rows = Object.fromEntries(tally.byPhase().map(({ phase, ...row }) => [phase, row]));
  const nothing = { notConnected: 0, blocked: 0, seenByAll: 0, seenBySome: 0, seenByNone: 0 };
  const complete = { withoutReader: 0, missedDeliveries: 0 };
  assertEquals(rows, {
    "warm-up": { ...nothing, ...complete, offered: 0, sent: 0 },
    "before signal": {
      ...nothing,
      offered: 4,
      sent: 4,
      seenByAll: 1,
      seenBySome: 1,
      seenByNone: 1,
      withoutReader: 1,
      missedDeliveries: 3,
    },
    "signal to exit": {
      ...nothing,
      ...complete,
      offered: 2,
      sent: 1,
      blocked: 1,
      seenByAll: 1,
    },
    "after exit": { ...nothing, ...complete, offered: 1, notConnected: 1, sent: 0 },
  });
});

Deno.test("MessageTally.seen() knows a message that was never sent", () => {
  const tally = new MessageTally(2);
  assertEquals([tally.seen(0), tally.seen(1), tally.seen(2), tally.seen(-1)], [
    false,
    false,
    false,
    false,
  ]);
});

Deno.test("LagMeter counts the ticks that a stall swallowed", () => {
  const meter = new LagMeter(5);
  for (let i = 0; i < 98; i++) meter.record(0.4);
  assertEquals(meter.quantileMs(0.99), 0);
  meter.record(100);
  assertEquals(meter.quantileMs(0.5), 0);
  assertEquals(meter.quantileMs(0.99), 95);
  assertEquals(meter.maxMs, 100);
});

Deno.test("LagMeter without a sample says 0", () => {
  assertEquals(new LagMeter(5).quantileMs(0.99), 0);
});

Deno.test("TimeBuckets counts, sums a stretch and finds the fullest", () => {
  const buckets = new TimeBuckets(100);
  for (const at of [0, 50, 99, 100, 950, 1_000]) buckets.add(at);
  buckets.add(950, 5);
  assertEquals(buckets.between(0, 99), 3);
  assertEquals(buckets.between(-500, 120), 4);
  assertEquals(buckets.between(200, 800), 0);
  assertEquals(buckets.peak(), 6);
  assertEquals(new TimeBuckets(10).peak(), 0);
});

Deno.test("peakInWindow() finds the densest stretch wherever it begins", () => {
  assertEquals(peakInWindow([], 1_000), 0);
  assertEquals(peakInWindow([0, 900, 1_800, 950, 1_850, 1_899, 3_000], 1_000), 5);
  assertEquals(peakInWindow([0, 1_000, 2_000], 1_000), 1);
});
