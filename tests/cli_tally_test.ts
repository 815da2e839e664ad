import { assertEquals } from "@std/assert";
import { resolveOptions } from "@lastcall/lastcall";
import { LagMeter } from "../cli/loadtest/lag.ts";
import { dueAtMs, dueBy } from "../cli/loadtest/schedule.ts";
import { Tally } from "../cli/loadtest/check/tally.ts";
import { DAMAGED, FOREIGN } from "../cli/loadtest/payload.ts";
import { makePlan } from "../cli/loadtest/plan.ts";
import { SETTINGS } from "../cli/loadtest/settings.ts";
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

/** A tally of three clients of a server without acknowledgement, all connected. */
function tallyOf(protocol: string): Tally {
  const { settings } = resolveOptions(SETTINGS, ["--protocol", protocol, "-c", "3"]);
  const tally = new Tally(makePlan(settings));
  for (const c of [0, 1, 2]) {
    tally.take({ e: "connect", t: 0, c, kind: "normal", r: c, s: 0 });
    tally.take({ e: "open", t: 1, c });
  }
  tally.take({ e: "publishing", t: 10 });
  return tally;
}

const rowsOf = (tally: Tally) =>
  Object.fromEntries(tally.byPhase().map(({ phase, ...row }) => [phase, row]));
const NOTHING = { offered: 0, sent: 0, notConnected: 0, blocked: 0, seenByAll: 0, seenBySome: 0 };
const ROW = { ...NOTHING, seenByNone: 0, withoutReader: 0, missedDeliveries: 0 };
const got = (b: number, ...r: number[]) => ({ e: "got" as const, t: 5_000, b, r });

Deno.test("Tally says per phase how far messages got, and how many deliveries are missed", () => {
  const tally = tallyOf("plain");
  tally.take({ e: "send", t: 20, n: 0, count: 1 });
  tally.take({ e: "send", t: 2_010, n: 1, count: 3 });
  tally.take({ e: "signal", t: 3_000, f: 0, s: 0, signal: "SIGTERM" });
  tally.take({ e: "unsent", t: 3_100, n: 4, why: "blocked" });
  for (const c of [1, 2]) tally.take({ e: "close", t: 3_200, c, how: "cut" });
  tally.take({ e: "gone", t: 3_201, c: 2 });
  tally.take({ e: "send", t: 3_300, n: 5, count: 1 });
  tally.take({ e: "exit", t: 4_000, s: 0, code: 0 });
  tally.take({ e: "unsent", t: 4_100, n: 6, why: "notConnected" });
  for (const [n, ...r] of [[0, 1, 2], [1, 0, 2], [2, 0]]) tally.got(got(0, ...r!), n!);
  assertEquals(rowsOf(tally), {
    "warm-up": { ...ROW, offered: 1, sent: 1, seenByAll: 1 },
    "before signal": {
      ...{ ...ROW, offered: 3, sent: 3, seenByAll: 1, seenBySome: 1, seenByNone: 1 },
      missedDeliveries: 3,
    },
    "signal to exit": { ...ROW, offered: 2, sent: 1, blocked: 1, withoutReader: 1 },
    "after exit": { ...ROW, offered: 1, notConnected: 1 },
  });
});

Deno.test("Tally counts what is odd: back to the sender, somebody else's, damaged", () => {
  const plain = tallyOf("plain");
  plain.take({ e: "send", t: 20, n: 0, count: 2 });
  plain.got(got(0, 0, 1, 2), 0);
  plain.got(got(1, 0, 1), FOREIGN);
  plain.got(got(2, 1), DAMAGED);
  plain.got(got(3, 1), 2);
  assertEquals(plain.odd, { backToSender: 1, foreign: 2, damaged: 2 });
  const echo = tallyOf("echo");
  echo.take({ e: "send", t: 20, n: 0, count: 2 });
  echo.got(got(0, 0, 1), 0);
  assertEquals(echo.odd, { backToSender: 0, foreign: 1, damaged: 0 });
  assertEquals(rowsOf(echo)["warm-up"], {
    ...{ ...ROW, offered: 2, sent: 2, seenByAll: 1, seenByNone: 1, missedDeliveries: 1 },
  });
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
