/**
 * Reads the text format of Prometheus, and finds what `promtool check metrics` would complain about.
 *
 * Sources: the text format 0.0.4; the rules of prometheus/client_golang's promlint.
 */

/** One family of samples. */
export interface MetricFamily {
  name: string;
  type: string;
  help: string;
  samples: { name: string; labels: Record<string, string>; value: number }[];
}

/** The families by name. Throws where the text is not well formed. */
export function parseMetrics(text: string): Map<string, MetricFamily> {
  const families = new Map<string, MetricFamily>();
  if (!text.endsWith("\n")) throw new Error("The last line must end with a line feed");
  let current: MetricFamily | undefined;
  for (const line of text.split("\n").filter(Boolean)) {
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (comment) current = noteComment(families, comment);
    else if (!line.startsWith("#")) addSample(current, line);
  }
  return families;
}

function noteComment(
  families: Map<string, MetricFamily>,
  [, kind, name, text]: RegExpExecArray,
): MetricFamily {
  const known = families.get(name!);
  const family = known ?? { name: name!, type: "", help: "", samples: [] };
  const field = kind === "HELP" ? "help" : "type";
  if (family[field] !== "") throw new Error(`A second ${kind} of ${name}`);
  if (family.samples.length > 0) throw new Error(`${kind} of ${name} after its samples`);
  family[field] = text!;
  families.set(name!, family);
  return family;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? ([-+]?(?:[\d.]+(?:e[-+]?\d+)?|Inf)|NaN)$/i;

function addSample(family: MetricFamily | undefined, line: string): void {
  const match = SAMPLE.exec(line);
  if (!match) throw new Error(`Not a sample: ${line}`);
  const [, name, labelText = "", value] = match;
  const suffixes = family?.type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
  if (!family || !suffixes.some((suffix) => name === family.name + suffix)) {
    throw new Error(`A sample without its family: ${line}`);
  }
  const pairs = [...labelText.matchAll(/(\w+)="((?:[^"\\]|\\.)*)",?/g)];
  if (pairs.map(([pair]) => pair).join("") !== labelText) throw new Error(`Bad labels: ${line}`);
  const labels = Object.fromEntries(pairs.map(([, label, text]) => [label!, text!]));
  const key = JSON.stringify([name, labels]);
  if (family.samples.some((one) => JSON.stringify([one.name, one.labels]) === key)) {
    throw new Error(`A second sample: ${line}`);
  }
  family.samples.push({ name: name!, labels, value: Number(value!.replace("Inf", "Infinity")) });
}

const ABBREVIATED = /_(?:ms|msecs?|secs?|s|mins?|hrs?|kb|mb|gb|kib|mib|b)(?:_|$)/;
const NOT_BASE =
  /_(?:milliseconds|microseconds|nanoseconds|minutes|hours|days|kilobytes|megabytes)/;

/** What is wrong with a family, as sentences. */
export function lintFamily({ name, type, help, samples }: MetricFamily): string[] {
  const wrong = (isWrong: boolean, what: string) => isWrong ? [`${name}: ${what}`] : [];
  const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
  if (type === "histogram") labels.delete("le");
  return [
    ...wrong(help === "", "no help"),
    ...wrong(!["counter", "gauge", "histogram"].includes(type), `unknown type ${type}`),
    ...wrong(type === "counter" !== name.endsWith("_total"), "_total belongs to counters"),
    ...wrong(
      /_(?:sum|count|bucket|info)$/.test(name) && !name.endsWith("_info"),
      "reserved suffix",
    ),
    ...wrong(/_(?:counter|gauge|histogram|summary)(?:_|$)/.test(name), "type in the name"),
    ...wrong(!/^[a-z][a-z0-9_]*$/.test(name) || name.includes("__"), "not snake case"),
    ...wrong(ABBREVIATED.test(name) || NOT_BASE.test(name), "not a base unit"),
    ...[...labels].flatMap((label) => [
      ...wrong(!/^[a-z][a-z0-9_]*$/.test(label), `label ${label} is not snake case`),
      ...wrong(["le", "quantile", "job", "instance"].includes(label), `label ${label} is taken`),
      ...wrong(name.includes(`by_${label}`), `label ${label} in the name`),
    ]),
    ...wrong(type === "histogram" && !isCumulative(samples), "buckets do not add up"),
    ...wrong(type === "counter" && samples.some(({ value }) => value < 0), "a negative count"),
  ];
}

function isCumulative(samples: MetricFamily["samples"]): boolean {
  const buckets = samples.filter(({ name }) => name.endsWith("_bucket"));
  const bounds = buckets.map(({ labels }) => Number(labels.le!.replace("Inf", "Infinity")));
  const count = samples.find(({ name }) => name.endsWith("_count"))?.value;
  return buckets.every(({ value }, i) => i === 0 || value >= buckets[i - 1]!.value) &&
    bounds.every((bound, i) => i === 0 || bound > bounds[i - 1]!) &&
    bounds.at(-1) === Infinity && buckets.at(-1)!.value === count;
}
