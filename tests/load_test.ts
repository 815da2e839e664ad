import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { AT_EASE, CALM_MS, judge, type Limits, type Resource } from "../src/load/judge.ts";
import { Lag } from "../src/load/lag.ts";
import { limitsOf } from "../src/load/limits.ts";
import { memoryLimits } from "../src/load/memory.ts";
import { LoadMonitor } from "../src/load/monitor.ts";
import { ShedPace } from "../src/load/shed.ts";
import { overloadOf } from "../src/load/words.ts";
import { FakeClock } from "./fake_clock.ts";
import { TestLog } from "./harness.ts";

const LIMITS: Record<Resource, Limits> = {
  lag: { soft: 200, hard: 2_000 },
  memory: { soft: 800, hard: 900 },
  clients: { soft: 90 },
};

/** The levels of the lag over time, one value a second. */
function levels(values: number[], everyMs = 1_000): string {
  let judgement = AT_EASE;
  return values.map((lag, i) => {
    const measured = { lag, memory: 0, clients: 0 };
    judgement = judge(judgement, measured, { limits: LIMITS, nowMs: i * everyMs });
    return judgement.lag.level[0];
  }).join("");
}

Deno.test("judge() enters a level at its limit, at once", () => {
  assertEquals(levels([0, 199, 200, 1_999, 2_000]), "nnssh");
  assertEquals(levels([9_000]), "h");
});

Deno.test("judge() leaves a level only when the value stayed below half of its limit", () => {
  assertEquals(CALM_MS, 2_000);
  assertEquals(levels([200, 150, 100, 99, 99, 99, 99]), "sssssnn");
  assertEquals(levels([200, 99, 99, 120, 99, 99, 99]), "ssssssn");
});

Deno.test("judge() does not flap around a limit", () => {
  const values = Array.from({ length: 100 }, (_, i) => i % 2 ? 201 : 120);
  assertEquals(levels(values).slice(1), "s".repeat(99));
});

Deno.test("judge() goes down from hard to soft, then to normal", () => {
  assertEquals(levels([2_000, 500, 500, 500, 500, 0, 0, 0]), "hhhssssn");
});

Deno.test("judge() knows no level without a limit, and keeps resources apart", () => {
  const values = { lag: 0, memory: 850, clients: 1e6 };
  const { lag, memory, clients } = judge(AT_EASE, values, { limits: LIMITS, nowMs: 0 });
  assertEquals([lag.level, memory.level, clients.level], ["normal", "soft", "soft"]);
  const none = { lag: {}, memory: {}, clients: {} };
  assertEquals(judge(AT_EASE, values, { limits: none, nowMs: 0 }).clients.level, "normal");
});

Deno.test("Lag forgives one pause and tells a loop that is always late", () => {
  const lag = new Lag();
  lag.note({ plannedMs: 100, tookMs: 350 });
  assert(lag.ms < 100, `${lag.ms}`);
  for (let i = 0; i < 50; i++) lag.note({ plannedMs: 100, tookMs: 400 });
  assertAlmostEquals(lag.ms, 300, 10);
  for (let i = 0; i < 100; i++) lag.note({ plannedMs: 100, tookMs: 99 });
  assert(lag.ms < 5, `${lag.ms}`);
  // A process that stood still for ten seconds is not overloaded now; one that does so again is.
  lag.note({ plannedMs: 100, tookMs: 10_100 });
  assert(lag.ms < 2_000, `${lag.ms}`);
  lag.note({ plannedMs: 100, tookMs: 10_100 });
  assert(lag.ms > 2_000, `${lag.ms}`);
});

Deno.test("ShedPace takes a twentieth in a second, at least one, at most the rate", () => {
  const inTenSeconds = (clients: number, maxPerSecond: number) => {
    const pace = new ShedPace();
    let left = clients;
    const taken: number[] = [];
    for (let i = 0; i < 100; i++) {
      taken.push(pace.take({ clients: left, elapsedMs: 100, maxPerSecond }));
      left -= taken.at(-1)!;
    }
    assert(Math.max(...taken) <= Math.ceil(maxPerSecond / 10), `${taken}`);
    return clients - left;
  };
  assertAlmostEquals(inTenSeconds(1_000, 100), 400, 20);
  assertEquals(inTenSeconds(10_000, 100), 1_000);
  assertAlmostEquals(inTenSeconds(15, 100), 10, 1);
  assertEquals(inTenSeconds(3, 100), 3);
  assertEquals(inTenSeconds(0, 100), 0);
});

