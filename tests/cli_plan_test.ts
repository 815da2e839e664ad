import { assertEquals, assertNotEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { helpText, OptionError, resolveOptions } from "@lastcall/lastcall";
import { allocate, arrange, mix } from "../cli/loadtest/mix.ts";
import { describePlan } from "../cli/loadtest/describe_plan.ts";
import { makePlan } from "../cli/loadtest/plan.ts";
import { isLoopback } from "../cli/loadtest/target_plan.ts";
import { SETTINGS } from "../cli/loadtest/settings.ts";

function plan(...args: string[]) {
  const { settings, words } = resolveOptions(SETTINGS, args);
  return makePlan(settings, words);
}

Deno.test("mix reads shares that add up to 100 and nothing else", () => {
  assertEquals(mix.parse("normal=95%,mute=2%,slow=2%,half-open=1%"), {
    normal: 95,
    mute: 2,
    slow: 2,
    "half-open": 1,
  });
  assertEquals(mix.parse(" normal=99.9% , slow=0.1%"), { normal: 99.9, slow: 0.1 });
  for (
    const text of [
      "",
      "normal",
      "normal=100",
      "normal=90%",
      "normal=90%,mute=11%",
      "normal=50%,normal=50%",
      "loud=100%",
      "normal=-1%,mute=101%",
    ]
  ) assertEquals(mix.parse(text), undefined, text);
});

Deno.test("allocate() gives whole clients that add up, the largest remainders first", () => {
  const shares = mix.parse("normal=95%,mute=2%,slow=2%,half-open=1%")!;
  assertEquals(allocate(2_000, shares), {
    normal: 1_900,
    mute: 40,
    slow: 40,
    "half-open": 20,
    flood: 0,
  });
  assertEquals(allocate(10, shares), { normal: 10, mute: 0, slow: 0, "half-open": 0, flood: 0 });
  assertEquals(allocate(30, shares), { normal: 28, mute: 1, slow: 1, "half-open": 0, flood: 0 });
  for (let clients = 1; clients < 200; clients++) {
    const counts = Object.values(allocate(clients, shares));
    assertEquals(counts.reduce((sum, count) => sum + count, 0), clients);
  }
});

Deno.test("arrange() mixes the kinds, in the same way for the same seed", () => {
  const counts = { normal: 90, mute: 5, slow: 5, "half-open": 0, flood: 0 };
  const order = arrange(counts, 7);
  assertEquals(order.filter((kind) => kind === "normal").length, 90);
  assertEquals(order.filter((kind) => kind === "mute").length, 5);
  assertEquals(arrange(counts, 7), order);
  assertNotEquals(arrange(counts, 8), order);
  assertEquals(order.lastIndexOf("normal") > order.indexOf("mute"), true);
});

Deno.test("makePlan() starts this project's server with its limits out of the way", () => {
  const { target, signals, exitCodes, kinds } = plan("--clients", "2000");
  const limits = [
    ...["--rate-limit-burst", "1000000", "--flood-limit", "10000000"],
    ...["--allowed-origins", "http://localhost:8080"],
  ];
  assertEquals(target, {
    kind: "lastcall",
    flags: ["--max-clients", "4064", ...limits, "--retain-messages", "5000000"],
  });
  assertEquals(plan("--clients", "2000", "--protocol", "plain").target, {
    kind: "lastcall",
    flags: ["--max-clients", "2064", ...limits, "--log", "memory:"],
  });
  assertEquals([signals, exitCodes, kinds.normal], [1, [0], 2_000]);
  const lines = describePlan(plan("--size", "1KiB"));
  assertStringIncludes(lines.join("\n"), "--max-message-size 1024");
  for (const line of lines) assertEquals(line.length <= 80, true, line);
});

Deno.test("makePlan() allows exit code 3 when someone will have to be forced", () => {
  assertEquals(plan("--mix", "normal=90%,mute=10%").exitCodes, [0, 3]);
  assertEquals(plan("--mix", "normal=90%,mute=10%", "--exit-codes", "7").exitCodes, [7]);
});

Deno.test("makePlan() aims at a command, at both, or at a URL that nobody signals", () => {
  assertEquals(plan("--spawn", "node s.js").target, {
    kind: "spawn",
    command: "node s.js",
    url: "ws://127.0.0.1:{port}/",
  });
  assertEquals(plan("--spawn", "x", "--target", "ws://localhost:{port}/ws").target, {
    kind: "spawn",
    command: "x",
    url: "ws://localhost:{port}/ws",
  });
  const url = plan("--target", "ws://127.0.0.1:9000/ws");
  assertEquals(url.target, { kind: "url", url: "ws://127.0.0.1:9000/ws" });
  assertEquals(url.signals, 0);
});

Deno.test("makePlan() restarts each of two servers once, unless it is told otherwise", () => {
  const facts = (...args: string[]) => {
    const { scenario, instances, faults, repeat } = plan(...args);
    return [scenario, instances, faults, repeat];
  };
  assertEquals(facts(), ["rolling", 2, 2, 1]);
  assertEquals(facts("kill9", "--repeat", "20"), ["kill9", 2, 2, 20]);
  assertEquals(facts("--instances", "3"), ["rolling", 3, 3, 1]);
  assertEquals(facts("--signals", "0"), ["rolling", 2, 0, 1]);
  assertEquals(facts("--spawn", "x"), ["rolling", 1, 1, 1]);
  assertEquals(facts("--spawn", "x", "--instances", "2"), ["rolling", 2, 2, 1]);
  assertEquals(facts("--target", "ws://127.0.0.1:9/"), ["rolling", 1, 0, 1]);
  assertEquals(facts("--protocol", "echo"), ["rolling", 1, 1, 1]);
  assertEquals(facts("--restarts", "5"), ["rolling", 2, 5, 1]);
  assertEquals(facts("--restarts", "0"), ["rolling", 2, 0, 1]);
});

Deno.test("makePlan() rejects settings that contradict each other", () => {
  for (
    const [args, wanted] of [
      [["strom"], "the scenario must be one of steady, rolling, kill9, storm, "],
      [["rolling", "kill9"], 'got "rolling kill9"'],
      [["kill9", "--protocol", "echo"], "kill9 needs --protocol v1, whose clients come back"],
      [["--instances", "2", "--protocol", "plain"], "--instances above 1 needs --protocol v1"],
      [["--instances", "2", "--target", "ws://127.0.0.1:9/"], "and servers that are started here"],
      [["--fault-at", "15s"], "--fault-at must be less than --duration (15s); got 15s"],
      [["--target", "ws://example.com/"], "must be on this machine without --allow-remote"],
      [["--target", "ws://127.0.0.1:{port}/"], "must name a port without --spawn"],
      [["-c", "3", "--mix", "mute=100%"], "must leave a normal client out of 3; got none"],
      [["--rate", "1000000"], "must be at most 5000000 messages"],
      [["--rate", "1000000", "--protocol", "plain"], "must be at most 20000000 messages"],
      [["--spawn", "x {dir}", "--protocol", "echo"], "{dir} in --spawn needs --protocol v1"],
      [["--size", "10B"], "--size must be a number of bytes"],
      [["--target", "http://127.0.0.1/"], "--target must be a ws: or wss: URL"],
      [["--close-codes", "1000,x"], "--close-codes must be whole numbers from 0 to 4999"],
    ] as [string[], string][]
  ) assertStringIncludes(assertThrows(() => plan(...args), OptionError).message, wanted);
});

Deno.test("makePlan() leaves room for every message that can fall due", () => {
  // 2 s warm-up, signal at 5 s, 1 s pause, 30 s grace, 10 s settling.
  assertEquals(plan("--protocol", "plain", "--rate", "500").maxMessages, 500 * 48 + 1);
  assertEquals(plan("--rate", "1", "-d", "1h", "--signals", "0").maxMessages, 3_612 + 1);
  // The same, with two faults, and 70 s after each for everybody to come back.
  assertEquals(plan("--rate", "1").maxMessages, 2 + 5 + 2 * (1 + 30 + 70) + 10 + 1);
  assertEquals(plan("--rate", "100000", "-d", "10s").maxMessages, 5_000_000);
});

Deno.test("isLoopback() knows this machine by any of its names", () => {
  for (const host of ["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "a.localhost"]) {
    assertEquals(isLoopback(`ws://${host}:1/`), true, host);
  }
  for (const host of ["example.com", "10.0.0.1", "127.0.0.1.example.com", "[::2]"]) {
    assertEquals(isLoopback(`ws://${host}:1/`), false, host);
  }
});

Deno.test("every option of the load test fits a line of help and has a valid default", () => {
  for (const line of helpText(SETTINGS, "x").split("\n")) {
    assertEquals(line.length <= 140, true, line);
  }
  resolveOptions(SETTINGS, []);
});
