import { assertEquals, assertMatch } from "@std/assert";
import { run } from "./cli_program.ts";
import { STAGE_NEEDS } from "./faulty_stage.ts";
import { testThatNeeds } from "./needs.ts";

testThatNeeds(
  STAGE_NEEDS,
  "loadtest --selftest finds out a faulty server, and no other",
  async () => {
    const { code, stdout } = await run("loadtest", "--selftest", "loses", "healthy");
    const words = stdout.split("\n").map((line) => line.split(/ +/, 2).join(" "));
    assertEquals([code, words], [0, ["found healthy", "found loses", "", "PASS 2", ""]], stdout);
  },
);

testThatNeeds(STAGE_NEEDS, "loadtest --selftest knows its faults by name", async () => {
  const { code, stderr } = await run("loadtest", "--selftest", "nonsense");
  assertEquals(code, 2);
  assertMatch(stderr, /takes the names of faults \(healthy, .*\); got nonsense/);
});