Deno.test("ShedPace does not make up for a tick that came late", () => {
  const taken = new ShedPace().take({ clients: 1_000, elapsedMs: 60_000, maxPerSecond: 100 });
  assertEquals(taken, 50);
});

Deno.test("memoryLimits() takes what was set, 0 as none, and shares of the container", () => {
  assertEquals(memoryLimits({}, undefined), {});
  assertEquals(memoryLimits({}, 1_000), { soft: 800, hard: 900 });
  assertEquals(memoryLimits({ soft: 0 }, 1_000), { hard: 900 });
  assertEquals(memoryLimits({ soft: 5, hard: 6 }, 1_000), { soft: 5, hard: 6 });
});

Deno.test("limitsOf() sets nine tenths of the clients, unless that is all of them", () => {
  const settings = { softLagMs: 200, hardLagMs: 0, softMemoryBytes: 0, hardMemoryBytes: 0 };
  const { lag, clients } = limitsOf({ ...settings, maxClients: 10_000 });
  assertEquals([lag, clients], [{ soft: 200, hard: undefined }, { soft: 9_000 }]);
  assertEquals(limitsOf({ ...settings, maxClients: 5 }).clients, { soft: undefined });
  assertEquals(limitsOf({ ...settings, maxClients: 5, softClients: 2 }).clients, { soft: 2 });
});

Deno.test("overloadOf() names each resource with value and limit", () => {
  assertEquals(overloadOf(AT_EASE, LIMITS), undefined);
  const values = { lag: 350, memory: 2_048, clients: 95 };
  const judgement = judge(AT_EASE, values, { limits: LIMITS, nowMs: 0 });
  assertEquals(
    overloadOf(judgement, LIMITS),
    "the event loop is 350ms late, soft limit 200ms; memory is 2 KiB, hard limit 900 B; " +
      "there are 95 clients, soft limit 90",
  );
  assertEquals(overloadOf(judgement, LIMITS, ["clients"]), "there are 95 clients, soft limit 90");
});

Deno.test("overloadOf() says when a resource has only not been calm for long enough", () => {
  const options = { limits: LIMITS, nowMs: 0 };
  const before = judge(AT_EASE, { lag: 350, memory: 0, clients: 0 }, options);
  const after = judge(before, { lag: 20, memory: 0, clients: 0 }, options);
  assertEquals(
    overloadOf(after, LIMITS),
    "the event loop is 20ms late, soft limit 200ms, not calm for long enough",
  );
});

Deno.test("LoadMonitor sends nobody away any more as soon as the value has fallen", async () => {
  const clock = new FakeClock();
  let memory = 900;
  using monitor = new LoadMonitor({
    limits: LIMITS,
    clients: () => 0,
    memoryBytes: () => memory,
    clock,
    log: new TestLog(),
  });
  await clock.advance(100);
  assertEquals(monitor.isTooMuch, true);
  memory = 100;
  await clock.advance(100);
  assertEquals([monitor.isTooMuch, monitor.judgement.memory.level], [false, "hard"]);
});

Deno.test("LoadMonitor tells each change once, and knows the load at any moment", async () => {
  const clock = new FakeClock();
  const log = new TestLog();
  let [clients, memory] = [0, 0];
  using monitor = new LoadMonitor({
    limits: LIMITS,
    clients: () => clients,
    memoryBytes: () => memory,
    clock,
    log,
  });
  await clock.advance(1_000);
  assertEquals([monitor.overload, log.texts], [undefined, []]);
  clients = 90;
  assertStringIncludes(monitor.overload!, "there are 90 clients");
  assertEquals([monitor.refusal, monitor.isTooMuch], [undefined, false]);
  memory = 900;
  await clock.advance(1_000);
  assertStringIncludes(monitor.refusal!, "memory is 900 B, hard limit 900 B");
  assertEquals(monitor.isTooMuch, true);
  [clients, memory] = [0, 0];
  await clock.advance(5_000);
  assertEquals(monitor.overload, undefined);
  assertEquals(log.records.map(({ level }) => level), ["warn", "warn", "info"]);
  assertStringIncludes(log.texts[1]!, "the newest clients leave");
});
