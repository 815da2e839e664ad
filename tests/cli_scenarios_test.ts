import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { resolveOptions } from "@lastcall/lastcall";
import { readCommand } from "../cli/loadtest/command_line.ts";
import { dryRunText } from "../cli/loadtest/dry_run.ts";
import { makePlan, type Plan } from "../cli/loadtest/plan.ts";
import { listScenarios, SCENARIO_NAMES, scenarioOf } from "../cli/loadtest/scenarios.ts";
import { SETTINGS } from "../cli/loadtest/settings.ts";

function plansOf(...args: string[]): Plan[] {
  const command = readCommand(args, { readEnv: () => undefined, readText: () => "" });
  if (!("plans" in command)) throw new Error(`Cannot test: no plans, but ${command.do}`);
  return command.plans;
}

const planOf = (...args: string[]) => plansOf(...args)[0]!;
const dryRun = (...args: string[]) => plansOf(...args).map(dryRunText).join("\n");

Deno.test("every scenario makes a plan, with its own defaults", () => {
  for (const name of SCENARIO_NAMES) {
    const plan = planOf(name);
    const { fault, judging, defaults } = scenarioOf(name);
    assertEquals([plan.scenario, plan.fault, plan.judging], [name, fault, judging]);
    const layer = { source: name, values: defaults };
    const { settings } = resolveOptions(SETTINGS, [], () => undefined, [layer]);
    assertEquals([plan.durationMs, plan.mix], [settings.durationMs, settings.mix]);
  }
});

Deno.test("scenarios differ in what they do and in what they expect", () => {
  const facts = (name: string) => {
    const { fault, faults, signals, exitCodes, judging, isRandom, ignoresHints } = planOf(name);
    const { cutsExpected, resumeNeeded, reconnectsLimited } = judging;
    return [
      ...[fault, faults, signals, exitCodes, cutsExpected, resumeNeeded, reconnectsLimited],
      ...[isRandom, ignoresHints],
    ];
  };
  assertEquals(facts("steady"), ["none", 0, 0, [0], false, false, false, false, false]);
  assertEquals(facts("rolling"), ["restart", 2, 1, [0], false, true, true, false, false]);
  assertEquals(facts("kill9"), ["kill", 2, 1, [0], true, true, false, true, false]);
  assertEquals(facts("storm"), ["restart", 2, 1, [0], false, true, false, false, true]);
  assertEquals(facts("mute"), ["restart", 1, 1, [0, 3], false, true, true, false, false]);
  assertEquals(facts("flood"), ["restart", 1, 1, [0, 3], false, true, false, false, false]);
  assertEquals(facts("freeze"), ["freeze", 2, 1, [0], false, false, false, false, false]);
  assertEquals(facts("double-signal"), ["restart", 2, 2, [0], false, true, false, false, false]);
});

Deno.test("servers leave at once in a storm, and keep their limits in a flood", () => {
  const flags = (name: string) => {
    const { target } = planOf(name);
    return target.kind === "lastcall" ? target.flags.join(" ") : "";
  };
  assertStringIncludes(flags("storm"), "--drain-strategy immediate");
  assert(!flags("rolling").includes("--drain-strategy"));
  assertStringIncludes(flags("rolling"), "--flood-limit 10000000");
  assert(!flags("flood").includes("limit"));
  const ours = planOf("rolling", "--mix", "normal=90%,flood=10%").target;
  assert(ours.kind === "lastcall" && !ours.flags.includes("--flood-limit"));
});

Deno.test("plain and echo play what needs one server that stays away", () => {
  const playable = SCENARIO_NAMES.filter((name) => {
    try {
      makePlan(resolveOptions(SETTINGS, ["--protocol", "plain"]).settings, [name]);
      return true;
    } catch {
      return false;
    }
  });
  assertEquals(playable, [
    ...["steady", "rolling", "slow", "half-open", "mute", "flood", "double-signal"] as const,
  ]);
});

Deno.test("listScenarios() has every scenario, and all", () => {
  const list = listScenarios();
  for (const name of [...SCENARIO_NAMES, "all"]) {
    assert(list.includes(`\n${name} `) || list.startsWith(name));
  }
  assertStringIncludes(list, "--mix normal=90%,mute=10%");
});

Deno.test("dryRunText() gives the same bytes for the same seed, and others for another", () => {
  const args = ["all", "--dry-run", "-c", "50", "--rooms", "3", "--repeat", "2"];
  assertEquals(dryRun(...args, "--seed", "5"), dryRun(...args, "--seed", "5"));
  assertNotEquals(dryRun(...args, "--seed", "5"), dryRun(...args, "--seed", "6"));
});

Deno.test("dryRunText() has who connects where, every fault, limits and what is started", () => {
  const text = dryRun(
    ...["kill9", "-c", "9", "--rooms", "2", "--seed", "5", "--restarts", "3"],
    ...["--threshold", "lost count == 0"],
  );
  for (
    const wanted of [
      ...["kill9", "seed 5", "server 1: main.ts --max-clients", "server 2: main.ts"],
      ...["room r1", "message n is due after n / 100 s, from client n % 9"],
      ...["fault 1: SIGKILL to server 1", "fault 3: SIGKILL to server 1", "lost count == 0"],
    ]
  ) assertStringIncludes(text, wanted);
  assertStringIncludes(dryRun("freeze"), "SIGSTOP, and SIGCONT 3s later, to server 2");
  assertStringIncludes(dryRun("double-signal"), "2 × SIGTERM, one second apart");
  assertStringIncludes(dryRun("steady"), "fault    none");
  assertStringIncludes(dryRun("--spawn", "node s.js"), "server 1: node s.js");
  assertStringIncludes(dryRun("--target", "ws://127.0.0.1:9/"), "nothing: clients connect to ws:");
});
