import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { backendRows } from "../cli/bench/backend_rows.ts";
import { valuesOf } from "../cli/bench/backends.ts";
import { commitFigures, figuresOf, ratioTo } from "../cli/bench/figures.ts";
import { numberText } from "../cli/bench/number_text.ts";
import { backendJobsOf, jobsOf, makePlan } from "../cli/bench/plan.ts";
import { parseCpuMs, parseRssKib } from "../cli/bench/process_usage.ts";
import { reportMarkdown } from "../cli/bench/report_markdown.ts";
import { commitRows, gapTexts, loadTexts, serverRows } from "../cli/bench/report_rows.ts";
import { reportText } from "../cli/bench/report_text.ts";
import { type BackendSample, median, type Results, type Sample } from "../cli/bench/samples.ts";
import { endOf } from "../cli/bench/server.ts";
import { SETTINGS, type Settings } from "../cli/bench/settings.ts";
import { Histogram } from "../cli/loadtest/histogram.ts";
import { resolveOptions } from "@lastcall/lastcall";

const settings = (...args: string[]): Settings => resolveOptions(SETTINGS, args).settings;

/** A run with one sample of each part for each server, except where `change` says otherwise. */
function results(change: Partial<Results> = {}): Results {
  const plan = makePlan(settings());
  const sample = (server: Sample["server"], part: Sample["part"], factor: number): Sample => ({
    server,
    part,
    round: 0,
    lagP99Ms: 3,
    values: part === "memory" ? { kibPerConnection: 30 * factor } : {
      cpuUs: factor,
      deliveriesPerSecond: plan.loads[part].clients * plan.loads[part].ratePerSecond,
      p50Ms: 2 * factor,
      p99Ms: 4 * factor,
    },
  });
  const parts = ["cpu", "idle", "busy", "memory"] as const;
  const onStore = (store: BackendSample["store"], factor: number, natsUs = {}): BackendSample[] => [
    { store, load: "idle", round: 0, lagP99Ms: 1, values: { p50Ms: factor, p99Ms: 2 * factor } },
    { store, load: "busy", round: 0, lagP99Ms: 1, values: { cpuUs: 8 * factor, ...natsUs } },
    { store, load: "most", round: 0, lagP99Ms: 30, values: { messagesPerSecond: 3_000 / factor } },
  ];
  return {
    date: "2026-01-02",
    machine: { cpu: "A CPU", cores: 2, system: "Linux 6", versions: { deno: "2.9.6" } },
    plan,
    samples: parts.flatMap((part) => [
      sample("lastcall", part, 1),
      sample("ws", part, 5),
      sample("bun", part, 2),
    ]),
    commits: [
      { store: "memory:", batch: 1, usPerMessage: 1.5, round: 0 },
      { store: "memory:", batch: 100, usPerMessage: 0.5, round: 0 },
      { store: "sqlite: full", batch: 1, usPerMessage: 200, round: 0 },
      { store: "sqlite: full", batch: 1, usPerMessage: 300, round: 1 },
      { store: "sqlite: full", batch: 1, usPerMessage: 9_000, round: 2 },
      { store: "sqlite: full", batch: 100, usPerMessage: 7, round: 0 },
    ],
    backends: [
      ...onStore("memory:", 0.5),
      ...onStore("sqlite: normal", 1),
      ...onStore("nats R1", 2, { natsUs: 90 }),
    ],
    absent: {},
    absentStores: { "nats R3": "left out: no nats-server" },
    failures: [],
    ...change,
  };
}

Deno.test("a percentile of the histogram is at most 1/32 above the exact one", () => {
  const values = fc.array(fc.integer({ min: 0, max: 60_000_000 }), {
    minLength: 1,
    maxLength: 500,
  });
  fc.assert(fc.property(values, fc.constantFrom(0.5, 0.9, 0.99, 1), (values, share) => {
    const histogram = new Histogram();
    for (const value of values) histogram.record(value / 1_000);
    const sorted = values.toSorted((a, b) => a - b);
    const exact = sorted[Math.ceil(values.length * share) - 1]! / 1_000;
    const shown = histogram.quantileMs(share);
    assert(shown >= exact - 0.001 && shown <= exact * (1 + 1 / 32) + 0.001, `${shown}, ${exact}`);
  }));
});

Deno.test("jobsOf() measures all servers in each round, and turns the order every round", () => {
  const jobs = jobsOf(makePlan(settings("--only", "cpu,log", "--rounds", "3")));
  assertEquals(
    jobs.map(({ round, server }) => `${round} ${server}`),
    [
      ...["0 lastcall", "0 ws", "0 bun", "1 bun", "1 ws", "1 lastcall"],
      ...["2 lastcall", "2 ws", "2 bun"],
    ],
  );
});

