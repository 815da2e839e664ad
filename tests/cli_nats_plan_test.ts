import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { OptionError, resolveOptions } from "@lastcall/lastcall";
import { readCommand } from "../cli/loadtest/command_line.ts";
import { describePlan } from "../cli/loadtest/describe_plan.ts";
import { dryRunText } from "../cli/loadtest/dry_run.ts";
import { type LogChoice, logChoice } from "../cli/loadtest/log_choice.ts";
import { withNeighbours } from "../cli/loadtest/load/neighbours.ts";
import { faultSchedule } from "../cli/loadtest/load/fault_schedule.ts";
import { ownNames } from "../cli/loadtest/nats/stale_networks.ts";
import { checkNetwork } from "../cli/loadtest/network_check.ts";
import { makePlan, type Plan, type TargetPlan } from "../cli/loadtest/plan.ts";
import { allScenarios, type ScenarioName, scenarioOf } from "../cli/loadtest/scenarios.ts";
import { SETTINGS } from "../cli/loadtest/settings.ts";

/** As the command line makes it, with the scenario's own defaults. */
function planOf(name: ScenarioName, ...args: string[]): Plan {
  const scenario = { source: name, values: scenarioOf(name).defaults };
  const all = ["--seed", "7", ...args];
  return makePlan(resolveOptions(SETTINGS, all, () => undefined, [scenario]).settings, [name]);
}

function flagsIn(target: TargetPlan): string[] {
  return target.kind === "lastcall" ? target.flags : [];
}

Deno.test("--log is a file, memory, NATS servers of our own, or some that are there", () => {
  const cases: [string, LogChoice | undefined][] = [
    ["sqlite:", { kind: "sqlite" }],
    ["sqlite:data/chat.db", { kind: "sqlite", file: "data/chat.db" }],
    ["memory:", { kind: "memory" }],
    [" nats: ", { kind: "cluster" }],
    ["nats://127.0.0.1:4222/CHAT", {
      ...{ kind: "nats", url: "nats://127.0.0.1:4222", stream: "CHAT" },
    }],
    ["tls://a:1,[::1]:2/MY_CHAT-2", {
      ...{ kind: "nats", url: "tls://a:1,[::1]:2", stream: "MY_CHAT-2" },
    }],
    ...["", "memory", "sqlite", "nats://127.0.0.1:4222", "nats:///CHAT", "nats://a:b/CHAT"]
      .map((text): [string, undefined] => [text, undefined]),
    // Reports show it.
    ["nats://me:secret@127.0.0.1:4222/CHAT", undefined],
    ["nats://127.0.0.1:4222/CHAT.room", undefined],
    ["redis://127.0.0.1/", undefined],
  ];
  for (const [text, wanted] of cases) assertEquals(logChoice.parse(text), wanted, text);
});

Deno.test("makePlan() decides where messages are kept", () => {
  assertEquals(planOf("rolling").log, undefined);
  assertEquals(planOf("rolling", "--log", "sqlite:").log, undefined);
  assertEquals(planOf("rolling", "--log", "sqlite:x.db").log, { kind: "sqlite", file: "x.db" });
  assertEquals(planOf("steady", "--log", "memory:", "--instances", "1").log, { kind: "memory" });
  const cluster = (...args: string[]) => planOf("rolling", "--log", "nats:", ...args).log;
  assertEquals(cluster(), { kind: "cluster", servers: 3, replicas: 3 });
  assertEquals(cluster("--nats-servers", "1"), { kind: "cluster", servers: 1, replicas: 1 });
  assertEquals(cluster("--nats-replicas", "1"), { kind: "cluster", servers: 3, replicas: 1 });
  assertEquals(planOf("kill9", "--log", "nats://127.0.0.1:4222/A", "--nats-replicas", "3").log, {
    ...{ kind: "nats", url: "nats://127.0.0.1:4222", stream: "A", replicas: 3 },
  });
});

Deno.test("makePlan() hits each NATS server in turn, and loses all of them once", () => {
  const facts = (name: ScenarioName, ...args: string[]) => {
    const plan = planOf(name, ...args);
    return [plan.fault, plan.faults, ...faultSchedule(plan).map(({ victim }) => victim)];
  };
  assertEquals(facts("nats-restart"), ["nats-kill", 3, 0, 1, 2]);
  assertEquals(facts("nats-restart", "--restarts", "4"), ["nats-kill", 4, 0, 1, 2, 0]);
  assertEquals(facts("nats-lame-duck"), ["nats-lame-duck", 3, 0, 1, 2]);
  assertEquals(facts("nats-lost"), ["nats-loss", 1, 0]);
  assertEquals(facts("nats-lost", "--nats-servers", "1"), ["nats-loss", 1, 0]);
  assertEquals(facts("partition"), ["nats-partition", 3, 0, 1, 2]);
  assertEquals(facts("rolling", "--log", "nats:"), ["restart", 2, 0, 1]);
});

