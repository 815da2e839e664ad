import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { NEEDS, peer, run, start } from "./cli_program.ts";
import { testThatNeeds } from "./needs.ts";
import { reportErrors } from "./report_schema.ts";

const QUICK = ["-c", "10", "--rate", "200", "--warmup", "200ms", "--fault-at", "400ms"];

/** Plays ten clients through a restart of `command`; the report comes back as JSON. */
async function judged(command: string, ...args: string[]) {
  const { code, stdout, stderr } = await run(
    "loadtest",
    ...["--spawn", command, "--protocol", "echo", "--json", "-", ...QUICK, ...args],
  );
  const report = JSON.parse(stdout || "{}");
  assertEquals(report.exitCode, code, stderr);
  assertEquals(reportErrors(report), []);
  return { ...report, text: stderr };
}

testThatNeeds(NEEDS, "loadtest passes a foreign server that closes in order", async () => {
  const report = await judged(peer("closes"));
  assertEquals([report.verdict, report.failures, report.missing], ["pass", [], []]);
  assertEquals(report.closes, [{ kind: "normal", code: "1001", count: 10 }]);
  const [{ exit, connected }] = report.faults;
  assertEquals([exit.code, connected], [0, 10]);
  const [warmUp, before] = report.phases;
  for (const { sent, seenByAll } of [warmUp, before]) {
    assert(sent > 20, `sent ${sent}`);
    assertEquals(seenByAll, sent);
  }
});

testThatNeeds(NEEDS, "loadtest fails a foreign server that just dies", async () => {
  const report = await judged(peer("dies"));
  assertEquals(report.verdict, "fail");
  assertEquals(report.failures, [
    "fault 1: the process ended with exit code 143 (SIGTERM); allowed: 0",
    "fault 1: 10 of 10 clients were cut: no Close frame came (1006)",
  ]);
  assertEquals(report.closes, [{ kind: "normal", code: "1006", count: 10 }]);
  assertEquals(report.exitCode, 10);
});

testThatNeeds(NEEDS, "loadtest kills and fails a server that ignores the signal", async () => {
  const report = await judged(peer("ignores"), "--grace", "700ms");
  assertEquals(report.exitCode, 10);
  assertStringIncludes(report.failures.join(), "still running 700ms after the signal");
  const [{ exit, isKilled }] = report.faults;
  assertEquals([exit.signal, isKilled], ["SIGKILL", true]);
});

testThatNeeds(NEEDS, "loadtest fails a server that talks after its Close frames", async () => {
  const report = await judged(peer("talks"));
  assertEquals(report.failures, ["10 connections got data after the Close frame"]);
});

testThatNeeds(NEEDS, "loadtest fails a server that turns clients away", async () => {
  const report = await judged(peer("closes", "refuses"));
  assertEquals(report.failures, ["5 of 10 normal clients could not connect: HTTP 503 (5)"]);
});

testThatNeeds(
  NEEDS,
  "loadtest fails a server that ends by itself, and shows its output",
  async () => {
    const report = await judged(peer("crashes"));
    assertEquals(report.exitCode, 10);
    assertStringIncludes(report.failures.join(), "server 1 ended by itself, with exit code 7");
    assertStringIncludes(report.text, "Last output of the server\n  listening\n");
  },
);

testThatNeeds(NEEDS, "loadtest allows other exit and close codes on request", async () => {
  const codes = ["--close-codes", "4321", "--exit-codes", "143,0"];
  const report = await judged(peer("closes=4321"), ...codes);
  assertEquals(report.verdict, "pass");
});

testThatNeeds(NEEDS, "loadtest says that a command did not start, and why", async () => {
  const script = 'console.error("no such thing");Deno.exit(4)';
  const { code, stdout } = await run(
    "loadtest",
    ...["--spawn", `${Deno.execPath()} eval '${script}'`, ...QUICK],
  );
  assertEquals(code, 13);
  assertMatch(stdout, /^NOT STARTED {2}the target did not start: it ended with exit code 4\n/);
  assertStringIncludes(stdout, "no such thing");
});

testThatNeeds(NEEDS, "loadtest explains a bad command line", async () => {
  const { code, stdout, stderr } = await run("loadtest", "--mix", "normal=50%");
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, "--mix must be shares in percent that add up to 100");
  const unwritable = await run("loadtest", "--json", "/no/such/folder/report.json");
  assertEquals(unwritable.code, 2);
  assertStringIncludes(unwritable.stderr, "--json must be a file that can be written");
  assertStringIncludes((await run("loadtest", "--help")).stdout, "Usage: deno task loadtest");
  assertMatch((await run("loadtest", "--version")).stdout, /^\d+\.\d+\.\d+\n$/);
});

