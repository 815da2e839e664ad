import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { NEEDS, run, start } from "./cli_program.ts";
import { assertSound, judged, QUICK } from "./cli_judged.ts";
import { testThatNeeds } from "./needs.ts";

const WRITES = { permissions: [...NEEDS.permissions, "write" as const] };

testThatNeeds(WRITES, "loadtest restarts two servers in turn, and nothing is lost", async () => {
  const report = await judged();
  assertSound(report);
  assertEquals(report.verdict, "pass");
  const [first, second] = report.faults;
  assertEquals([first.instance, first.connected, first.resumed], [0, 10, 10]);
  assertEquals([second.instance, second.connected, second.resumed], [1, 20, 20]);
  for (const { exit, byCode, connected, receipt } of report.faults) {
    assertEquals([exit.code, byCode], [0, { "1012": connected }]);
    assertEquals(receipt.clients.total, connected);
  }
});

testThatNeeds(WRITES, "loadtest kills servers without a warning, and nothing is lost", async () => {
  const report = await judged("kill9", "--seed", "5");
  assertSound(report);
  for (const { exit, byCode, connected, resumed } of report.faults) {
    assertEquals([exit.signal, byCode, resumed], ["SIGKILL", { "1006": connected }, connected]);
  }
});

testThatNeeds(WRITES, "loadtest plays a plan again and gives one verdict", async () => {
  const report = await judged("kill9", "--instances", "1", "--repeat", "2");
  assertEquals([report.verdict, report.failures, report.runs.length], ["pass", [], 2], report.text);
  const [first, second] = report.runs;
  assertEquals(second.plan.seed, first.plan.seed + 1);
  assertEquals(
    report.messages.acknowledged,
    first.messages.acknowledged + second.messages.acknowledged,
  );
});

testThatNeeds(WRITES, "loadtest takes misbehaving clients along", async () => {
  const mix = "normal=70%,mute=10%,slow=10%,half-open=10%";
  const report = await judged("--instances", "1", "--mix", mix);
  assertSound(report);
  const [{ connected, receipt, byCode }] = report.faults;
  assertEquals([connected, byCode, receipt.clients.total], [14, { "1012": 14 }, 20]);
});

testThatNeeds(WRITES, "loadtest of v1 stops on Ctrl-C, and leaves no server behind", async () => {
  const args = [...QUICK, "--fault-at", "10s", "-d", "20s", "--progress", "tty", "--json", "-"];
  const program = start("loadtest", args);
  const progress = program.stderr.pipeThrough(new TextDecoderStream()).getReader();
  for (let seen = ""; !seen.includes("publishing");) {
    const { value, done } = await progress.read();
    if (done) throw new Error(`Cannot wait for publishing: the output ended with ${seen}`);
    seen += value;
  }
  program.kill("SIGINT");
  await progress.cancel();
  const report = await new Response(program.stdout).json();
  assertEquals((await program.status).code, 130);
  assertEquals([report.verdict, report.failures], ["interrupted", []]);
  for (const { pid } of report.instances) assertThrows(() => Deno.kill(pid, "SIGCONT"));
});

testThatNeeds(WRITES, "loadtest says that no server of lastcall.v1 started", async () => {
  const report = await judged("--spawn", `${Deno.execPath()} eval 'Deno.exit(4)'`);
  assertEquals([report.verdict, report.exitCode], ["not started", 13]);
});

testThatNeeds(WRITES, "loadtest tells a spawned server its folder and its peers", async () => {
  const { code, stdout } = await run(
    "loadtest",
    ...[...QUICK, "--instances", "3", "--target", "ws://127.0.0.1:{port}/ws"],
    ...["--spawn", "echo server {index} in {dir} on {port} beside {peers}."],
  );
  assertEquals(code, 13);
  assertMatch(
    stdout,
    /server 0 in \/\S+ on \d+ beside ws:\/\/127.0.0.1:\d+\/ws,ws:\/\/127.0.0.1:\d+\/ws\./,
  );
});
