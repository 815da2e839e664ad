import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Results } from "../cli/bench/samples.ts";
import { testThatNeeds } from "./needs.ts";

const ROOT = new URL("..", import.meta.url);
const NEEDS = {
  permissions: ["run", "read", "write", "env"] as Deno.PermissionName[],
  programs: ["node", "cat"],
};
const DEADLINE_MS = 60_000;

function start(args: readonly string[], env: Record<string, string> = {}): Deno.ChildProcess {
  const permissions = [
    ...["--allow-run", "--allow-net=127.0.0.1", "--allow-read=data", "--allow-write"],
  ];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...permissions, "cli/bench.ts", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).spawn();
}

async function bench(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await start(args).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

testThatNeeds(NEEDS, "bench measures our server and ws, and writes it all down", async () => {
  const json = await Deno.makeTempFile({ suffix: ".json" });
  const markdown = await Deno.makeTempFile({ suffix: ".md" });
  try {
    const files = ["--json", json, "--markdown", markdown];
    const parts = ["--only", "cpu,idle,busy,memory,log"];
    const load = ["--quick", "--servers", "lastcall,ws", ...parts];
    const { code, stdout, stderr } = await bench(...load, ...files);
    assertEquals(code, 0, stderr);
    const { samples, commits, failures, absent, absentStores }: Results = JSON.parse(
      await Deno.readTextFile(json),
    );
    assertEquals([failures, absent], [[], {}], stderr);
    assertEquals(samples.length, 8);
    for (const { part, server, values } of samples.filter(({ part }) => part !== "memory")) {
      const { deliveriesPerSecond = 0, p50Ms = 0, p99Ms = 0 } = values;
      assert(deliveriesPerSecond > 0, `${part} ${server}`);
      assert(p50Ms > 0 && p50Ms <= p99Ms, `${part} ${server}: ${p50Ms}, ${p99Ms}`);
    }
    assertEquals(commits.length, 2 * (5 - Object.keys(absentStores).length));
    assert(commits.every(({ usPerMessage }) => usPerMessage > 0));
    assertMatch(stdout, /^memory per idle connection +KiB /m);
    assertMatch(stdout, /^sqlite: normal +µs\/message /m);
    assertStringIncludes(await Deno.readTextFile(markdown), "| memory per idle connection");
  } finally {
    await Promise.all([json, markdown].map((file) => Deno.remove(file)));
  }
});

const NATS_TOO = { ...NEEDS, programs: ["cat", "nats-server"] };

testThatNeeds(NATS_TOO, "bench measures our server on each log, NATS with it", async () => {
  const json = await Deno.makeTempFile({ suffix: ".json" });
  try {
    const { code, stdout, stderr } = await bench("--quick", "--only", "backends", "--json", json);
    assertEquals(code, 0, stderr);
    const { backends, failures, machine }: Results = JSON.parse(await Deno.readTextFile(json));
    assertEquals([failures, backends.length], [[], 12], stderr);
    for (const { store, load, values } of backends) {
      assert(values.messagesPerSecond! > 0, `${store}, ${load}`);
      assert(values.p50Ms! > 0 && values.p50Ms! <= values.p99Ms!, `${store}, ${load}`);
      assertEquals(values.natsUs !== undefined, store.startsWith("nats"), store);
    }
    assertMatch(machine.versions["nats-server"]!, /^\d+\.\d+/);
    assertMatch(stdout, /^messages carried at most +\/s /m);
  } finally {
    await Deno.remove(json);
  }
});

testThatNeeds(NEEDS, "bench says that NATS is left out where it is not here", async () => {
  // Only what else it needs is on the PATH.
  const bin = await Deno.makeTempDir();
  try {
    for (const name of ["cat", "uname"]) await Deno.symlink(`/bin/${name}`, `${bin}/${name}`);
    const args = ["--quick", "--only", "log"];
    const { code, stdout } = await start(args, { PATH: bin }).output();
    assertEquals(code, 0);
    const text = new TextDecoder().decode(stdout);
    assertMatch(text, /^nats R3 +µs\/message +left out: no nats-server +left out/m);
    assertMatch(text, /^sqlite: full +µs\/message +[\d.]/m);
  } finally {
    await Deno.remove(bin, { recursive: true });
  }
});

testThatNeeds(NEEDS, "bench stops when it is told to, and reports nothing", async () => {
  await using bench = start(["--only", "cpu", "--servers", "lastcall", "--seconds", "600"]);
  const stderr = bench.stderr.getReader();
  await stderr.read();
  bench.kill("SIGTERM");
  assertEquals((await bench.status).code, 130);
  assertEquals(await new Response(bench.stdout).text(), "");
  await stderr.cancel();
});

testThatNeeds(NEEDS, "bench explains itself, and refuses what it does not know", async () => {
  const help = await bench("--help");
  assertEquals(help.code, 0);
  assertStringIncludes(help.stdout, "--markdown FILE");
  const refused = await bench("--only", "cpu,speed");
  assertEquals(refused.code, 2);
  assertMatch(refused.stderr, /^Cannot start: --only must be one or more of cpu, idle, busy/);
});
