import { assert, assertEquals } from "@std/assert";
import { resolveOptions } from "@lastcall/lastcall";
import type { Exit } from "../cli/loadtest/child.ts";
import { makeFaults } from "../cli/loadtest/load/faults.ts";
import type { Victim, VictimProcess } from "../cli/loadtest/load/victim.ts";
import { makePlan, type Plan } from "../cli/loadtest/plan.ts";
import { SETTINGS } from "../cli/loadtest/settings.ts";
import { TargetError } from "../cli/loadtest/target.ts";
import { FakeClock } from "./fake_clock.ts";

function planOf(...args: string[]): Plan {
  const all = ["--seed", "7", "--log", "nats:", "--fault-at", "1s", ...args];
  const { settings, words } = resolveOptions(SETTINGS, all);
  return makePlan(settings, words);
}

/** A NATS server without a process: a signal ends it 100 ms later. */
class FakeMember implements Victim {
  isCutOff = false;
  failure: TargetError | undefined;
  child: VictimProcess;
  readonly link = {
    down: () => this.#cut(true),
    up: () => this.#cut(false),
  };
  readonly #cluster: FakeCluster;
  #lives = 0;

  constructor(readonly name: string, cluster: FakeCluster) {
    this.#cluster = cluster;
    this.child = this.#newChild();
  }

  get listening() {
    return { m: this.name, url: `nats://${this.name}`, pid: this.child.pid };
  }

  isHealthy(): Promise<boolean> {
    return Promise.resolve(!this.isCutOff);
  }

  async start(): Promise<void> {
    await this.#cluster.clock.sleep(500);
    if (this.failure) throw this.failure;
    this.child = this.#newChild();
  }

  #cut(isCutOff: boolean): Promise<void> {
    this.isCutOff = isCutOff;
    this.#cluster.done.push(`${this.name} ${isCutOff ? "down" : "up"}`);
    return Promise.resolve();
  }

  #newChild(): VictimProcess {
    const { clock, done } = this.#cluster;
    const gone = Promise.withResolvers<Exit>();
    let exit: Exit | undefined;
    return {
      pid: ++this.#lives,
      get exit() {
        return exit;
      },
      exited: gone.promise,
      signal: (name) => {
        done.push(`${this.name} ${name}`);
        clock.sleep(100).then(() => {
          exit ??= { atMs: clock.now(), code: name === "SIGKILL" ? 137 : 0 };
          gone.resolve(exit);
        });
      },
      drained: () => Promise.resolve(),
    };
  }
}

class FakeCluster {
  readonly clock = new FakeClock(0);
  readonly done: string[] = [];
  readonly said: Record<string, unknown>[] = [];
  readonly instances: Victim[] = [];
  readonly members = ["n1", "n2", "n3"].map((name) => new FakeMember(name, this));

  async play(plan: Plan, more: { allFlows?: () => Promise<boolean>; abort?: AbortSignal } = {}) {
    let watched = 0;
    const done = makeFaults({
      plan,
      fleet: this,
      journal: { say: (event) => void this.said.push({ t: this.clock.now(), ...event }) },
      abort: new AbortController().signal,
      allLive: () => Promise.resolve(true),
      allFlows: () => this.clock.sleep(200).then(() => true),
      watch: async (abort) => {
        watched++;
        await this.clock.sleep(3_600_000, abort);
        watched--;
      },
      clock: this.clock,
      ...more,
    });
    await this.clock.runUntil(done);
    assertEquals(watched, 0, "somebody still watches");
    return this.said;
  }

  get story(): string[] {
    return this.said.map(({ e, t, m, signal }) => [t, e, m, signal].filter(Boolean).join(" "));
  }
}

Deno.test("makeFaults() kills a NATS server, starts it, and waits until messages flow", async () => {
  const cluster = new FakeCluster();
  const said = await cluster.play(planOf("nats-lame-duck", "--restarts", "2"));
  assertEquals(cluster.story, [
    ...["1000 signal n1 SIGUSR2", "1100 exit n1", "1600 member n1", "1800 back"],
    ...["2800 signal n2 SIGUSR2", "2900 exit n2", "3400 member n2", "3600 back"],
  ]);
  assertEquals(said[0], { t: 1_000, e: "signal", f: 0, m: "n1", signal: "SIGUSR2" });
  assertEquals(said[1], { t: 1_100, e: "exit", m: "n1", code: 0 });
  assertEquals(said[2], { t: 1_600, e: "member", m: "n1", url: "nats://n1", pid: 2 });
  assertEquals(said[7], { t: 3_600, e: "back", f: 1 });
});

Deno.test("makeFaults() kills each NATS server at a moment that the seed decides", async () => {
  const cluster = new FakeCluster();
  await cluster.play(planOf("nats-restart"));
  assertEquals(cluster.done, ["n1 SIGKILL", "n2 SIGKILL", "n3 SIGKILL"]);
  assertEquals(cluster.said.filter(({ e }) => e === "back").map(({ f }) => f), [0, 1, 2]);
  const again = new FakeCluster();
  await again.play(planOf("nats-restart"));
  assertEquals(again.story, cluster.story);
});

Deno.test("makeFaults() loses all NATS servers for ten seconds, in one fault", async () => {
  const cluster = new FakeCluster();
  const said = await cluster.play(planOf("nats-lost"));
  assertEquals(cluster.story, [
    ...["1000 signal n1 SIGKILL", "1000 signal n2 SIGKILL", "1000 signal n3 SIGKILL"],
    ...["1100 exit n1", "1100 exit n2", "1100 exit n3"],
    ...["11600 member n1", "11600 member n2", "11600 member n3", "11800 back"],
  ]);
  assertEquals(said.filter(({ e }) => e === "signal").map(({ f }) => f), [0, 0, 0]);
});

Deno.test("makeFaults() cuts a NATS server off, and lets it come back", async () => {
  const cluster = new FakeCluster();
  const said = await cluster.play(planOf("partition", "--restarts", "1"));
  assertEquals(cluster.story, [
    ...["1000 signal n1 partition", "1000 apart n1", "7000 joined n1", "7200 back"],
  ]);
  assertEquals(said[1], { t: 1_000, e: "apart", f: 0, m: "n1" });
  assertEquals(cluster.done, ["n1 down", "n1 up"]);
});

Deno.test("makeFaults() leaves no NATS server cut off, whatever happens", async () => {
  const heard = new FakeCluster();
  Object.defineProperty(heard.members[0], "isCutOff", { get: () => false, set: () => {} });
  await heard.play(planOf("partition"));
  assertEquals(heard.said.map(({ e }) => e), ["signal"]);
  assertEquals(heard.done, ["n1 down", "n1 up"]);
  const abort = new AbortController();
  const during = new FakeCluster();
  during.clock.sleep(3_000).then(() => abort.abort());
  await during.play(planOf("partition"), { abort: abort.signal });
  assertEquals(during.done, ["n1 down", "n1 up"]);
  assert(!during.said.some(({ e }) => e === "back"));
});

Deno.test("makeFaults() goes no further when NATS stays away, or messages do not flow", async () => {
  const broken = new FakeCluster();
  broken.members[0]!.failure = new TargetError("nats-server n1 did not get healthy");
  await broken.play(planOf("nats-restart"));
  assertEquals(broken.said.map(({ e }) => e), ["signal", "exit"]);
  const stuck = new FakeCluster();
  await stuck.play(planOf("nats-restart"), { allFlows: () => Promise.resolve(false) });
  assertEquals(stuck.said.map(({ e }) => e), ["signal", "exit", "member"]);
});
