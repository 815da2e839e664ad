/**
 * Limits that a run must keep, as a person writes them: `deliver_latency{phase=fault} p(99) < 3s`.
 *
 * ```text
 * metric [{tag=value,…}] p(N)|max|count  < | <= | > | >= | ==  value[unit]
 * ```
 *
 * @module
 */

import type { Kind } from "@lastcall/lastcall";
import { type Aggregation, type Metric, type MetricName, METRICS, unitOf } from "./metrics.ts";
import { checkAggregation, checkTags, findMetric, WrongThreshold } from "./threshold_words.ts";
import { UNITS } from "./units.ts";

/** One threshold. Plain data. */
export interface Threshold {
  metric: MetricName;
  tags: Record<string, string>;
  aggregation: Aggregation;
  op: Op;
  /** In ms, plain, per second, or bytes, as the metric has it. */
  value: number;
}

const OPS = {
  "<": (measured: number, value: number) => measured < value,
  "<=": (measured: number, value: number) => measured <= value,
  ">": (measured: number, value: number) => measured > value,
  ">=": (measured: number, value: number) => measured >= value,
  "==": (measured: number, value: number) => measured === value,
};

/** How a measured value is compared with that of a threshold. */
export type Op = keyof typeof OPS;

/** Looks a value up; `undefined`: there are no samples. */
export type Lookup = (
  metric: MetricName,
  tags: Readonly<Record<string, string>>,
  aggregation: Aggregation,
) => number | undefined;

/** How a threshold was kept, as reports show it. */
export interface ThresholdRow {
  text: string;
  value: string;
  isMet: boolean;
}

const SHAPE =
  /^([a-z_0-9]+) *(?:\{([^{}]*)\})? *(?:(p\([^()]*\)|[a-z]+) *)?(<=|>=|==|<|>) *([^ <>=]+)$/;

/** Reads a threshold. Throws a {@linkcode WrongThreshold} that says what is wrong with it. */
export function parseThreshold(text: string): Threshold {
  const match = SHAPE.exec(text.trim());
  if (!match) throw new WrongThreshold("it has another shape");
  const [, name = "", tagText = "", aggregationText = "", op = "", valueText = ""] = match;
  const metric = findMetric(name);
  const facts: Metric = METRICS[metric];
  const tags = checkTags(metric, tagText);
  const aggregation = checkAggregation(metric, aggregationText);
  const unit = UNITS[unitOf(facts, aggregation)];
  const value = unit.parse(valueText);
  if (value === undefined) {
    throw new WrongThreshold(
      `${metric} ${aggregation} needs ${unit.example}; got ${JSON.stringify(valueText)}`,
    );
  }
  return { metric, tags, aggregation, op: op as Op, value };
}

/** Writes a threshold so that it can be read again. */
export function formatThreshold({ metric, tags, aggregation, op, value }: Threshold): string {
  const pairs = Object.entries(tags).map(([tag, wanted]) => `${tag}=${wanted}`);
  const unit = UNITS[unitOf(METRICS[metric], aggregation)];
  return `${metric}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${aggregation} ${op} ` +
    unit.write(value);
}

/** A threshold as the value of an option. */
export const threshold: Kind<Threshold> = {
  placeholder: "EXPR",
  allowed: "METRIC[{TAG=VALUE}] p(N)|max|count OP VALUE, such as 'ack_latency p(99) < 500ms'",
  parse: (text) => attempt(text).threshold,
  explain: (text) => attempt(text).why,
};

/** Holds what was measured against each threshold. What was not measured is not met. */
export function evaluate(thresholds: readonly Threshold[], lookup: Lookup): ThresholdRow[] {
  return thresholds.map((one) => {
    const { metric, tags, aggregation, op, value } = one;
    const measured = lookup(metric, tags, aggregation);
    const text = formatThreshold(one);
    if (measured === undefined) return { text, value: "no samples", isMet: false };
    const unit = UNITS[unitOf(METRICS[metric], aggregation)];
    return { text, value: unit.show(measured), isMet: OPS[op](measured, value) };
  });
}

function attempt(text: string): { threshold?: Threshold; why?: string } {
  try {
    return { threshold: parseThreshold(text) };
  } catch (error) {
    if (!(error instanceof WrongThreshold)) throw error;
    return { why: error.message };
  }
}
