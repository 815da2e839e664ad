import { assertEquals, assertNotEquals } from "@std/assert";
import { resolveOptions } from "@lastcall/lastcall";
import type { Exit } from "../cli/loadtest/child.ts";
import { makePlan, type Plan } from "../cli/loadtest/plan.ts";
import { processState, stateIn } from "../cli/loadtest/process_state.ts";
import type { Receipt } from "../cli/loadtest/run.ts";
import { SETTINGS } from "../cli/loadtest/settings.ts";
import { TargetError } from "../cli/loadtest/target.ts";
import { faultSchedule } from "../cli/loadtest/load/fault_schedule.ts";
import { makeFaults } from "../cli/loadtest/load/faults.ts";
import type { Victim, VictimProcess } from "../cli/loadtest/load/victim.ts";
import { FakeClock } from "./fake_clock.ts";
import { testThatNeeds } from "./needs.ts";

const RECEIPT: Receipt = {
  ...{ clients: { total: 0, closed: 0, byCode: {} }, exitCode: 0, durationMs: 5 },
};

function planOf(...args: string[]): Plan {
  const { settings, words } = resolveOptions(SETTINGS, ["--seed", "7", ...args]);
  return makePlan(settings, words);
}

/** How a process takes a signal: it ends so many ms later, or it does not. */
type Temper = (signal: Deno.Signal) => number | undefined;

class FakeProcess implements VictimProcess {
  exit: Exit | undefined;
  state = "S";
  readonly #exited = Promise.withResolvers<Exit>();
  readonly exited = this.#exited.promise;

  constructor(readonly pid: number, readonly fleet: FakeFleet, readonly temper: Temper) {}

  signal(name: Deno.Signal): void {
    this.fleet.signals.push([this.pid, name, this.fleet.clock.now()]);
    if (name === "SIGSTOP") this.state = "T";
    if (name === "SIGCONT") this.state = "S";
    const afterMs = name === "SIGKILL" ? 0 : this.temper(name);
    if (afterMs === undefined || this.exit) return;
    const code = name === "SIGKILL" ? 137 : 0;
    this.fleet.clock.sleep(afterMs).then(() => {
      this.exit ??= { atMs: this.fleet.clock.now(), code };
      this.#exited.resolve(this.exit);
    });
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }
}

/** Two servers without a process. */
class FakeFleet {
  readonly clock = new FakeClock(0);
  readonly said: Record<string, unknown>[] = [];
  readonly signals: [number, Deno.Signal, number][] = [];
  readonly instances: FakeVictim[];

  constructor(readonly temper: Temper = () => 100) {
    this.instances = [new FakeVictim(0, this), new FakeVictim(1, this)];
  }

  async play(plan: Plan, more: { abort?: AbortSignal; allLive?: () => Promise<boolean> } = {}) {
    const done = makeFaults({
      plan,
      fleet: this,
      journal: { say: (event) => void this.said.push({ t: this.clock.now(), ...event }) },
      abort: new AbortController().signal,
      allLive: () => this.clock.sleep(200).then(() => true),
      clock: this.clock,
      readState: (pid) => Promise.resolve(this.instances[pid % 10]!.child.state),
      ...more,
    });
    await this.clock.runUntil(done);
    return this.said;
  }

  /** What was said, without the rest. */
  get story(): string[] {
    return this.said.map(({ e, t, signal }) => `${t} ${e}${signal ? ` ${signal}` : ""}`);
  }
}

class FakeVictim implements Victim {
  child: FakeProcess;
  receipt: Receipt | undefined = RECEIPT;
  failure: TargetError | undefined;
  #lives = 0;

  constructor(readonly s: number, readonly fleet: FakeFleet) {
    this.child = new FakeProcess(s, fleet, fleet.temper);
  }

  get listening() {
    return { s: this.s, url: `ws://h/${this.s}`, pid: this.child.pid };
  }

