import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CLOSE_OPTIONS } from "../cli/close/options.ts";
import { SCENARIO_NAMES } from "../cli/loadtest/scenarios.ts";
import { SETTINGS } from "../cli/loadtest/settings.ts";
import { CLOSE_CODES } from "../src/close_codes.ts";
import { SERVER_OPTIONS } from "../src/config.ts";
import { CATEGORIES, type CategoryFacts } from "../src/errors.ts";
import { budgetWarnings, DEFAULT_BUDGET } from "../src/shutdown/budget.ts";
import { METRICS } from "../src/metrics/table.ts";
import { startWarnings } from "../src/start_warnings.ts";
import { testConfig } from "./harness.ts";
import { httpSentences, logLines } from "./log_lines.ts";
import { testThatNeeds } from "./needs.ts";

const READS = { permissions: ["read"] as Deno.PermissionName[] };
const PAGE = "docs/operations.md";

/** The rows of all tables, each as its cells, without the padding that the formatter adds. */
async function readRows(): Promise<string[][]> {
  const page = await Deno.readTextFile(PAGE);
  return page.split("\n").map((line) => line.trim()).filter((line) => line.startsWith("|"))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

testThatNeeds(READS, `${PAGE} has every line that is logged, with its level`, async () => {
  const rows = await readRows();
  const missing = logLines().filter(({ level, text }) => {
    // Those of clients, of phases and of the start are put together from other tables.
    if (/^Client \{address\} …|^Step \{step\}|^\{warning\}$/.test(text)) return false;
    return !rows.some(([levels, line, advice]) =>
      line?.includes(`\`${text}\``) && (!level || levels!.split(", ").includes(level)) && advice
    );
  });
  assertEquals(missing, []);
});

testThatNeeds(READS, `${PAGE} has every warning of a start`, async () => {
  const page = await Deno.readTextFile(PAGE);
  const small = { maxClients: 1_000_000, hookBudgetsMs: [60_000] };
  const warnings = [
    ...startWarnings({ ...testConfig(), ...small }, "ws://chat.example/ws"),
    ...budgetWarnings(DEFAULT_BUDGET, small),
    ...budgetWarnings({ ...DEFAULT_BUDGET, unreadyDelayMs: 60_000 }, small),
  ].map((warning) =>
    warning.replace(/(?: for \d|:).*$/, (rest) => rest.startsWith(":") ? ":" : " for")
  );
  assertEquals(new Set(warnings).size, 4);
  for (const warning of warnings) assertStringIncludes(page, `| \`${warning} …\``);
});

testThatNeeds(READS, `${PAGE} has every category as it is, and what to do`, async () => {
  const rows = await readRows();
  for (const [name, facts] of Object.entries(CATEGORIES) as [string, CategoryFacts][]) {
    const row = rows.find(([cell]) => cell === `\`${name}\``);
    assertEquals(row?.slice(1, 3), [facts.level, facts.meaning]);
    assert(row?.[3], `${name}: nothing is said of what to do`);
  }
});

testThatNeeds(READS, `${PAGE} has every close code, and no other`, async () => {
  const listed = (await readRows()).filter((cells) => /^\d{4}$/.test(cells[0]!));
  assertEquals(listed.map(([code]) => code), Object.keys(CLOSE_CODES));
  assertEquals(listed.filter((cells) => cells.length !== 4 || cells.includes("")), []);
});

testThatNeeds(READS, `${PAGE} has every sentence of an HTTP refusal`, async () => {
  const page = await Deno.readTextFile(PAGE);
  const sentences = httpSentences();
  assert(sentences.length > 15, sentences.join("\n"));
  assertEquals(sentences.filter((sentence) => !page.includes(`\`${sentence}`)), []);
});

testThatNeeds(READS, `${PAGE} has every exit code that --help knows`, async () => {
  const rows = await readRows();
  const main = await Deno.readTextFile("main.ts");
  const known = [.../Exit codes: ([^`]*?)\./s.exec(main)![1]!.matchAll(/(?:^|[;\n] ?)(\d)/g)];
  const codes = known.map(([, code]) => code);
  assertEquals(codes, ["0", "3", "1", "2", "4"]);
  for (const code of codes) assert(rows.some(([cell]) => cell === code), `exit code ${code}`);
});

testThatNeeds(READS, `${PAGE} has only flags, scenarios and metrics that there are`, async () => {
  const page = await Deno.readTextFile(PAGE);
  const flagsOf = (table: object) =>
    Object.values(table as Record<string, { flag: string }>).map(({ flag }) => `--${flag}`);
  const known = {
    close: flagsOf(CLOSE_OPTIONS),
    loadtest: flagsOf(SETTINGS),
  };
  for (const [, task, rest] of page.matchAll(/deno task (close|loadtest)([^\n`,]*)/g)) {
    for (const [flag] of rest!.matchAll(/--[a-z][\w-]*/g)) {
      assert(known[task as "close"].includes(flag), `deno task ${task} has no ${flag}`);
    }
    const scenario = task === "loadtest" && /^ ([a-z][\w-]*)/.exec(rest!)?.[1];
    if (scenario) assert((SCENARIO_NAMES as readonly string[]).includes(scenario), scenario);
  }
  const foreign = ["--allow-read", "--allow-write", "--parent-shutdown-time-s"];
  const all = [...known.close, ...known.loadtest, ...flagsOf(SERVER_OPTIONS), ...foreign];
  const flags = [...page.matchAll(/`(--[a-z][\w-]*)/g)].map(([, flag]) => flag!);
  assertEquals(flags.filter((flag) => !all.includes(flag)), []);
  const metrics = [...page.matchAll(/\b(lastcall_\w+[a-z])\b/g)].map(([, name]) => name!);
  assertEquals(metrics.filter((name) => !(name in METRICS)), []);
});

testThatNeeds(
  READS,
  "links between the pages lead to pages and headings that there are",
  async () => {
    const pages = ["README.md", ...[...Deno.readDirSync("docs")].map(({ name }) => `docs/${name}`)]
      .filter((path) => path.endsWith(".md"));
    const texts = new Map(pages.map((path) => [path, Deno.readTextFileSync(path)]));
    const broken: string[] = [];
    for (const [path, text] of texts) {
      const prose = text.replace(/^```[\s\S]*?^```/gm, "");
      for (const [, target] of prose.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
        const url = new URL(target!, `file:///${path}`);
        const file = url.pathname.slice(1);
        const exists = await Deno.stat(file).then(() => true, () => false);
        const page = texts.get(file);
        if (!exists || (url.hash && page && !anchors(page).includes(url.hash))) {
          broken.push(`${path}: ${target}`);
        }
      }
    }
    assertEquals(broken, []);
  },
);

/** The headings of a page as GitHub links them. */
function anchors(page: string): string[] {
  const prose = page.replace(/^```[\s\S]*?^```/gm, "");
  return [...prose.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    `#${title!.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")}`
  );
}
