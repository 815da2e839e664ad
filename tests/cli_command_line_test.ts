import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { OptionError } from "@lastcall/lastcall";
import { type Command, readCommand } from "../cli/loadtest/command_line.ts";
import { formatThreshold } from "../cli/loadtest/thresholds.ts";

/** Reads a command line with these variables and files. */
function read(
  args: string[],
  { env = {}, files = {} }: { env?: Record<string, string>; files?: Record<string, unknown> } = {},
): Command {
  return readCommand(args, {
    readEnv: (name) => env[name],
    readText(file) {
      if (!(file in files)) throw new Error("no such file");
      const content = files[file];
      return typeof content === "string" ? content : JSON.stringify(content);
    },
  });
}

function planOf(...given: Parameters<typeof read>) {
  const command = read(...given);
  if (command.do !== "run") throw new Error(`Cannot test: it is to ${command.do}`);
  return command.plans[0]!;
}

Deno.test("a flag wins over a variable, it over the file, it over the scenario, it over defaults", () => {
  const warmup = (...given: Parameters<typeof read>) => planOf(...given).warmupMs;
  const files = { "a.json": { warmup: "4s" } };
  const config = ["kill9", "--config", "a.json"];
  const env = { LOADTEST_WARMUP: "3s" };
  assertEquals(warmup([]), 2_000);
  assertEquals(warmup(["kill9"]), 500);
  assertEquals(warmup(config, { files }), 4_000);
  assertEquals(warmup(["kill9"], { files, env: { LOADTEST_CONFIG: "a.json" } }), 4_000);
  assertEquals(warmup(config, { files, env }), 3_000);
  assertEquals(warmup([...config, "--warmup", "1s"], { files, env }), 1_000);
});

Deno.test("a file has settings by flag: numbers, texts, switches and lists", () => {
  const content = {
    ...{ clients: 500, mix: "normal=90%,mute=10%", "allow-remote": true },
    threshold: ["lost count == 0", "exit_time max < 9s"],
  };
  const plan = planOf(["--config", "a.json"], { files: { "a.json": content } });
  assertEquals([plan.clients, plan.kinds.mute, plan.allowRemote], [500, 50, true]);
  assertEquals(plan.thresholds.map(formatThreshold), content.threshold);
});

Deno.test("readCommand() says what is wrong with a file, by its name and key", () => {
  for (
    const [content, wanted] of [
      ["{", "a.json must be JSON;"],
      ["[1]", 'a.json must hold an object such as {"clients": 500}; got [1]'],
      [{ cleints: 5 }, 'a.json has the unknown key "cleints"; did you mean "clients"?'],
      [
        { clients: "many" },
        '"clients" in a.json must be a whole number from 1 to 50000; got "many"',
      ],
      [{ threshold: ["lots count == 0"] }, "there is no metric lots; did you mean lost?"],
      [{ config: "b.json" }, 'a.json must not have the key "config": it is only a flag'],
    ] as [unknown, string][]
  ) {
    const files = { "a.json": content };
    const wrong = () => read(["--config", "a.json"], { files });
    assertStringIncludes(assertThrows(wrong, OptionError).message, wanted);
  }
  const missing = assertThrows(() => read(["--config", "b.json"]), OptionError);
  assertStringIncludes(missing.message, "--config must be a file that can be read; no such file");
});

Deno.test("readCommand() plays several scenarios in turn, with one seed", () => {
  const command = read(["rolling", "kill9"]);
  const plans = command.do === "run" ? command.plans : [];
  assertEquals(plans.map(({ scenario }) => scenario), ["rolling", "kill9"]);
  assertEquals(plans[0]!.seed, plans[1]!.seed);
  assertEquals(plans.map(({ warmupMs }) => warmupMs), [2_000, 500]);
  const all = read(["all", "--dry-run"]);
  assertEquals(all.do === "dry-run" && all.plans.length, 10);
});

Deno.test("readCommand() knows everything else that can be done", () => {
  assertEquals(read(["--help"]), { do: "help" });
  assertEquals(read(["--version"]), { do: "version" });
  assertEquals(read(["--list"]), { do: "list" });
  assertEquals(read(["--selftest"]), { do: "selftest" });
  const check = read(["--check", "j.ndjson", "--json", "-", "--threshold", "gaps count == 0"]);
  if (check.do !== "check") throw new Error("Cannot test: it is no check");
  assertEquals([check.journal, check.output.json], ["j.ndjson", "-"]);
  assertEquals(check.thresholds?.map(formatThreshold), ["gaps count == 0"]);
  const plain = read(["--check", "j.ndjson"]);
  assertEquals("thresholds" in plain, false);
});

Deno.test("readCommand() refuses flags that do not go together", () => {
  for (
    const [args, wanted] of [
      [
        ["--check", "j", "-c", "5"],
        "--check starts no run, so --clients must not be given with it",
      ],
      [["--check", "j", "rolling"], "--check starts no run, so rolling must not be given with it"],
      [["--check", "j", "--list"], "--check starts no run, so --list must not be given with it"],
      [["--selftest", "--seed", "5"], "--selftest starts no run, so --seed must not"],
      [["--list", "--json", "-"], "--list starts no run, so --json must not"],
      [["--json", "-", "--journal", "-"], "only one of --json and --journal must be -"],
      [["--html", "-", "--json", "-"], "only one of --json and --html must be -"],
      [["--protocol", "plain", "--journal", "j"], "--journal needs --protocol v1; got plain"],
      [["--protocol", "echo", "--html", "h"], "--html needs --protocol v1; got echo"],
      [["strom"], "must be one of steady, rolling, kill9, storm, slow, half-open, mute, flood, "],
      [["rolling", "nothing"], 'got "nothing"'],
      [["freeze", "--protocol", "plain"], "freeze needs --protocol v1, whose clients come back"],
      [["all", "--protocol", "plain"], "kill9 needs --protocol v1"],
      [["--protocol", "plain", "--restarts", "2"], "--restarts above 1 needs --protocol v1"],
      [["--protocol", "plain", "--rooms", "2"], "--rooms above 1 needs --protocol v1; got 2"],
      [["-c", "3", "--rooms", "4"], "--rooms must be at most the normal clients (3); got 4"],
      [["flood", "-c", "10"], "--rate must be at most 2 for each of 9 normal clients; got 20"],
    ] as [string[], string][]
  ) assertStringIncludes(assertThrows(() => read(args), OptionError).message, wanted);
});
