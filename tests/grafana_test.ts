import { assert, assertEquals } from "@std/assert";
import { type MetricFacts, METRICS } from "../src/metrics/table.ts";
import { testThatNeeds } from "./needs.ts";

const READS = { permissions: ["read"] as Deno.PermissionName[] };

interface Panel {
  id: number;
  title: string;
  type: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string }[];
}

// deno-lint-ignore no-explicit-any -- a dashboard is whatever Grafana takes
async function readDashboard(): Promise<any> {
  return JSON.parse(await Deno.readTextFile("deploy/grafana/lastcall.json"));
}

/** Every query of the dashboard: of panels, variables and annotations. */
async function readQueries(): Promise<string[]> {
  const { panels, templating, annotations } = await readDashboard();
  return [
    ...(panels as Panel[]).flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    ...templating.list.map(({ query }: { query: string }) => query),
    ...annotations.list.map(({ expr }: { expr: string }) => expr),
  ];
}

const SERIES = /\b((?:lastcall|process)_\w+)/g;

testThatNeeds(
  READS,
  "the dashboard asks only for series that there are, by labels they have",
  async () => {
    const facts = METRICS as Record<string, MetricFacts>;
    for (const query of await readQueries()) {
      for (const [, series] of query.matchAll(SERIES)) {
        const family = series!.replace(/_(bucket|sum|count)$/, "");
        const { type, labels } = facts[family] ?? facts[series!]!;
        assertEquals(type === "histogram", family !== series, series);
        const grouped = /by \((\w+)\)/.exec(query)?.[1] ?? "instance";
        assert(["instance", "le", ...labels].includes(grouped), `${series} has no ${grouped}`);
      }
    }
  },
);

testThatNeeds(READS, "the dashboard shows every metric", async () => {
  const asked = (await readQueries()).join("\n");
  const missing = Object.keys(METRICS).filter((name) => !asked.includes(name));
  assertEquals(missing, []);
});

testThatNeeds(
  READS,
  "the dashboard has panels that do not overlap, each with an id of its own",
  async () => {
    const { panels } = await readDashboard() as { panels: Panel[] };
    assertEquals(new Set(panels.map(({ id }) => id)).size, panels.length);
    const taken = new Set<string>();
    for (const { title, gridPos: { x, y, w, h } } of panels) {
      assert(x + w <= 24, title);
      for (let column = x; column < x + w; column++) {
        for (let line = y; line < y + h; line++) {
          assert(!taken.has(`${column},${line}`), title);
          taken.add(`${column},${line}`);
        }
      }
    }
  },
);