Deno.test("makePlan() refuses a log that does not go with the rest", () => {
  const cases: [ScenarioName, string[], string][] = [
    ["rolling", ["--log", "x"], "--log must be sqlite:, sqlite:FILE, memory:, nats: or nats://"],
    ["rolling", ["--log", "memory:"], "--log memory: needs --instances 1, for nobody else can"],
    ["rolling", ["--log", "nats:", "--spawn", "x"], "--log needs this project's servers; got --sp"],
    ["rolling", ["--log", "nats:", "--target", "ws://127.0.0.1:9/"], "servers; got --target"],
    ["rolling", ["--log", "nats:", "--protocol", "echo"], "--log needs --protocol v1; got echo"],
    ["rolling", ["--log", "nats://10.1.2.3:4222/A"], "--log must be on this machine without --all"],
    ["rolling", ["--log", "nats://127.0.0.1,h/A"], "on this machine without --allow-remote"],
    ["rolling", ["--nats-servers", "3"], "--nats-servers needs --log nats:, which starts them"],
    ["rolling", ["--log", "nats://127.0.0.1/A", "--nats-servers", "3"], "--nats-servers needs"],
    ["rolling", ["--log", "memory:", "--nats-replicas", "1"], "--nats-replicas needs --log nats:"],
    ["rolling", ["--log", "nats:", "--nats-servers", "2"], "--nats-servers must be 1 or 3"],
    [
      "rolling",
      ["--log", "nats:", "--nats-servers", "1", "--nats-replicas", "3"],
      "--nats-replicas must be at most --nats-servers (1); got 3",
    ],
    ["nats-lost", ["--log", "sqlite:"], "nats-lost needs --log nats:, for only NATS servers that"],
    ["partition", ["--log", "nats://127.0.0.1/A"], "can be made to fail; got nats://127.0.0.1/A"],
    ["nats-restart", ["--nats-servers", "1"], "nats-restart needs --nats-servers 3, of which one"],
    ["nats-lost", ["--target", "ws://127.0.0.1:9/"], "--log needs this project's servers; got --t"],
  ];
  for (const [name, args, wanted] of cases) {
    const { message } = assertThrows(() => planOf(name, ...args), OptionError);
    assertStringIncludes(message, wanted);
  }
  const far = planOf("rolling", "--log", "nats://10.1.2.3:4222/A", "--allow-remote");
  assertEquals(far.log?.kind, "nats");
});

Deno.test("all is without faults of NATS, unless there is NATS, and never needs root", () => {
  const withoutNats = allScenarios({ withNats: 0 });
  assert(withoutNats.includes("rolling") && !withoutNats.some((name) => name.startsWith("nats")));
  const of = (withNats: number) =>
    allScenarios({ withNats }).filter((name) => !withoutNats.includes(name));
  assertEquals(of(1), ["nats-lost"]);
  assertEquals(of(3), ["nats-restart", "nats-lame-duck", "nats-lost"]);
  const around = { readEnv: () => undefined, readText: () => "" };
  const command = readCommand(["all", "--dry-run", "--log", "nats:"], around);
  const names = command.do === "dry-run" ? command.plans.map(({ scenario }) => scenario) : [];
  assertEquals(names, allScenarios({ withNats: 3 }));
});

Deno.test("servers on NATS are told its address, the stream of the run, and its replicas", () => {
  const where = {
    index: 0,
    urls: ["ws://h:1/ws", "ws://h:2/ws"],
    folder: "/tmp/f",
    nats: "nats://h:4",
  };
  const flagsOf = (...args: string[]) => {
    const flags = flagsIn(withNeighbours(planOf("rolling", ...args), where));
    return (name: string) => flags.includes(name) ? flags[flags.indexOf(name) + 1] : undefined;
  };
  const own = flagsOf("--log", "nats:");
  assertEquals(own("--log"), "nats://h:4/LOADTEST_7");
  assertEquals(own("--nats-replicas"), "3");
  const given = flagsOf("--log", "nats://127.0.0.1:9/CHAT");
  assertEquals([given("--log"), given("--nats-replicas")], ["nats://127.0.0.1:9/CHAT", "1"]);
  assertEquals(flagsOf()("--log"), "sqlite:/tmp/f/log.db");
  assertEquals(flagsOf()("--alternates"), "ws://h:2/ws");
  assertEquals(flagsOf("--log", "sqlite:a/b.db")("--log"), "sqlite:a/b.db");
});

