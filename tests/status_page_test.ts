import { assertEquals } from "@std/assert";
import { figuresOf } from "../src/admin/page/figures.ts";
import { bytes, count, decimal, duration } from "../src/admin/page/format.ts";
import { receiptLines } from "../src/admin/page/receipt.ts";
import { headlineOf, silentHeadline } from "../src/admin/page/words.ts";
import { RateMeter } from "../src/admin/rate_meter.ts";
import { type StatusReport, statusReport, type StatusSources } from "../src/admin/status_report.ts";
import { AT_EASE } from "../src/load/judge.ts";
import { PHASES } from "../src/shutdown/receipt.ts";
import { Shutdown } from "../src/shutdown/shutdown.ts";
import { SLOT_PARTS, slotsView } from "../src/shutdown/slots.ts";
import { FakeClock } from "./fake_clock.ts";
import { crowd } from "./fake_leavers.ts";
import { someVitals } from "./some_vitals.ts";

const RATES = {
  acceptedPerSecond: 12.3456,
  deliveredPerSecond: 0,
  batchMessages: 4,
  batchMs: 0.31,
};

/** A report, with what matters to a test changed. */
function report(changes: Partial<StatusSources> = {}): StatusReport {
  return statusReport({
    vitals: someVitals(),
    rates: RATES,
    judgement: AT_EASE,
    limits: { lag: { soft: 200 }, memory: {}, clients: { soft: 9_000 } },
    progress: { state: "serving" },
    phaseNames: PHASES,
    notReady: undefined,
    overload: undefined,
    log: { kind: "sqlite", trouble: undefined },
    nowMs: 1_700_000_060_500,
    ...changes,
  });
}

/** A report from within a shutdown of 100 clients, after so many ms. */
async function reportDuring(ms: number, manners?: "mute"): Promise<StatusReport> {
  const clock = new FakeClock();
  const shutdown = new Shutdown(
    { server: { shutdown: () => Promise.resolve() }, connections: crowd(clock, 100, manners) },
    { clock, unreadyDelayMs: 1_000, random: () => 0.5 },
  );
  const done = shutdown.start("SIGTERM");
  await clock.advance(ms);
  const progress = shutdown.progress();
  await clock.runUntil(done);
  return report({ progress, notReady: `shutting down (${progress.state})` });
}

Deno.test("numbers read as people write them", () => {
  assertEquals([0, 9_999, 10_000, 1_234_567].map(count), [
    "0",
    "9999",
    "10\u202f000",
    "1\u202f234\u202f567",
  ]);
  assertEquals([0, 0.126, 12.34, 99.96, 1_234].map(decimal), ["0", "0.13", "12.3", "100", "1234"]);
  const durations = [0, 1.25, 999, 1_000, 2_500, 59_900, 60_000, 3_660_000, 90_000_000, 86_400_000];
  assertEquals(durations.map((ms) => duration(ms).replaceAll("\u00a0", " ")), [
    "0 ms",
    "1.3 ms",
    "999 ms",
    "1 s",
    "2.5 s",
    "59.9 s",
    "1 min",
    "1 h 1 min",
    "1 d 1 h",
    "1 d",
  ]);
  const sizes = [0, 1_023, 1_024, 1_536, 100 * 2 ** 20].map((n) =>
    bytes(n).replaceAll("\u00a0", " ")
  );
  assertEquals(sizes, ["0 B", "1023 B", "1 KiB", "1.5 KiB", "100 MiB"]);
});

Deno.test("headlineOf() tells a server that serves from one that is not ready, and why", () => {
  assertEquals(headlineOf(report()).title, "Serving");
  const full = headlineOf(report({ notReady: "full (3 of 3 clients)" }));
  assertEquals([full.tone, full.title, full.sentence], [
    "busy",
    "Not ready",
    "Full (3 of 3 clients).",
  ]);
  const judgement = { ...AT_EASE, memory: { value: 9, level: "hard" as const } };
  const overload = "memory is 9 B, hard limit 8 B";
  assertEquals(headlineOf(report({ notReady: `overloaded (${overload})`, overload, judgement })), {
    tone: "bad",
    title: "Overloaded",
    sentence: "Memory is 9 B, hard limit 8 B. The newest clients are sent away.",
  });
  assertEquals(headlineOf(report({ overload })).tone, "busy");
});

