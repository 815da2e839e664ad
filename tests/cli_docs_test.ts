import { assertStringIncludes } from "@std/assert";
import type { Option } from "@lastcall/lastcall";
import { CLOSE_OPTIONS } from "../cli/close/options.ts";
import { EXIT } from "../cli/loadtest/exit_codes.ts";
import { aggregationNames, METRICS } from "../cli/loadtest/metrics.ts";
import { CLIENT_KINDS } from "../cli/loadtest/mix.ts";
import { SCENARIO_NAMES, scenarioOf } from "../cli/loadtest/scenarios.ts";
import { FAULTS } from "../cli/loadtest/selftest/faults.ts";
import { SETTINGS } from "../cli/loadtest/settings.ts";
import { testThatNeeds } from "./needs.ts";

const READS = { permissions: ["read"] as Deno.PermissionName[] };

/** The rows of all tables, without the padding that the formatter adds. */
async function readRows(): Promise<string> {
  const page = await Deno.readTextFile(new URL("../docs/loadtest.md", import.meta.url));
  return page.split("\n").filter((line) => line.startsWith("|"))
    .map((line) => line.split("|").map((cell) => cell.trim()).join("|")).join("\n");
}

const code = (text: string | undefined) => text === undefined ? "" : `\`${text}\``;

testThatNeeds(READS, "docs/loadtest.md lists every flag of the load test as it is", async () => {
  const rows = await readRows();
  for (
    const { flag, env, default: standard, help } of Object.values(SETTINGS) as Option<unknown>[]
  ) {
    assertStringIncludes(rows, `|${code(`--${flag}`)}|${code(env)}|${code(standard)}|${help}|`);
  }
});

testThatNeeds(READS, "docs/loadtest.md lists every flag of close as it is", async () => {
  const rows = await readRows();
  for (
    const { flag, default: standard, help } of Object.values(CLOSE_OPTIONS) as Option<unknown>[]
  ) {
    assertStringIncludes(rows, `|${code(`--${flag}`)}|${code(standard)}|${help}|`);
  }
});

testThatNeeds(READS, "docs/loadtest.md lists every exit code and kind of client", async () => {
  const rows = await readRows();
  for (const exitCode of Object.values(EXIT)) assertStringIncludes(rows, `|${exitCode}|`);
  for (const kind of CLIENT_KINDS) assertStringIncludes(rows, `|${code(kind)}|`);
});

testThatNeeds(READS, "docs/loadtest.md lists every scenario as it is", async () => {
  const rows = await readRows();
  for (const name of SCENARIO_NAMES) {
    const { about, defaults } = scenarioOf(name);
    const changed = Object.entries(defaults).map(([flag, value]) => code(`--${flag} ${value}`));
    assertStringIncludes(rows, `|${code(name)}|${about}|${changed.join(" ")}|`);
  }
});

testThatNeeds(READS, "docs/loadtest.md lists every metric as it is", async () => {
  const rows = await readRows();
  for (const [name, metric] of Object.entries(METRICS)) {
    const { unit, tags, meaning } = metric;
    const facts = [unit, aggregationNames(metric), Object.keys(tags).map(code).join(", "), meaning];
    assertStringIncludes(rows, `|${code(name)}|${facts.join("|")}|`);
  }
});

testThatNeeds(READS, "docs/loadtest.md lists every fault of the self-test as it is", async () => {
  const rows = await readRows();
  for (const { name, what, expect: { finding, exitCode } } of FAULTS) {
    const found = finding === "none" ? "nothing" : finding;
    assertStringIncludes(rows, `|${code(name)}|${what}|${found}|${exitCode}|`);
  }
});
