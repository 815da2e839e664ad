import { assertStringIncludes } from "@std/assert";
import { SERVER_OPTIONS } from "../src/config.ts";
import { CATEGORIES, type CategoryFacts } from "../src/errors.ts";
import type { Option } from "../src/options/mod.ts";
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
