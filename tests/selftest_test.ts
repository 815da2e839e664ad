import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { noPaint } from "../cli/loadtest/paint.ts";
import { type Fault, FAULTS, FINDINGS } from "../cli/loadtest/selftest/faults.ts";
import {
  gradeOf,
  type Play,
  type Played,
  resultLine,
  runSelftest,
  type SelftestResult,
  summaryLine,
} from "../cli/loadtest/selftest/selftest.ts";
import { selftestPlan } from "../cli/loadtest/selftest/selftest_plan.ts";

const PASS: Played = { verdict: "pass", exitCode: 0, findings: [] };
const SWAPS: Fault = {
  name: "swaps",
  what: "It swaps.",
  expect: { verdict: "fail", exitCode: 10, finding: "disorder", also: ["undelivered"] },
};
const HEALTHY: Fault = {
  name: "healthy",
  what: "It does nothing wrong.",
  expect: { verdict: "pass", exitCode: 0, finding: "none" },
};

function failed(...findings: string[]): Played {
  return { verdict: "fail", exitCode: 10, findings };
}

Deno.test("gradeOf() wants what was planted, and nothing else", () => {
  for (
    const [fault, played, wanted] of [
      [SWAPS, failed("disorder"), "found"],
      [SWAPS, failed("undelivered", "disorder"), "found"],
      [SWAPS, failed("undelivered"), "MISSED"],
      [SWAPS, PASS, "MISSED"],
      [SWAPS, failed("disorder", "lost"), "INVENTED"],
      [SWAPS, { ...failed("disorder"), verdict: "unknown", exitCode: 11 }, "MISSED"],
      [SWAPS, { ...failed("disorder"), exitCode: 12 }, "MISSED"],
      [HEALTHY, PASS, "found"],
      [HEALTHY, failed("lost"), "INVENTED"],
      [HEALTHY, failed(), "INVENTED"],
      [HEALTHY, { verdict: "not started", exitCode: 13, findings: [] }, "INVENTED"],
    ] as [Fault, Played, string][]
  ) assertEquals(gradeOf(fault.expect, played), wanted, JSON.stringify(played));
});

Deno.test("resultLine() says what was wanted and what came when they differ", () => {
  const result = { fault: SWAPS, played: failed("undelivered"), grade: "MISSED" } as const;
  assertEquals(resultLine(result, noPaint).split("\n"), [
    "MISSED    swaps          It swaps.",
    "          wanted fail (10): disorder, perhaps undelivered",
    "          got    fail (10): undelivered",
  ]);
  const good = { fault: HEALTHY, played: PASS, grade: "found" } as const;
  assertEquals(resultLine(good, noPaint), "found     healthy        It does nothing wrong.");
  assertEquals(
    summaryLine([result, good], noPaint),
    "FAIL  2 servers: 1 judged rightly, 1 missed, 0 invented",
  );
  assertStringIncludes(summaryLine([good], noPaint), "PASS  1 servers");
});

/** Plays by hand: each run waits until it is told what it came to. */
function handPlay() {
  const runs: { name: string; end: (played: Played) => void }[] = [];
  const play: Play = ({ target }) => {
    const name = target.kind === "spawn" ? / --fault (\S+)$/.exec(target.command)![1]! : "";
    return new Promise((end) => runs.push({ name, end }));
  };
  return { runs, play };
}

/** Lets all that can go on do so. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("runSelftest() plays so many at once, and tells the results in order", async () => {
  const faults = FAULTS.slice(0, 3);
  const names = faults.map(({ name }): string => name);
  const { runs, play } = handPlay();
  const told: string[] = [];
  const onResult = ({ fault }: SelftestResult) => told.push(fault.name);
  const done = runSelftest({ play, faults, atOnce: 2, onResult });
  await turn();
  assertEquals(runs.map(({ name }) => name), names.slice(0, 2));
  runs[1]!.end(PASS);
  await turn();
  assertEquals([runs.length, told], [3, []]);
  runs[0]!.end(PASS);
  await turn();
  assertEquals(told, names.slice(0, 2));
  runs[2]!.end(failed("lost"));
  assertEquals((await done).map(({ grade }) => grade), ["found", "found", "INVENTED"]);
});

Deno.test("runSelftest() begins no run after an abort, and tells none that it cut short", async () => {
  const { runs, play } = handPlay();
  const controller = new AbortController();
  const abort = controller.signal;
  const done = runSelftest({ play, faults: FAULTS.slice(0, 3), atOnce: 1, abort });
  await turn();
  runs[0]!.end(PASS);
  await turn();
  controller.abort();
  runs[1]!.end({ verdict: "interrupted", exitCode: 130, findings: [] });
  assertEquals((await done).length, 1);
  assertEquals(runs.length, 2);
});

Deno.test("runSelftest() rejects when a run does", async () => {
  const play: Play = () => Promise.reject(new Error("crashed"));
  await assertRejects(() => runSelftest({ play, faults: FAULTS.slice(0, 3) }), Error, "crashed");
});

Deno.test("selftestPlan() spawns the faulty server, under a small load", () => {
  const { target, instances, faults, kinds, protocol } = selftestPlan({ ...SWAPS, instances: 2 });
  assertEquals([instances, faults, kinds.normal, protocol], [2, 2, 30, "v1"]);
  assertStringIncludes(
    JSON.stringify(target),
    "selftest/faulty_server.ts' --port {port} --log {dir}/log",
  );
});

Deno.test("FAULTS plant everything that can be found, each under a name of its own", () => {
  const faults: readonly Fault[] = FAULTS;
  assertEquals(new Set(faults.map(({ name }) => name)).size, faults.length);
  const planted = new Set(faults.map(({ expect }) => expect.finding));
  assertEquals(FINDINGS.filter((finding) => !planted.has(finding)), []);
  assertEquals(new Set(faults.map(({ expect }) => expect.exitCode)), new Set([0, 10, 11, 12]));
});
