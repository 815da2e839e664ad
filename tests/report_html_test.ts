import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { reportHtml, seriesHtml } from "../cli/loadtest/report/html.ts";
import { arrivalSpread } from "../cli/loadtest/report/html/arrival_spread.ts";
import { chartData } from "../cli/loadtest/report/html/charts.ts";
import { coarsen } from "../cli/loadtest/report/html/coarsen.ts";
import { markup } from "../cli/loadtest/report/html/markup.ts";
import { runsInFull } from "../cli/loadtest/report/html/runs.ts";
import type { ReportModel } from "../cli/loadtest/report/model.ts";
import { failing, notStarted, passing, repeated, unknown } from "./report_fixture.ts";

const HOSTILE = `</script><img src=x onerror=alert(1)>"'&`;

Deno.test("reportHtml() begins with the verdict, then tells what led to it", () => {
  const page = reportHtml(failing());
  const order = [
    ...[
      `<span class="verdict">Fail</span>`,
      "3 findings",
      "What went wrong",
      "3 messages were lost",
    ],
    ...["Limits passed", "To bear in mind", "generator-bound", ">Plan<", "The first anomaly"],
    ...["Publisher 17", ">Thresholds<", "not met", "The run over time", ">Messages<"],
    ...["How connections ended", "Last output of server 2", "To judge this run again", "--check"],
  ];
  let at = page.indexOf("<body>");
  for (const text of order) {
    const found = page.indexOf(text, at);
    assert(found >= at, `${text} is missing, or not where it should be`);
    at = found;
  }
});

Deno.test("reportHtml() says nothing of what a run does not have", () => {
  const page = reportHtml(passing());
  for (
    const text of [
      "What went wrong",
      "Limits passed",
      "missing</h2>",
      "The first anomaly",
      "Last output",
    ]
  ) {
    assertEquals(page.includes(text), false, text);
  }
  assertStringIncludes(reportHtml(unknown()), "Evidence that is missing");
});

Deno.test("reportHtml() of a target that did not start has no charts, and its output", () => {
  const page = reportHtml(notStarted());
  assertStringIncludes(page, "Not started");
  assertStringIncludes(page, "error: Module not found");
  assertEquals(page.includes("<figure"), false);
});

Deno.test("reportHtml() shows every text of a model as text", () => {
  const page = reportHtml(hostile(failing()));
  assertEquals(page.includes("<img"), false);
  assertEquals(page.match(/<\/script>/g)?.length, 2, "one of the data, one of the script");
  assertStringIncludes(
    page,
    "&#60;/script&#62;&#60;img src=x onerror=alert(1)&#62;&#34;&#39;&#38;",
  );
});

Deno.test("the data of the charts survives its way through the page", () => {
  const model = hostile(failing());
  const [, json] = /<script type="application\/json" id="run-data">(.*?)<\/script>/s
    .exec(reportHtml(model))!;
  assertEquals(JSON.parse(json!), JSON.parse(JSON.stringify(chartData(model))));
});

