import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import type { Receipt } from "../src/shutdown/receipt.ts";
import { Shutdown } from "../src/shutdown/shutdown.ts";
import type { ShutdownOptions } from "../src/shutdown/options.ts";
import { FakeClock } from "./fake_clock.ts";
import { crowd, FakeLeaver } from "./fake_leavers.ts";
import { TestLog } from "./harness.ts";

interface Scene {
  clock: FakeClock;
  log: TestLog;
  shutdown: Shutdown;
  receipts: Receipt[];
}

function scene(
  connections: (clock: FakeClock) => FakeLeaver[],
  options: ShutdownOptions = {},
  stopServer: () => Promise<void> = () => Promise.resolve(),
): Scene {
  const clock = new FakeClock();
  const log = new TestLog();
  const receipts: Receipt[] = [];
  const shutdown = new Shutdown(
    { server: { shutdown: stopServer }, connections: connections(clock) },
    { clock, log, onReceipt: (receipt) => void receipts.push(receipt), ...options },
  );
  return { clock, log, shutdown, receipts };
}

Deno.test("Shutdown goes through its phases, each with its time and budget", async () => {
  const { clock, shutdown } = scene((clock) => crowd(clock, 200), { unreadyDelayMs: 5_000 });
  const { phases, durationMs, exitCode } = await clock.runUntil(shutdown.start("SIGTERM"));
  assertEquals(phases.map(({ name, budgetMs }) => [name, budgetMs]), [
    ["unready", 5_000],
    ["notice", 0],
    ["drain", 17_500],
    ["force", 0],
    ["flush", 2_500],
  ]);
  assertEquals([phases[0]!.durationMs, phases[2]!.startMs], [5_000, 5_000]);
  assert(durationMs >= 6_900 && durationMs <= 7_100, `${durationMs}`);
  assertEquals(exitCode, 0);
});

Deno.test("Shutdown is ready, then accepting, then neither", async () => {
  const { clock, shutdown } = scene((clock) => crowd(clock, 1), { unreadyDelayMs: 1_000 });
  const look = () => [shutdown.state, shutdown.isReady, shutdown.isAccepting];
  assertEquals(look(), ["serving", true, true]);
  assertEquals(shutdown.refusal(), undefined);
  const done = shutdown.start("test");
  assertEquals(look(), ["unready", false, true]);
  await clock.advance(1_000);
  assertEquals(look(), ["drain", false, false]);
  assertEquals(shutdown.refusal()?.status, 503);
  await clock.runUntil(done);
  assertEquals(look(), ["done", false, false]);
});

Deno.test("Shutdown ends inside its budget with stuck clients, hooks and server together", async () => {
  const { clock, shutdown } = scene(
    (clock) => [new FakeLeaver(clock, "answers", 1e9), ...crowd(clock, 5, "mute")],
    {},
    () => new Promise(() => {}),
  );
  shutdown.addHook("stuck", () => new Promise(() => {}));
  const receipt = await clock.runUntil(shutdown.start("SIGTERM"));
  assertEquals([receipt.durationMs, receipt.budgetMs], [25_000, 25_000]);
  assertEquals([receipt.serverStopped, receipt.exitCode], [false, 1]);
  assertEquals([receipt.clients.forced, receipt.clients.unanswered], [1, 5]);
});

Deno.test("Shutdown exits with 3 when someone was forced, 1 when a hook failed, else 0", async () => {
  const code = async (people: (clock: FakeClock) => FakeLeaver[], fail = false) => {
    const { clock, shutdown } = scene(people);
    if (fail) shutdown.addHook("fails", () => Promise.reject(new Error("no")));
    return (await clock.runUntil(shutdown.start("test"))).exitCode;
  };
  assertEquals(await code((clock) => crowd(clock, 3)), 0);
  assertEquals(await code((clock) => crowd(clock, 3, "already gone")), 0);
  assertEquals(await code((clock) => crowd(clock, 3, "mute")), 3);
  assertEquals(await code((clock) => [new FakeLeaver(clock, "answers", 1e9)]), 3);
  assertEquals(await code((clock) => crowd(clock, 3, "mute"), true), 1);
});