Deno.test("backendJobsOf() measures our server on all logs in each round, in turned order", () => {
  const jobs = backendJobsOf(makePlan(settings("--only", "backends", "--rounds", "2")));
  assertEquals(jobs.slice(0, 8).map(({ load, store, round }) => `${load} ${round} ${store}`), [
    ...["idle 0 memory:", "idle 0 sqlite: normal", "idle 0 nats R1", "idle 0 nats R3"],
    ...["idle 1 nats R3", "idle 1 nats R1", "idle 1 sqlite: normal", "idle 1 memory:"],
  ]);
  assertEquals(jobs.length, 24);
  assertEquals(backendJobsOf(makePlan(settings("--only", "cpu"))), []);
});

Deno.test("valuesOf() divides what was used by what was delivered, or by the messages", () => {
  const latency = { p50Ms: 1, p99Ms: 2, maxMs: 3 };
  const seen = { windowMs: 2_000, sent: 100, delivered: 900, latency, lagP99Ms: 1 };
  assertEquals(valuesOf(seen, { used: { server: 9, nats: 18 }, readers: 10 }), {
    ...{ p50Ms: 1, p99Ms: 2, cpuUs: 10, natsUs: 200 },
    ...{ deliveredPercent: 90, messagesPerSecond: 45 },
  });
});

Deno.test("makePlan() takes what is said before what --quick or nothing says", () => {
  const load = (...args: string[]) => makePlan(settings(...args)).loads.cpu;
  assertEquals(load().clients, 500);
  assertEquals(load("--quick").clients, 20);
  assertEquals(load("--quick", "--clients", "7").clients, 7);
  assertEquals(load("--seconds", "0.5").windowMs, 500);
});

Deno.test("endOf() has the exit code and the last words of what is gone", () => {
  const tail = ["1", "2", "3", "4", "5", "Killed"];
  assertEquals(endOf({ exit: undefined, tail }), undefined);
  const exit = { atMs: 1, code: 137, signal: "SIGKILL" };
  assertEquals(endOf({ exit, tail }), "it ended with exit code 137; 2; 3; 4; 5; Killed");
});

Deno.test("parseCpuMs() reads user and system time, whatever the program is called", () => {
  const stat = "12 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0";
  assertEquals(parseCpuMs(stat), 3_000);
});

Deno.test("parseRssKib() reads the resident size", () => {
  assertEquals(parseRssKib("Name:\tdeno\nVmRSS:\t   51234 kB\nThreads:\t9\n"), 51_234);
});

Deno.test("median() is the middle, or the mean of the two there", () => {
  assertEquals(median([]), undefined);
  assertEquals(median([3]), 3);
  assertEquals(median([9, 1, 5]), 5);
  assertEquals(median([4, 1, 2, 100]), 3);
});

Deno.test("figuresOf() says which targets are met, and which cannot be judged", () => {
  const met = (change?: Partial<Results>) =>
    Object.fromEntries(
      figuresOf(results(change)).filter(({ targets }) => targets.length > 0)
        .map(({ title, met }) => [title, met]),
    );
  assertEquals(met(), {
    "server CPU per delivery": [true, true],
    "latency, busy, p99": [true],
    "memory per idle connection": [true],
  });
  const samples = results().samples.filter(({ server }) => server !== "bun");
  const dear = samples.map((sample) => ({ ...sample, values: { ...sample.values, cpuUs: 4 } }));
  assertEquals(met({ samples: dear }), {
    "server CPU per delivery": [false, undefined],
    "latency, busy, p99": [undefined],
    "memory per idle connection": [true],
  });
});

Deno.test("figuresOf() tells a slow generator and an overloaded server from a good measurement", () => {
  const samples = results().samples.map((sample) =>
    sample.server === "ws" && sample.part === "cpu"
      ? { ...sample, lagP99Ms: 21, values: { ...sample.values, deliveriesPerSecond: 150_000 } }
      : sample
  );
  const [cpu, , idle] = figuresOf(results({ samples }));
  assertEquals([cpu!.generatorBound, cpu!.overloaded], [["ws"], ["ws"]]);
  assertEquals([idle!.generatorBound, idle!.overloaded], [[], []]);
});

Deno.test("ratioTo() has nothing to say without both", () => {
  assertEquals(ratioTo({ values: { lastcall: 1, bun: 2 } }, "bun"), 0.5);
  assertEquals(ratioTo({ values: { bun: 2 } }, "bun"), undefined);
  assertEquals(ratioTo({ values: { lastcall: 1 } }, "ws"), undefined);
});

