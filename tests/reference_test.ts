import { assertEquals, assertStringIncludes } from "@std/assert";
import { SERVER_OPTIONS } from "../src/config.ts";
import { CATEGORIES, type CategoryFacts } from "../src/errors.ts";
import { type MetricFacts, METRICS } from "../src/metrics/table.ts";
import type { Option } from "../src/options/mod.ts";
import { PROFILE_NAMES, PROFILES } from "../src/profiles.ts";
import { testThatNeeds } from "./needs.ts";

/** Tables as the formatter leaves them: a row is its cells. */
function rows(page: string): string {
  return page.split("\n").filter((line) => line.startsWith("|"))
    .map((line) => line.split("|").map((cell) => cell.trim()).join("|")).join("\n");
}

testThatNeeds({ permissions: ["read"] }, "docs/server.md lists every option as it is", async () => {
  const page = rows(await Deno.readTextFile("docs/server.md"));
  for (const option of Object.values(SERVER_OPTIONS) as Option<unknown>[]) {
    const { flag, env, default: standard, help } = option;
    assertStringIncludes(
      page,
      `|\`--${flag}\`|\`${env}\`|${standard === undefined ? "" : `\`${standard}\``}|${help}|`,
    );
  }
});

testThatNeeds(
  { permissions: ["read"] },
  "docs/server.md lists every category as it is",
  async () => {
    const page = rows(await Deno.readTextFile("docs/server.md"));
    for (const [name, facts] of Object.entries(CATEGORIES) as [string, CategoryFacts][]) {
      assertStringIncludes(page, `|\`${name}\`|${facts.level}|${facts.meaning}|`);
    }
  },
);

testThatNeeds(
  { permissions: ["read"] },
  "docs/server.md has the profiles as they are",
  async () => {
    const page = rows(await Deno.readTextFile("docs/server.md"));
    const flags = new Set(PROFILE_NAMES.flatMap((name) => Object.keys(PROFILES[name].values)));
    for (const flag of flags) {
      const cells = PROFILE_NAMES.map((name) => PROFILES[name].values[flag])
        .map((value) => value === undefined ? "" : `\`${value}\``);
      assertStringIncludes(page, `|\`--${flag}\`|${cells.join("|")}|`);
    }
  },
);

testThatNeeds(
  { permissions: ["read"] },
  "docs/metrics.md lists every metric as it is",
  async () => {
    const page = rows(await Deno.readTextFile("docs/metrics.md"));
    for (const [name, facts] of Object.entries(METRICS) as [string, MetricFacts][]) {
      const labels = facts.labels.map((label) => `\`${label}\``).join(", ");
      assertStringIncludes(page, `|\`${name}\`|${facts.type}|${labels}|${facts.help}|`);
    }
    const listed = [...page.matchAll(/^\|`((?:lastcall|process)_\w+)`\|/gm)].map(([, name]) =>
      name
    );
    assertEquals(listed, Object.keys(METRICS));
  },
);