Deno.test("Shutdown stops the server last, after the hooks and the first receipt", async () => {
  const order: string[] = [];
  const { clock, shutdown } = scene(
    (clock) => crowd(clock, 1),
    { onReceipt: ({ serverStopped }) => void order.push(`receipt, stopped ${serverStopped}`) },
    () => Promise.resolve(void order.push("server")),
  );
  shutdown.addHook("a", () => void order.push("hook a"));
  shutdown.addHook("b", () => void order.push("hook b"));
  await clock.runUntil(shutdown.start("test"));
  assertEquals(order, [
    "hook b",
    "hook a",
    "receipt, stopped null",
    "server",
    "receipt, stopped true",
  ]);
});

Deno.test("Shutdown asks for each client whether there is somewhere else to go", async () => {
  const hints: (number | undefined)[] = [];
  let asked = 0;
  const { clock, shutdown } = scene(
    (clock) =>
      crowd(clock, 4).map((leaver) => {
        const leave = leaver.leave.bind(leaver);
        leaver.leave = (options) => {
          hints.push(options.reconnectAfterMs);
          return leave(options);
        };
        return leaver;
      }),
    { restartMs: 60_000, hasAlternates: () => asked++ < 2 },
  );
  await clock.runUntil(shutdown.start("test"));
  assertEquals(hints.map((ms) => ms! >= 60_000), [false, false, true, true]);
});

Deno.test("Shutdown does first what is to be done at the start, in the unready phase", async () => {
  const told = Promise.withResolvers<void>();
  const { clock, shutdown } = scene((clock) => crowd(clock, 1), { atTheStart: () => told.promise });
  const done = shutdown.start("test");
  await clock.advance(499);
  assertEquals(shutdown.state, "unready");
  told.resolve();
  await clock.advance(0);
  assertEquals(shutdown.state, "drain");
  const { phases } = await clock.runUntil(done);
  assertEquals(phases[0]!.durationMs, 499);
});

Deno.test("Shutdown waits for the start for a fiftieth of its budget, not beside the unready delay", async () => {
  const takenMs = async (options: ShutdownOptions) => {
    const { clock, shutdown } = scene((clock) => crowd(clock, 1, "mute"), {
      atTheStart: () => new Promise(() => {}),
      ...options,
    });
    const { phases, durationMs, budgetMs } = await clock.runUntil(shutdown.start("test"));
    assert(durationMs <= budgetMs, `${durationMs}`);
    return phases[0]!.durationMs;
  };
  assertEquals(await takenMs({}), 500);
  assertEquals(await takenMs({ budgetMs: 1_000, answerMs: 100 }), 20);
  assertEquals(await takenMs({ unreadyDelayMs: 5_000 }), 5_000);
});

Deno.test("Shutdown survives a start that fails, and says so", async () => {
  const { clock, shutdown, log } = scene((clock) => crowd(clock, 1), {
    atTheStart() {
      throw new Error("no");
    },
  });
  assertEquals((await clock.runUntil(shutdown.start("test"))).exitCode, 0);
  assertStringIncludes(log.texts.join("\n"), "The start of the shutdown failed: Error: no");
});

Deno.test("Shutdown survives a receipt that cannot be kept, and says so", async () => {
  const { clock, shutdown, log } = scene((clock) => crowd(clock, 1), {
    onReceipt: () => Promise.reject(new Error("disk full")),
  });
  assertEquals((await clock.runUntil(shutdown.start("test"))).exitCode, 0);
  assertStringIncludes(log.texts.join("\n"), "Cannot keep the receipt: Error: disk full");
});

Deno.test("Shutdown tells its progress and keeps its last word", async () => {
  const { clock, shutdown } = scene((clock) => crowd(clock, 100), {
    counts: () => ({ accepted: 7 }),
  });
  assertEquals(shutdown.progress(), { state: "serving" });
  const done = shutdown.start("SIGTERM");
  await clock.advance(500);
  const { state, elapsedMs, remainingMs, clientsRemaining, receipt } = shutdown.progress();
  assertEquals([state, elapsedMs, remainingMs], ["drain", 500, 24_500]);
  assert(clientsRemaining! > 40 && clientsRemaining! < 60, `${clientsRemaining}`);
  assertEquals(receipt?.clients.total, 100);
  const last = await clock.runUntil(done);
  await clock.advance(60_000);
  assertEquals(shutdown.progress().receipt, last);
  assertEquals(last.counts, { accepted: 7 });
});

