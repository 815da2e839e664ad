import { assert, assertEquals, assertMatch } from "@std/assert";
import { parseDuration } from "../src/duration.ts";
import { testThatNeeds } from "./needs.ts";

const READS = { permissions: ["read"] as Deno.PermissionName[] };
const SYSTEMD = {
  permissions: ["run", "read", "write", "env"] as Deno.PermissionName[],
  programs: ["systemd-analyze"],
};

const read = () => Deno.readTextFileSync("deploy/lastcall.service");
/** What a key is set to, the values of all its lines. */
const valuesOf = (key: string) =>
  read().split("\n").filter((line) => line.startsWith(`${key}=`))
    .map((line) => line.slice(key.length + 1));

async function analyze(...args: string[]) {
  const command = new Deno.Command("systemd-analyze", {
    args,
    env: { SYSTEMD_COLORS: "0", SYSTEMD_PAGER: "" },
    signal: AbortSignal.timeout(30_000),
  });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Verifies the unit, changed by `change`, with a deno that is there. */
async function verify(change: (text: string) => string = (text) => text) {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/lastcall.service`;
    const unit = read().replaceAll("/opt/lastcall/bin/deno", Deno.execPath());
    await Deno.writeTextFile(file, change(unit));
    return await analyze("verify", file);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

testThatNeeds(SYSTEMD, "systemd has nothing to complain about in the unit", async () => {
  const { code, stderr } = await verify();
  assertEquals([code, stderr], [0, ""]);
});

testThatNeeds(
  SYSTEMD,
  "systemd would complain about a key or a program that is not there",
  async () => {
    const typo = await verify((text) => text.replace("KillMode=", "KilMode="));
    assertMatch(typo.stderr, /Unknown key.* 'KilMode'/);
    const missing = await verify((text) => text.replaceAll(Deno.execPath(), "/no/such/deno"));
    assertMatch(missing.stderr, /no\/such\/deno is not executable/);
  },
);

testThatNeeds(SYSTEMD, "systemd finds the unit little exposed", async () => {
  const { stdout } = await analyze("security", "--offline=yes", "deploy/lastcall.service");
  const [, level] = /exposure level for lastcall.service: ([\d.]+) OK/.exec(stdout) ?? [];
  assert(Number(level) <= 1.5, stdout.split("\n").at(-2));
});

testThatNeeds(
  READS,
  "the unit has the permissions of the start task, with its folder for data",
  () => {
    const task: string = JSON.parse(Deno.readTextFileSync("deno.json")).tasks.start.command;
    const permissions = (text: string) =>
      text.split(" ").filter((word) => word.startsWith("--allow-")).sort();
    const [exec] = valuesOf("ExecStart");
    assertEquals(permissions(exec!.replaceAll("/var/lib/lastcall", "data")), permissions(task));
    assertEquals(valuesOf("StateDirectory"), ["lastcall"]);
  },
);

testThatNeeds(
  READS,
  "systemd waits for longer than the budget, and signals the server alone",
  () => {
    const environment = valuesOf("Environment").join(" ");
    const budget = /LASTCALL_SHUTDOWN_BUDGET=(\S+)/.exec(environment)![1]!;
    const [timeout] = valuesOf("TimeoutStopSec");
    assert(parseDuration(timeout!)! >= parseDuration(budget)! + 10_000);
    assertEquals([valuesOf("KillMode"), valuesOf("KillSignal")], [["mixed"], ["SIGTERM"]]);
  },
);