Deno.test("pages hold no address and load nothing", () => {
  for (const page of [reportHtml(failing()), seriesHtml(repeated())]) {
    assertEquals(page.match(/.{0,40}https?:.{0,40}/g) ?? [], []);
    assertEquals(page.match(/\b(src|srcset|action)\s*=\s*["'][^"']|@import|url\(/g) ?? [], []);
  }
});

Deno.test("the policy allows the style and the script of the page and nothing else", () => {
  const page = reportHtml(passing());
  const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)!;
  const hashOf = (tag: string) => {
    const [, text] = new RegExp(`<${tag}>(.*?)</${tag}>`, "s").exec(page)!;
    return `sha256-${createHash("sha256").update(text!).digest("base64")}`;
  };
  assertEquals(policy!.replaceAll("&#39;", "'").split("; "), [
    "default-src 'none'",
    `style-src '${hashOf("style")}'`,
    `script-src '${hashOf("script")}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ]);
  assertEquals(/ (style|on[a-z]+)="/.test(page), false, "the policy forbids it");
});

Deno.test("seriesHtml() has a row for each run and the reports of those that tell most", () => {
  const page = seriesHtml(repeated());
  assertEquals(page.match(/<th scope="row">(<a href="#run-\d+">)?Seed \d+/g)?.length, 20);
  assertEquals(
    [...page.matchAll(/<details class="run" id="([^"]+)"[^>]*?( open)?>/g)]
      .map(([, id, open]) => [id, open !== undefined]),
    [["run-7", true], ["run-14", false]],
  );
});

Deno.test("seriesHtml() of a hundred runs is not much larger than that of twenty", () => {
  const [twenty, hundred] = [seriesHtml(repeated(20)), seriesHtml(repeated(100))];
  assert(hundred.length < 500_000, `${hundred.length} characters`);
  assertEquals(runsInFull(repeated(100)).length, 10);
  assert(hundred.length > twenty.length);
});

Deno.test("runsInFull() is all of few, and the first when all of many passed", () => {
  const series = repeated(20);
  const passed = series.runs.filter(({ report }) => report.verdict === "pass");
  assertEquals(runsInFull({ ...series, runs: passed }), passed.slice(0, 1));
  assertEquals(runsInFull({ ...series, runs: passed.slice(0, 3) }), passed.slice(0, 3));
});

Deno.test("markup escapes what it is given, and not what is markup", () => {
  const name = "<b>";
  assertEquals(
    markup`${[markup`<i>${name}</i>`, false, undefined, 7]}`.text,
    "<i>&#60;b&#62;</i>7",
  );
});

Deno.test("coarsen() loses no message and no peak", () => {
  const { series } = failing();
  const coarse = coarsen(series, 20);
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  const most = (values: (number | null)[]) => Math.max(...values.map((value) => value ?? 0));
  assertEquals([coarse.open.length, coarse.stepMs], [18, 3_500]);
  assertEquals(sum(coarse.acknowledged), sum(series.acknowledged));
  assertEquals(most(coarse.maxMs), most(series.maxMs));
  assertEquals(Math.min(...coarse.open), Math.min(...series.open));
  assertEquals(coarse.backlog.at(-1), series.backlog.at(-1));
  assertEquals(coarsen(series, 1_000), series);
});

Deno.test("the backlog says whether it returned to 0", () => {
  const of = (model: ReportModel) =>
    chartData(model).charts.find(({ id }) => id === "backlog")!.summary;
  assertStringIncludes(of(passing()), "0 again from 52.5s on");
  assertStringIncludes(of(failing()), "It did not return to 0: 3 left at the end");
});

Deno.test("arrivalSpread() counts the share of attempts since the fault before them", () => {
  const faults = [1_000, 5_000].map((fromMs, i) => ({ label: `${i}`, fromMs, toMs: fromMs + 1 }));
  const chart = arrivalSpread(faults, [500, 1_100, 1_300, 5_200])!;
  assertEquals(chart.xs, [0, 100, 200, 300]);
  assertEquals(chart.lines.map(({ values }) => values), [[0, 50, 50, 100], [0, 0, 100, 100]]);
  assertEquals(
    chart.summary,
    "After fault 1: half by 100ms, all by 300ms; after fault 2: half by 200ms, all by 200ms.",
  );
  assertEquals(arrivalSpread(faults, []), undefined);
  const five = Array.from({ length: 5 }, (_, i) => ({ ...faults[0]!, fromMs: i * 1_000 }));
  const every = Array.from({ length: 5 }, (_, i) => i * 1_000 + 10);
  assertEquals(arrivalSpread(five, every)!.lines.map(({ name }) => name), ["all 5 faults"]);
});

Deno.test("arrivalSpread() takes faults that began at once as one", () => {
  const faults = [1_000, 1_010].map((fromMs, i) => ({ label: `${i}`, fromMs, toMs: 2_000 }));
  const chart = arrivalSpread(faults, [1_500, 1_700])!;
  assertEquals(chart.lines.map(({ name }) => name), ["1 to 2, at once"]);
  assertEquals(chart.summary, "After faults 1 to 2: half by 500ms, all by 700ms.");
});

/** The same model with a hostile end to every text that is not a name of ours. */
function hostile<T>(value: T): T {
  if (typeof value === "string") return `${value}${HOSTILE}` as T;
  if (Array.isArray(value)) return value.map(hostile) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map((
    [key, one],
  ) => [key, key === "verdict" ? one : hostile(one)]);
  return Object.fromEntries(entries);
}