Deno.test("commitFigures() takes the median of the rounds", () => {
  const full = commitFigures(results().commits).find(({ store }) => store === "sqlite: full");
  assertEquals(full!.byBatch, new Map([[1, 300], [100, 7]]));
});

Deno.test("numberText() keeps three digits, or all before the point", () => {
  assertEquals(
    [0.8617, 23, 199_710.4, 0, undefined].map(numberText),
    ["0.862", "23.0", "199 710", "0.00", "–"],
  );
});

Deno.test("serverRows() puts ours beside each of the others", () => {
  const rows = serverRows(results());
  assertEquals(rows[0], [
    ...["", "unit", "Last Call (Deno)", "ws (Node)", "ours / ws", "Bun.serve", "ours / bun"],
    ...["target", "note"],
  ]);
  assertEquals(rows[1], [
    ...["server CPU per delivery", "µs", "1.00", "5.00", "0.200", "2.00", "0.500"],
    ...["≤ 0.25 × ws: met; ≤ 0.6 × bun: met", ""],
  ]);
  assertEquals(rows.at(-1), [
    ...["memory per idle connection", "KiB", "30.0", "150", "0.200", "60.0", "0.500"],
    ...["≤ 40 KiB: met", ""],
  ]);
});

Deno.test("backendRows() puts each log beside SQLite, and says which is not here", () => {
  const rows = backendRows(results());
  assertEquals(rows[0], [
    ...["our server on", "unit", "memory:", "/ sqlite", "sqlite: normal", "nats R1", "/ sqlite"],
    ...["nats R3", "/ sqlite", "note"],
  ]);
  assertEquals(rows[1], [
    ...["latency, idle, p50", "ms", "0.500", "0.500", "1.00", "2.00", "2.00"],
    ...["left out: no nats-server", "–", ""],
  ]);
  const row = (title: string) => rows.find(([first]) => first === title)!;
  assertEquals(row("NATS CPU per message, busy").slice(2, 7), ["–", "–", "–", "90.0", "–"]);
  assertEquals(row("messages carried at most").slice(2, 7), [
    ...["6 000", "2.00", "3 000", "1 500", "0.500"],
  ]);
  assertEquals(
    row("messages carried at most").at(-1),
    "memory:: generator-bound; sqlite: normal: generator-bound; nats R1: generator-bound",
  );
  assertEquals(backendRows(results({ plan: makePlan(settings("--only", "cpu")) })), []);
});

Deno.test("loadTexts() says what the logs get, whatever else is measured", () => {
  const texts = loadTexts(makePlan(settings("--only", "backends")));
  assertEquals(texts.map((text) => text.split(":")[0]), [
    ...["idle", "busy", "our server on each log", "rounds"],
  ]);
});

Deno.test("the report says which server is not here, and why", () => {
  const absent = { bun: "no such package" };
  const samples = results().samples.filter(({ server }) => server !== "bun");
  const report = results({ absent, samples, failures: ["cpu, ws (Node): it fell over"] });
  assertEquals(serverRows(report)[1]!.slice(5, 7), ["not here", "–"]);
  assertEquals(gapTexts(report), [
    "Bun.serve was not measured: no such package",
    "nats R3 was left out: no nats-server",
    "failed: cpu, ws (Node): it fell over",
  ]);
});

Deno.test("reportText() leaves out what was not measured", () => {
  const plan = makePlan(settings("--only", "log"));
  const text = reportText(results({ plan, samples: [], backends: [], absentStores: {} }));
  assertEquals(text.split("\n\n").at(-1)!.split("\n"), [
    "message log   unit        batch of 1  batch of 100",
    "memory:       µs/message  1.50        0.500",
    "sqlite: full  µs/message  300         7.00",
    "",
  ]);
  assert(!text.includes("Bun.serve"), text);
});

Deno.test("reportMarkdown() has the command, the machine, the loads and all tables", () => {
  const page = reportMarkdown(results());
  for (
    const part of [
      "deno task bench --markdown docs/benchmarks.md",
      "- 2026-01-02; A CPU, 2 cores, Linux 6, deno 2.9.6",
      ...loadTexts(results().plan).map((line) => `- ${line}`),
      `| ${serverRows(results())[1]!.join(" | ")} |`,
      `| ${backendRows(results())[1]!.join(" | ")} |`,
      `| ${commitRows(results())[1]!.join(" | ")} |`,
    ]
  ) assertStringIncludes(page, part);
});
