import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { OptionError, resolveOptions, severalOf } from "@lastcall/lastcall";
import {
  type Aggregation,
  type Metric,
  type MetricName,
  METRICS,
  unitOf,
} from "../cli/loadtest/metrics.ts";
import {
  evaluate,
  formatThreshold,
  type Op,
  parseThreshold,
  type Threshold,
  threshold,
} from "../cli/loadtest/thresholds.ts";
import { WrongThreshold } from "../cli/loadtest/threshold_words.ts";

Deno.test("parseThreshold() reads metric, tags, aggregation, comparison and value", () => {
  for (
    const [text, wanted] of [
      ["ack_latency p(99) < 500ms", ["ack_latency", {}, "p(99)", "<", 500]],
      ["deliver_latency{phase=fault} p(99.9) < 3s", [
        ...["deliver_latency", { phase: "fault" }, "p(99.9)", "<", 3_000] as const,
      ]],
      ["reconnects_per_second max <= 150", ["reconnects_per_second", {}, "max", "<=", 150]],
      ["reconnects_per_second{fault=2} max<=150/s", [
        ...["reconnects_per_second", { fault: "2" }, "max", "<=", 150] as const,
      ]],
      ["closes{code=1006, kind=normal} count == 0", [
        ...["closes", { code: "1006", kind: "normal" }, "count", "==", 0] as const,
      ]],
      ["exit_time max<20s", ["exit_time", {}, "max", "<", 20_000]],
      ["ack_latency count >= 10", ["ack_latency", {}, "count", ">=", 10]],
      [" generator_memory max > 1MiB ", ["generator_memory", {}, "max", ">", 1_048_576]],
      ["ack_latency p(099) < 0.5ms", ["ack_latency", {}, "p(99)", "<", 0.5]],
    ] as [string, [string, Record<string, string>, string, string, number]][]
  ) {
    const { metric, tags, aggregation, op, value } = parseThreshold(text);
    assertEquals([metric, tags, aggregation, op, value], wanted, text);
  }
});

Deno.test("parseThreshold() says what is wrong, and names the nearest", () => {
  for (
    const [text, wanted] of [
      ["", "it has another shape"],
      ["lost count = 0", "it has another shape"],
      ["lost count == 0 lost", "it has another shape"],
      ["ack_latancy p(99) < 1s", "there is no metric ack_latancy; did you mean ack_latency?"],
      ["constructor count == 0", "there is no metric constructor"],
      ["ack_latency{phse=calm} max < 1s", "ack_latency has no tag phse; did you mean phase?"],
      ["ack_latency{phase=clam} max < 1s", 'phase must be one of calm, fault; got "clam"'],
      ["ack_latency{phase} max < 1s", "phase must be TAG=VALUE"],
      ["closes{code=1006,code=1001} count == 0", "the tag code is there twice"],
      ["closes{code=many} count == 0", 'code must be a whole number; got "many"'],
      ["lost{kind=normal} count == 0", "lost has no tags; got kind"],
      ["lost max == 0", 'lost has count; got "max"'],
      ["lost == 0", 'lost has count; got ""'],
      ["ack_latency p(101) < 1s", 'ack_latency has p(N), max, count; got "p(101)"'],
      ["generator_lag p(50) < 1s", 'generator_lag has p(99), max; got "p(50)"'],
      ["ack_latency percentiles < 1s", 'got "percentiles"'],
      ["ack_latency p(99) < 500", 'needs a time, such as 500ms or 3s; got "500"'],
      ["ack_latency count < 5ms", "needs a number without a unit"],
      ["reconnects_per_second max < 5ms", "needs a number per second"],
      ["generator_memory max < 5s", "needs a size, such as 512MiB"],
      ["lost count < -1", 'got "-1"'],
      ["lost count < 1e9", 'got "1e9"'],
    ] as const
  ) {
    const error = assertThrows(() => parseThreshold(text), WrongThreshold);
    assertStringIncludes(error.message, wanted);
  }
});

const percentile = fc.integer({ min: 0, max: 100_000 }).map((n) => `p(${n / 1_000})` as const);

function tagValues(values: readonly string[] | "N"): fc.Arbitrary<string> {
  return values === "N" ? fc.nat(99_999).map(String) : fc.constantFrom(...values);
}