Deno.test("Shutdown tells planned against actual rate", async () => {
  const { clock, shutdown } = scene((clock) => crowd(clock, 400), { minRate: 50 });
  const { rate } = await clock.runUntil(shutdown.start("test"));
  assertEquals([rate.strategy, rate.windowMs, rate.plannedPerSecond], ["paced", 8_000, 50]);
  assert(Math.abs(rate.actualPerSecond - 50) < 1, `${rate.actualPerSecond}`);
});

Deno.test("Shutdown plans for who is there when the drain begins, not when the signal came", async () => {
  const people: FakeLeaver[] = [];
  const { clock, shutdown } = scene((clock) => (people.push(...crowd(clock, 1)), people), {
    unreadyDelayMs: 5_000,
  });
  const done = shutdown.start("test");
  await clock.advance(4_000);
  people.push(...crowd(clock, 499));
  const { rate, clients } = await clock.runUntil(done);
  assertEquals([clients.closed, rate.windowMs], [500, 5_000]);
});

Deno.test("Shutdown tells its observer of each step, in order", async () => {
  const told: string[] = [];
  const { clock, shutdown } = scene((clock) => crowd(clock, 1), {
    observer: {
      begin: (reason) => void told.push(`begin ${reason}`),
      phase: (name) => (told.push(name), (record) => void told.push(`/${record.name}`)),
      end: ({ exitCode }) => void told.push(`end ${exitCode}`),
    },
  });
  await clock.runUntil(shutdown.start("SIGTERM"));
  const phases = ["unready", "notice", "drain", "force", "flush"];
  const pairs = phases.flatMap((name) => [name, `/${name}`]);
  assertEquals(told, ["begin SIGTERM", ...pairs, "end 0"]);
});

Deno.test("Shutdown does one thing last of all, which gets what is left of the budget and no more", async () => {
  const states: unknown[] = [];
  const { clock, shutdown, log } = scene((clock) => crowd(clock, 1), {
    budgetMs: 10_000,
    atTheEnd(leftMs) {
      states.push(shutdown.state, shutdown.progress().receipt?.serverStopped, leftMs > 9_000);
      return new Promise(() => {});
    },
  });
  const startedAt = clock.now();
  const receipt = await clock.runUntil(shutdown.start("SIGTERM"));
  assertEquals(states, ["done", true, true]);
  assertAlmostEquals(clock.now() - startedAt, 10_000, 1);
  assert(receipt.durationMs < 1_000);
  assertEquals(await shutdown.done, receipt);
  assertEquals(log.records.filter(({ level }) => level === "error"), []);
});

Deno.test("Shutdown survives a last thing that fails, and says so", async () => {
  const { clock, shutdown, log } = scene((clock) => crowd(clock, 1), {
    atTheEnd: () => Promise.reject(new Error("no")),
  });
  assertEquals((await clock.runUntil(shutdown.start("SIGTERM"))).exitCode, 0);
  assertStringIncludes(log.texts.join("\n"), "The end of the shutdown failed: Error: no");
});

Deno.test("Shutdown shows the exits of its drain, done and ahead", async () => {
  const { clock, shutdown } = scene((clock) => crowd(clock, 100));
  const done = shutdown.start("SIGTERM");
  assertEquals(shutdown.progress().slots, undefined);
  await clock.advance(500);
  const { slots, phase } = shutdown.progress();
  const sum = (parts: number[]) => parts.reduce((total, n) => total + n, 0);
  assertEquals([phase?.name, slots?.atMs], ["drain", 500]);
  assertEquals(sum(slots!.left) + sum(slots!.ahead), 100);
  assert(Math.abs(sum(slots!.left) - 50) <= 1);
  await clock.runUntil(done);
  assertEquals(sum(shutdown.progress().slots!.left), 100);
  assertEquals(shutdown.progress().phase, undefined);
});
