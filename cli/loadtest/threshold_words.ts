/**
 * The words of a threshold, held against the metrics that there are.
 *
 * @module
 */

import { closestString } from "@std/text/closest-string";
import {
  type Aggregation,
  aggregationNames,
  type Metric,
  type MetricName,
  METRICS,
} from "./metrics.ts";

/** A threshold cannot be read. The message says why, in a clause. */
export class WrongThreshold extends RangeError {
  override name = "WrongThreshold";
}

/** The metric of this name. */
export function findMetric(name: string): MetricName {
  if (Object.hasOwn(METRICS, name)) return name as MetricName;
  throw new WrongThreshold(`there is no metric ${name}; ${nearest(name, Object.keys(METRICS))}`);
}

/** Reads `phase=fault,code=1006`. */
export function checkTags(metric: MetricName, text: string): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const part of text.split(",").map((part) => part.trim()).filter(Boolean)) {
    const [tag = "", value = "", ...more] = part.split("=").map((word) => word.trim());
    if (more.length > 0 || value === "") throw new WrongThreshold(`${part} must be TAG=VALUE`);
    if (Object.hasOwn(tags, tag)) throw new WrongThreshold(`the tag ${tag} is there twice`);
    checkTag(metric, tag, value);
    tags[tag] = value;
  }
  return tags;
}

/** The aggregation, if the metric has it. */
export function checkAggregation(metric: MetricName, text: string): Aggregation {
  const { aggregations }: Metric = METRICS[metric];
  const share = /^p\((\d{1,3}(?:\.\d{1,3})?)\)$/.exec(text)?.[1];
  const name = share === undefined ? text : `p(${Number(share)})`;
  const isPercentile = Number(share) <= 100 && aggregations.includes("percentiles");
  if (isPercentile || aggregations.some((one) => one === name && one !== "percentiles")) {
    return name as Aggregation;
  }
  throw new WrongThreshold(
    `${metric} has ${aggregationNames(METRICS[metric])}; got ${JSON.stringify(text)}`,
  );
}

function checkTag(metric: MetricName, tag: string, value: string): void {
  const { tags }: Metric = METRICS[metric];
  const names = Object.keys(tags);
  if (names.length === 0) throw new WrongThreshold(`${metric} has no tags; got ${tag}`);
  if (!Object.hasOwn(tags, tag)) {
    throw new WrongThreshold(`${metric} has no tag ${tag}; ${nearest(tag, names)}`);
  }
  const values = tags[tag]!;
  if (values === "N") {
    if (/^(0|[1-9]\d{0,5})$/.test(value)) return;
    throw new WrongThreshold(`${tag} must be a whole number; got ${JSON.stringify(value)}`);
  }
  if (values.includes(value)) return;
  throw new WrongThreshold(
    `${tag} must be one of ${values.join(", ")}; got ${JSON.stringify(value)}`,
  );
}

function nearest(word: string, words: string[]): string {
  return `did you mean ${closestString(word, words)}?`;
}