testThatNeeds(NEEDS, "loadtest on a mere URL signals nobody and cannot say", async () => {
  await using server = await startPeer("broadcast");
  const { code, stdout } = await run(
    "loadtest",
    ...["--target", server.url, "--protocol", "plain", "--json", "-", ...QUICK, "-d", "500ms"],
  );
  const report = JSON.parse(stdout);
  assertEquals([code, report.verdict], [11, "unknown"]);
  assertEquals(report.missing, [
    "no fault was seen: with --target alone there is no process to signal",
  ]);
  const [, { sent, seenByAll }] = report.phases;
  assertEquals(seenByAll, sent);
  assertEquals(report.odd.backToSender, 0);
  assertEquals(server.isRunning(), true);
});

const STUBBORN = [...["--spawn", peer("ignores")], ...["--protocol", "echo"], ...QUICK];

testThatNeeds(NEEDS, "loadtest stops on Ctrl-C, reports, and leaves nobody behind", async () => {
  const args = [
    ...STUBBORN,
    "--fault-at",
    "10s",
    "--grace",
    "500ms",
    "--progress",
    "tty",
    "--json",
    "-",
  ];
  const program = start("loadtest", args);
  const progress = program.stderr.pipeThrough(new TextDecoderStream()).getReader();
  await readUntil(progress, "publishing");
  program.kill("SIGINT");
  // Nobody reads its progress any more: it must bear that too.
  await progress.cancel();
  const report = await new Response(program.stdout).json();
  assertEquals((await program.status).code, 130);
  assertEquals([report.verdict, report.failures], ["interrupted", []]);
  assertEquals(isAlive(report.instances[0].pid), false);
});

testThatNeeds(
  { permissions: [...NEEDS.permissions, "write"] },
  "loadtest ends at once on a second Ctrl-C, and so does its target",
  async () => {
    const file = await Deno.makeTempFile();
    const command = `sh -c 'echo $$ > ${file}; exec ${peer("ignores")}'`;
    const args = [...STUBBORN, "--spawn", command, "--fault-at", "10s", "--progress", "tty"];
    const program = start("loadtest", args);
    const progress = program.stderr.pipeThrough(new TextDecoderStream()).getReader();
    await readUntil(progress, "publishing");
    const startMs = performance.now();
    const insist = setInterval(() => {
      try {
        program.kill("SIGINT");
      } catch {
        // It is gone.
      }
    }, 100);
    assertEquals((await program.status).code, 130);
    clearInterval(insist);
    // Earlier than it would give up on the target by itself.
    assert(performance.now() - startMs < 3_000);
    assertEquals(await new Response(program.stdout).text(), "");
    await progress.cancel();
    const pid = Number(await Deno.readTextFile(file));
    await Deno.remove(file);
    assert(pid > 1);
    await untilGone(pid);
  },
);

const PLAIN = ["--protocol", "plain", ...QUICK];

testThatNeeds(NEEDS, "loadtest takes this project's server through a plain restart", async () => {
  const { code, stdout, stderr } = await run("loadtest", ...PLAIN, "--json", "-");
  const report = JSON.parse(stdout || "{}");
  assertEquals([code, report.failures, report.missing], [0, [], []], stderr);
  assertEquals(reportErrors(report), []);
  assertEquals(report.closes, [{ kind: "normal", code: "1012", count: 10 }]);
  const [{ receipt, contradictions }] = report.faults;
  assertEquals(receipt.clients.closed + receipt.clients.crossed, 10);
  assertEquals(contradictions, []);
});

testThatNeeds(NEEDS, "loadtest takes misbehaving plain clients along", async () => {
  const mix = "normal=70%,mute=10%,slow=10%,half-open=10%";
  const { code, stdout, stderr } = await run("loadtest", ...PLAIN, "--mix", mix, "--json", "-");
  const report = JSON.parse(stdout || "{}");
  assertEquals([code, report.failures, report.missing], [0, [], []], stderr);
  assertEquals(report.closes.slice(0, 2), [
    { kind: "normal", code: "1012", count: 7 },
    { kind: "mute", code: "1012", count: 1 },
  ]);
  assertEquals(report.closes.at(-1), { kind: "half-open", code: "left", count: 1 });
  assertEquals(report.faults[0].exit.code, 3);
});

async function startPeer(...behaviours: string[]) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const process = new Deno.Command("sh", {
    args: ["-c", `exec ${peer(...behaviours)}`],
    env: { PORT: String(port) },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = process.stdout.getReader();
  await reader.read(); // "listening"
  return {
    url: `ws://127.0.0.1:${port}/`,
    isRunning: () => isAlive(process.pid),
    async [Symbol.asyncDispose]() {
      process.kill("SIGKILL");
      await process.status;
      await reader.cancel();
    },
  };
}

async function readUntil(reader: ReadableStreamDefaultReader<string>, wanted: string) {
  for (let seen = ""; !seen.includes(wanted);) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`Cannot wait for ${wanted}: the output ended with ${seen}`);
    seen += value;
  }
}

/** Its parent is gone, so somebody else collects it, in their own time. */
async function untilGone(pid: number): Promise<void> {
  const deadline = performance.now() + 2_000;
  while (isAlive(pid)) {
    if (performance.now() > deadline) throw new Error(`Cannot go on: process ${pid} still lives`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function isAlive(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}
