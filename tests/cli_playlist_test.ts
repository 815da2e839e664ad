import { assertEquals, assertStringIncludes } from "@std/assert";
import { resolveOptions } from "@lastcall/lastcall";
import { EXIT, worstExitCode } from "../cli/loadtest/exit_codes.ts";
import type { Outcome, Player } from "../cli/loadtest/outcome.ts";
import { noPaint } from "../cli/loadtest/paint.ts";
import { makePlan } from "../cli/loadtest/plan.ts";
import { combine, Playlist } from "../cli/loadtest/playlist.ts";
import { SETTINGS } from "../cli/loadtest/settings.ts";

const outcome = (exitCode: number, name: string): Outcome => ({
  exitCode,
  verdict: () => `verdict of ${name}`,
  text: () => `report of ${name}`,
  data: () => ({ name }),
});

const planOf = (name: string) => makePlan(resolveOptions(SETTINGS, []).settings, [name]);

Deno.test("worstExitCode() knows which code decides", () => {
  assertEquals(worstExitCode([]), 0);
  assertEquals(worstExitCode([0, 12, 0]), 12);
  assertEquals(worstExitCode([12, 11]), 11);
  assertEquals(worstExitCode([11, 13]), 13);
  assertEquals(worstExitCode([13, 10, 12]), 10);
  assertEquals(worstExitCode([10, 130]), 130);
});

Deno.test("combine() leaves one scenario as it is", () => {
  const one = outcome(12, "rolling");
  assertEquals(combine([{ name: "rolling", outcome: one }]), one);
});

Deno.test("combine() has every verdict, and the reports of those that did not pass", () => {
  const all = combine([
    { name: "rolling", outcome: outcome(0, "rolling") },
    { name: "kill9", outcome: outcome(10, "kill9") },
  ]);
  assertEquals([all.exitCode, all.verdict(noPaint)], [10, "FAIL  2 scenarios, 1 passed"]);
  const text = all.text(noPaint);
  assertStringIncludes(text, "rolling  verdict of rolling\nkill9    verdict of kill9");
  assertStringIncludes(text, "Scenario kill9\nreport of kill9");
  assertEquals(text.includes("report of rolling"), false);
  assertEquals(all.data(), {
    ...{ version: 1, verdict: "fail", exitCode: 10 },
    scenarios: { rolling: { name: "rolling" }, kill9: { name: "kill9" } },
  });
});

Deno.test("Playlist plays in turn, tells of each, and goes no further once it is stopped", async () => {
  const told: string[] = [];
  const abort = new AbortController();
  const playerFor = ({ scenario }: { scenario: string }): Player => ({
    snapshot: () => ({
      ...{ stage: "starting", elapsedMs: 0, clients: 0, openNormals: 0, faults: 0, sent: 0 },
      received: 0,
    }),
    kill: () => void told.push(`kill ${scenario}`),
    play() {
      if (scenario === "kill9") abort.abort();
      return Promise.resolve(outcome(abort.signal.aborted ? EXIT.interrupted : 0, scenario));
    },
  });
  const playlist = new Playlist(["rolling", "kill9", "steady"].map(planOf), {
    playerFor,
    onBegin: ({ scenario }, i) => told.push(`begin ${scenario} ${i}`),
    onEnd: ({ name, outcome: { exitCode } }) => told.push(`end ${name} ${exitCode}`),
  });
  const { exitCode } = await playlist.play(abort.signal);
  playlist.kill();
  assertEquals(exitCode, 130);
  assertEquals(told, [
    ...["begin rolling 0", "end rolling 0", "begin kill9 1", "end kill9 130", "kill kill9"],
  ]);
});
