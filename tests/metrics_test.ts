import { assert, assertEquals, assertThrows } from "@std/assert";
import { Distribution } from "../src/distribution.ts";
import { readingsOf } from "../src/metrics/readings.ts";
import { renderMetrics } from "../src/metrics/render.ts";
import { Stats } from "../src/stats.ts";
import { METRICS } from "../src/metrics/table.ts";
import { lintFamily, parseMetrics } from "./metric_text.ts";
import { someVitals } from "./some_vitals.ts";

Deno.test("the metrics stand the checks of promtool", async () => {
  const families = parseMetrics(await renderMetrics(someVitals()));
  assertEquals([...families.values()].flatMap(lintFamily), []);
});

Deno.test("every metric of the table is told, with its type, help and labels, and no other", async () => {
  const families = parseMetrics(await renderMetrics(someVitals()));
  assertEquals([...families.keys()].sort(), Object.keys(METRICS).sort());
  for (const [name, { type, help, labels }] of Object.entries(METRICS)) {
    const family = families.get(name)!;
    assertEquals([family.type, family.help], [type, help]);
    assert(family.samples.length > 0, name);
    if (type === "histogram") continue;
    for (const sample of family.samples) {
      assertEquals(Object.keys(sample.labels).sort(), [...labels].sort(), name);
    }
  }
});

Deno.test("the metrics tell what was counted and measured", async () => {
  const families = parseMetrics(await renderMetrics(someVitals()));
  const values = (name: string) =>
    families.get(name)!.samples.map(({ labels, value }) => [...Object.values(labels), value]);
  assertEquals(values("lastcall_clients"), [
    ["joining", 1],
    ["open", 2],
    ["lagging", 3],
    ["leaving", 4],
    ["closing", 5],
  ]);
  assertEquals(values("lastcall_closes_total"), [
    ["1012", "closed_by_us", 8],
    ["other", "application_close", 1],
  ]);
  assertEquals(values("lastcall_messages_rejected_total"), [["rate_limited", 5]]);
  assertEquals(values("lastcall_upgrades_refused_total"), [["full", 7]]);
  assertEquals(values("lastcall_sessions_total"), [["new", 9], ["resumed", 3]]);
  assertEquals(values("lastcall_overload_level"), [["lag", 0], ["memory", 1], ["clients", 2]]);
  assertEquals(values("lastcall_alternates"), [[2]]);
  assertEquals(values("lastcall_event_loop_lag_seconds"), [[0.0125]]);
  assertEquals(values("lastcall_shutdown_phase_duration_seconds"), [["unready", 5], [
    "drain",
    0.25,
  ]]);
  assertEquals(values("process_start_time_seconds"), [[1_700_000_000.5]]);
});

Deno.test("a histogram tells its buckets, sum and count", async () => {
  const { samples } = parseMetrics(await renderMetrics(someVitals())).get(
    "lastcall_batch_messages",
  )!;
  const told = samples.map(({ labels, value }) => [labels.le ?? "", value]);
  assertEquals(told.slice(0, 4), [["1", 1], ["2", 1], ["5", 2], ["10", 2]]);
  assertEquals(told.slice(-4), [["500", 2], ["+Inf", 3], ["", 704], ["", 3]]);
});

Deno.test("a scrape does not count anything twice", async () => {
  const vitals = someVitals();
  assertEquals(await renderMetrics(vitals), await renderMetrics(vitals));
});

Deno.test("readingsOf() leaves out the size of a log that has none", () => {
  const vitals = { ...someVitals(), log: { isAvailable: false, bytes: undefined } };
  const names = readingsOf(vitals).map(({ name }) => name);
  assertEquals(names.includes("lastcall_log_size_bytes"), false);
});

Deno.test("a value costs less than a microsecond", () => {
  const { batchSeconds } = new Stats();
  const startedAt = performance.now();
  for (let i = 0; i < 100_000; i++) batchSeconds.observe(0.03);
  assert(performance.now() - startedAt < 100);
});

Deno.test("Distribution counts a value at a bound as within it", () => {
  const distribution = new Distribution([1, 10]);
  for (const value of [0, 1, 1.5, 10, 11]) distribution.observe(value);
  assertEquals(distribution.cumulative(), [2, 4]);
  assertEquals([distribution.count, distribution.sum], [5, 23.5]);
});

Deno.test("parseMetrics() and lintFamily() find what is wrong", () => {
  for (
    const text of [
      "a 1",
      "a 1\n",
      "# HELP a x\n# TYPE a gauge\na 1\na 1\n",
      "# HELP a x\n# HELP a y\n",
      "# HELP a x\n# TYPE a gauge\na{b=c} 1\n",
    ]
  ) assertThrows(() => parseMetrics(text), Error, undefined, text);
  const lint = (name: string, type: string, help = "x") =>
    lintFamily({ name, type, help, samples: [] });
  assertEquals(lint("a_seconds", "gauge"), []);
  for (
    const [name, type, help] of [
      ["a", "counter"],
      ["a_total", "gauge"],
      ["a_ms", "gauge"],
      ["a_milliseconds", "gauge"],
      ["aB", "gauge"],
      ["a_gauge", "gauge"],
      ["a", "untyped"],
      ["a", "gauge", ""],
    ] as [string, string, string?][]
  ) assertEquals(lint(name, type, help).length, 1, name);
});