function valueOf(facts: Metric, aggregation: Aggregation): fc.Arbitrary<number> {
  const isWhole = unitOf(facts, aggregation) === "size";
  return fc.nat(2 ** 31 - 1).map((n) => isWhole ? n : n / 1_000);
}

const thresholds: fc.Arbitrary<Threshold> = fc
  .constantFrom(...Object.keys(METRICS) as MetricName[])
  .chain((metric) => {
    const facts: Metric = METRICS[metric];
    const tags = Object.fromEntries(
      Object.entries(facts.tags).map(([tag, values]) => [tag, tagValues(values)]),
    );
    const aggregations = facts.aggregations.map((one) =>
      one === "percentiles" ? percentile : fc.constant(one)
    );
    return fc.oneof(...aggregations as fc.Arbitrary<Aggregation>[]).chain((aggregation) =>
      fc.record({
        metric: fc.constant(metric),
        tags: fc.record(tags, { requiredKeys: [], noNullPrototype: true }) as fc.Arbitrary<
          Record<string, string>
        >,
        aggregation: fc.constant(aggregation),
        op: fc.constantFrom<Op>("<", "<=", ">", ">=", "=="),
        value: valueOf(facts, aggregation),
      })
    );
  });

Deno.test("parseThreshold() reads back what formatThreshold() writes", () => {
  fc.assert(fc.property(thresholds, (one) => {
    assertEquals(parseThreshold(formatThreshold(one)), one);
  }));
});

Deno.test("parseThreshold() reads any text, or says what is wrong with it", () => {
  const words = fc.array(
    fc.constantFrom("lost", "p(99)", "max", "count", "<", "==", "{", "}", "=", "5", "ms", " "),
  ).map((parts) => parts.join(""));
  fc.assert(fc.property(fc.oneof(fc.string(), words), (text) => {
    try {
      parseThreshold(text);
    } catch (error) {
      if (!(error instanceof WrongThreshold)) throw error;
    }
  }));
});

Deno.test("evaluate() compares what was measured, and fails what was not", () => {
  const wanted = ["lost count == 0", "exit_time max < 20s", "back_time{fault=1} max <= 900ms"]
    .map(parseThreshold);
  const asked: unknown[] = [];
  const rows = evaluate(wanted, (metric, tags, aggregation) => {
    asked.push([metric, tags, aggregation]);
    return metric === "lost" ? 0 : metric === "exit_time" ? 20_000 : undefined;
  });
  assertEquals(asked, [
    ["lost", {}, "count"],
    ["exit_time", {}, "max"],
    ["back_time", { fault: "1" }, "max"],
  ]);
  assertEquals(rows, [
    { text: "lost count == 0", value: "0", isMet: true },
    { text: "exit_time max < 20s", value: "20s", isMet: false },
    { text: "back_time{fault=1} max <= 900ms", value: "no samples", isMet: false },
  ]);
});

Deno.test("evaluate() knows each comparison", () => {
  for (
    const [op, below, equal, above] of [
      ...[["<", true, false, false], ["<=", true, true, false], ["==", false, true, false]],
      ...[[">=", false, true, true], [">", false, false, true]],
    ] as [Op, boolean, boolean, boolean][]
  ) {
    const met = [4, 5, 6].map((n) => evaluate([parseThreshold(`gaps count ${op} 5`)], () => n)[0]);
    assertEquals(met.map((row) => row!.isMet), [below, equal, above], op);
  }
});

Deno.test("threshold is an option that may be repeated and explains itself", () => {
  const table = {
    limits: { flag: "threshold", kind: severalOf(threshold), help: "", group: "" },
  };
  const { settings } = resolveOptions<{ limits: Threshold[] }>(table, [
    ...["--threshold", "lost count == 0; gaps count == 0", "--threshold=exit_time max<1s"],
  ]);
  assertEquals(settings.limits.map(formatThreshold), [
    ...["lost count == 0", "gaps count == 0", "exit_time max < 1s"],
  ]);
  const wrong = () => resolveOptions(table, ["--threshold", "lots count == 0"]);
  const { message } = assertThrows(wrong, OptionError);
  assertStringIncludes(message, "--threshold must be METRIC[{TAG=VALUE}] p(N)|max|count OP VALUE");
  assertStringIncludes(message, "there is no metric lots; did you mean lost?");
});