Deno.test("headlineOf() follows a shutdown to its end", async () => {
  const unready = await reportDuring(500);
  assertEquals(headlineOf(unready).title, "Getting ready to leave");
  const drain = await reportDuring(1_500);
  assertEquals(headlineOf(drain), {
    tone: "busy",
    title: "Draining",
    sentence: "50 of 100 clients have left; the last slot is in 500\u00a0ms.",
  });
  assertEquals(drain.shutdown!.phases.map(({ state }) => state), [
    "done",
    "done",
    "now",
    "ahead",
    "ahead",
  ]);
  const over = await reportDuring(5_000);
  assertEquals([headlineOf(over).tone, headlineOf(over).title], ["over", "Closed"]);
  const forced = await reportDuring(25_000, "mute");
  assertEquals([headlineOf(forced).tone, headlineOf(forced).title], ["bad", "Closed by force"]);
});

Deno.test("silentHeadline() knows a server that has left from one that does not answer", async () => {
  assertEquals(silentHeadline(undefined).title, "No answer");
  assertEquals(silentHeadline(report()).title, "No answer");
  assertEquals(silentHeadline(await reportDuring(1_500)).title, "Gone");
  assertEquals(silentHeadline(await reportDuring(5_000)).title, "Closed");
});

Deno.test("figuresOf() gives each number what belongs to it", () => {
  const figures = figuresOf(report());
  assertEquals(figures.clients, [
    "15",
    "of 10\u202f000 at most, 1 joining, 3 lagging, 4 leaving, 5 closing",
  ]);
  assertEquals(figures.accepted, ["12.3", "a second; 40 in all"]);
  assertEquals(figures.batch, ["4", "in a batch, sent in 0.3\u00a0ms"]);
  assertEquals(figures.log, ["4\u00a0KiB", "in SQLite"]);
  const nats = figuresOf(report({ log: { kind: "nats", trouble: undefined } }));
  assertEquals(nats.log?.[1], "in NATS");
  const trouble = figuresOf(report({ log: { kind: "sqlite", trouble: "the disk is full" } }));
  assertEquals(trouble.log![1], "the disk is full");
});

Deno.test("receiptLines() tells what the shutdown did", async () => {
  const { shutdown } = await reportDuring(5_000);
  const lines = Object.fromEntries(receiptLines(shutdown!.receipt!));
  assertEquals(lines["Asked for by"], "SIGTERM");
  assertEquals(lines.Clients, "100 in all, 100 closed");
  assertEquals(lines["Close codes"], "100 with 1012");
  assertEquals(lines["Exit code"], "0");
});

Deno.test("slotsView() counts each exit once, in its part of the window", () => {
  const view = slotsView({
    leftMs: [0, 10, 399],
    dueMs: [400, 999, 1_000],
    windowMs: 1_000,
    atMs: 400,
  });
  assertEquals([view.partMs, view.left.length], [25, SLOT_PARTS]);
  assertEquals([view.left[0], view.left[15], view.ahead[16], view.ahead[39]], [2, 1, 1, 2]);
});

Deno.test("slotsView() puts who is overdue at the present, and knows an empty drain", () => {
  const late = slotsView({ leftMs: [], dueMs: [100], windowMs: 1_000, atMs: 500 });
  assertEquals([late.ahead[4], late.ahead[20]], [0, 1]);
  const none = slotsView({ leftMs: [], dueMs: [], windowMs: 0, atMs: 0 });
  assertEquals([...none.left, ...none.ahead].every((n) => n === 0), true);
});

Deno.test("RateMeter tells the rate over its last samples only", () => {
  const meter = new RateMeter();
  assertEquals(meter.perSecond, 0);
  meter.note(1_000, 0);
  assertEquals(meter.perSecond, 0);
  for (let second = 1; second <= 10; second++) meter.note(1_000 + second * 20, second * 1_000);
  assertEquals([meter.perSecond, meter.growth], [20, 100]);
});