Deno.test("servers on NATS announce themselves; else, or behind a proxy, alternates are named", () => {
  const where = { index: 1, urls: ["ws://h:1/ws", "ws://h:2/ws"], folder: "/tmp/f" };
  const flagsOf = (...args: string[]) =>
    flagsIn(withNeighbours(planOf("rolling", ...args), { ...where, nats: "nats://h:4" })).join(" ");
  for (const log of ["nats:", "nats://127.0.0.1/A"]) {
    const flags = flagsOf("--log", log);
    assertStringIncludes(flags, "--announce ws://h:2/ws");
    assert(!flags.includes("--alternates"), flags);
  }
  const flags = flagsOf("--log", "sqlite:");
  assert(flags.endsWith("--alternates ws://h:1/ws") && !flags.includes("--announce"), flags);
  const proxied = flagsOf("--log", "nats:", "--via", "ws://127.0.0.1:8/ws", "--ports", "9001,9002");
  assert(proxied.endsWith("--alternates ws://127.0.0.1:8/ws"), proxied);
});

Deno.test("describePlan() and dryRunText() say which NATS servers there are and what is done", () => {
  const lines = (name: ScenarioName, ...args: string[]) => {
    const plan = planOf(name, ...args);
    return `${describePlan(plan).join("\n")}\n${dryRunText(plan)}`;
  };
  const restart = lines("nats-restart");
  assertStringIncludes(restart, "log      3 NATS servers started here, 3 replicas");
  assertStringIncludes(restart, "fault    SIGKILL after 1s and 2 more, to 3 NATS servers in turn");
  assertStringIncludes(restart, "fault 3: SIGKILL to NATS server n3");
  assertStringIncludes(restart, "with the stream LOADTEST_7");
  assertStringIncludes(
    lines("nats-lost"),
    "fault 1: SIGKILL to all NATS servers, which are started again 10s later",
  );
  assertStringIncludes(lines("nats-lame-duck"), "fault 2: SIGUSR2 to NATS server n2");
  const partition = lines("partition");
  assertStringIncludes(partition, "fault 1: NATS server n1 is cut off, and no more 6s later");
  assert(!partition.includes("gets SIGKILL"));
  assertStringIncludes(
    lines("rolling", "--log", "nats://127.0.0.1:9/A"),
    "log      nats://127.0.0.1:9/A, 1 replica",
  );
  assert(!lines("rolling").includes("log      "));
});

Deno.test("checkNetwork() asks only for a partition, and says what is needed", async () => {
  let asked = 0;
  const why = () => Promise.resolve(++asked > 0 ? "ip netns add x: Operation not permitted" : "");
  await checkNetwork([planOf("nats-restart"), planOf("rolling")], why);
  assertEquals(asked, 0);
  const plans = [planOf("rolling"), planOf("partition")];
  let message = "";
  await checkNetwork(plans, why).catch((error) => {
    assert(error instanceof OptionError);
    message = error.message;
  });
  assertStringIncludes(message, "partition needs root and the program ip (package iproute2)");
  assertStringIncludes(message, "Operation not permitted");
  await checkNetwork(plans, () => Promise.resolve(undefined));
});

Deno.test("ownNames() knows what a load test has made by its name", () => {
  const text = [
    "lc4711-a0n0 (id: 3)",
    "lc4711-a0n1",
    "other",
    "lc4711-a0v0@if2     UP   5e:89:85:4c:e1:fd <BROADCAST>",
    "lc12-zzb          UP   5e:89:85:4c:e1:fd <BROADCAST>",
    "lcbr0   DOWN",
    "eth0",
  ].join("\n");
  assertEquals(ownNames(text), [
    { name: "lc4711-a0n0", kind: "namespace", pid: 4711 },
    { name: "lc4711-a0n1", kind: "namespace", pid: 4711 },
    { name: "lc4711-a0v0", kind: "link", pid: 4711 },
    { name: "lc12-zzb", kind: "link", pid: 12 },
  ]);
});