  async start(): Promise<void> {
    await this.fleet.clock.sleep(50);
    if (this.failure) throw this.failure;
    this.child = new FakeProcess(++this.#lives * 10 + this.s, this.fleet, this.fleet.temper);
  }
}

Deno.test("makeFaults() restarts each server in turn, when everybody is back", async () => {
  const fleet = new FakeFleet();
  const said = await fleet.play(planOf("--fault-at", "3s"));
  assertEquals(fleet.story, [
    ...["3000 signal SIGTERM", "3100 exit", "3100 receipt", "3150 server", "3350 back"],
    ...["4350 signal SIGTERM", "4450 exit", "4450 receipt", "4500 server", "4700 back"],
  ]);
  assertEquals(said[0], { t: 3_000, e: "signal", f: 0, s: 0, signal: "SIGTERM" });
  assertEquals(said[1], { t: 3_100, e: "exit", s: 0, code: 0 });
  assertEquals(said[2], { t: 3_100, e: "receipt", s: 0, receipt: RECEIPT });
  assertEquals(said[3], { t: 3_150, e: "server", s: 0, url: "ws://h/0", pid: 10 });
  assertEquals(said[9], { t: 4_700, e: "back", f: 1 });
});

Deno.test("makeFaults() makes as many faults as --restarts says", async () => {
  const fleet = new FakeFleet();
  const said = await fleet.play(planOf("--restarts", "3"));
  assertEquals(said.filter(({ e }) => e === "signal").map(({ f, s }) => [f, s]), [
    ...[[0, 0], [1, 1], [2, 0]],
  ]);
  const none = new FakeFleet();
  assertEquals(await none.play(planOf("--restarts", "0")), []);
});

Deno.test("makeFaults() kills at moments that the seed decides, and asks for no receipt", async () => {
  const plan = planOf("kill9", "--fault-at", "2s");
  const fleet = new FakeFleet();
  await fleet.play(plan);
  const [first, second] = faultSchedule(plan).map(({ waitMs }) => waitMs);
  assertEquals(fleet.signals.map(([, , atMs]) => atMs), [first, first! + 250 + second!]);
  assertEquals(fleet.said.map(({ e }) => e), [
    ...["signal", "exit", "server", "back", "signal", "exit", "server", "back"],
  ]);
  assertEquals(fleet.said[1]!.code, 137);
});

Deno.test("makeFaults() sends a second SIGTERM a second later, unless the process is gone", async () => {
  let heard = 0;
  const slow = new FakeFleet(() => ++heard % 2 === 0 ? 300 : undefined);
  await slow.play(planOf("double-signal", "--signals", "2", "--restarts", "1"));
  assertEquals(slow.story, [
    ...["5000 signal SIGTERM", "6000 signal SIGTERM", "6300 exit", "6300 receipt"],
    ...["6350 server", "6550 back"],
  ]);
  assertEquals(slow.said.filter(({ e }) => e === "signal").map(({ f }) => f), [0, 0]);
  const quick = new FakeFleet();
  await quick.play(planOf("--signals", "2", "--restarts", "1"));
  assertEquals(quick.signals.length, 1);
});

Deno.test("makeFaults() ends who outlives the grace period, and says so", async () => {
  const fleet = new FakeFleet(() => undefined);
  await fleet.play(planOf("--grace", "2s", "--restarts", "1"));
  assertEquals(fleet.signals.map(([, name, atMs]) => [name, atMs]), [
    ...[["SIGTERM", 5_000], ["SIGKILL", 7_000]],
  ]);
  assertEquals(fleet.said[1], { t: 7_000, e: "exit", s: 0, code: 137, killed: true });
});

Deno.test("makeFaults() freezes a server for three seconds, and sees it stand still", async () => {
  const fleet = new FakeFleet();
  const said = await fleet.play(planOf("freeze", "--restarts", "1"));
  assertEquals(fleet.story, [
    ...["5000 signal SIGSTOP", "5000 frozen", "8000 thawed", "8200 back"],
  ]);
  assertEquals(said[1], { t: 5_000, e: "frozen", f: 0, s: 0 });
  assertEquals(fleet.signals.map(([, name]) => name), ["SIGSTOP", "SIGCONT"]);
});

Deno.test("makeFaults() says nothing of a freeze that it did not see, and goes no further", async () => {
  const fleet = new FakeFleet();
  const { child } = fleet.instances[0]!;
  Object.defineProperty(child, "state", { get: () => "S", set: () => {} });
  const said = await fleet.play(planOf("freeze"));
  assertEquals(said.map(({ e }) => e), ["signal"]);
  assertEquals(fleet.signals.map(([, name]) => name), ["SIGSTOP", "SIGCONT"]);
});

Deno.test("makeFaults() stops when a server cannot be started again, or not all come back", async () => {
  const broken = new FakeFleet();
  broken.instances[0]!.failure = new TargetError("it did not start", ["port in use"]);
  await broken.play(planOf());
  assertEquals(broken.said.map(({ e }) => e), ["signal", "exit", "receipt"]);
  const lonely = new FakeFleet();
  await lonely.play(planOf(), { allLive: () => Promise.resolve(false) });
  assertEquals(lonely.said.map(({ e }) => e), ["signal", "exit", "receipt", "server"]);
});

Deno.test("makeFaults() ends early when the run is aborted, and leaves nobody frozen", async () => {
  const before = new FakeFleet();
  assertEquals(await before.play(planOf(), { abort: AbortSignal.abort() }), []);
  const during = new FakeFleet();
  const abort = new AbortController();
  during.clock.sleep(6_000).then(() => abort.abort());
  await during.play(planOf("freeze"), { abort: abort.signal });
  assertEquals(during.said.map(({ e }) => e), ["signal", "frozen", "thawed"]);
  assertEquals(during.signals.map(([, name, atMs]) => [name, atMs]), [
    ...[["SIGSTOP", 5_000], ["SIGCONT", 6_000]],
  ]);
});

Deno.test("faultSchedule() is the same for the same seed, and random only where it is to be", () => {
  const kills = (seed: string) => faultSchedule(planOf("kill9", "--seed", seed));
  assertEquals(kills("1"), kills("1"));
  assertNotEquals(kills("1"), kills("2"));
  for (const { waitMs } of kills("3")) assertEquals(waitMs >= 0 && waitMs < 6_000, true);
  assertEquals(faultSchedule(planOf("--seed", "1")), faultSchedule(planOf("--seed", "2")));
});

Deno.test("stateIn() finds the state behind any name of a process", () => {
  assertEquals(stateIn("12 (deno) S 1 12 0"), "S");
  assertEquals(stateIn("12 (a) T (b) T 1 12"), "T");
  assertEquals(stateIn(""), undefined);
});

testThatNeeds(
  { permissions: ["run"] },
  "processState() sees a process stop and go on",
  async () => {
    const child = new Deno.Command("sleep", { args: ["60"] }).spawn();
    const until = async (isIt: (state: string | undefined) => boolean) => {
      for (let i = 0; i < 200; i++) {
        if (isIt(await processState(child.pid))) return;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      throw new Error("Cannot wait on: the state did not come");
    };
    child.kill("SIGSTOP");
    await until((state) => state === "T");
    child.kill("SIGCONT");
    await until((state) => state === "S");
    child.kill("SIGKILL");
    await child.status;
    assertEquals(await processState(child.pid), undefined);
  },
);
