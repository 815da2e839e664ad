/**
 * The figures of a run: medians of its samples, ours against the others', and what they should reach.
 *
 * @module
 */

import type { ContenderName } from "./contenders.ts";
import { deliveriesPerSecond, type LoadPart } from "./plan.ts";
import { type CommitSample, median, type Results, type ValueName } from "./samples.ts";

/** A limit for one of our figures. */
export type Target =
  /** A multiple of another server's. */
  | { than: ContenderName; atMost: number }
  /** In the figure's own unit. */
  | { than?: undefined; atMost: number };

/** One row: what, in which unit, and what it should reach. */
export interface FigureKind {
  part: LoadPart;
  value: ValueName;
  title: string;
  unit: string;
  targets: readonly Target[];
}

/** A figure of every server. */
export interface Figure extends FigureKind {
  /** Medians. */
  values: Partial<Record<ContenderName, number>>;
  /** Of each target, whether it is met; `undefined` when that cannot be said. */
  met: (boolean | undefined)[];
  /** Servers whose samples say as much about the generator. */
  generatorBound: ContenderName[];
  /** Servers that did not deliver all in time. */
  overloaded: ContenderName[];
}

/** A timer later than this (99 % of the time less) means that the generator measured itself. */
export const GENERATOR_BOUND_MS = 20;
/** A server that delivers a smaller share of what is due than this is overloaded. */
const KEEPS_UP_SHARE = 0.95;

/** The figures, in the order of the report. */
export const FIGURE_KINDS: readonly FigureKind[] = [
  {
    part: "cpu",
    value: "cpuUs",
    title: "server CPU per delivery",
    unit: "µs",
    targets: [{ than: "ws", atMost: 0.25 }, { than: "bun", atMost: 0.6 }],
  },
  {
    part: "cpu",
    value: "deliveriesPerSecond",
    title: "deliveries reached",
    unit: "/s",
    targets: [],
  },
  { part: "idle", value: "p50Ms", title: "latency, idle, p50", unit: "ms", targets: [] },
  { part: "idle", value: "p99Ms", title: "latency, idle, p99", unit: "ms", targets: [] },
  { part: "busy", value: "p50Ms", title: "latency, busy, p50", unit: "ms", targets: [] },
  {
    part: "busy",
    value: "p99Ms",
    title: "latency, busy, p99",
    unit: "ms",
    targets: [{ than: "bun", atMost: 2 }],
  },
  { part: "busy", value: "cpuUs", title: "server CPU per delivery, busy", unit: "µs", targets: [] },
  {
    part: "memory",
    value: "kibPerConnection",
    title: "memory per idle connection",
    unit: "KiB",
    targets: [{ atMost: 40 }],
  },
];

/** The figures of a run: those of the parts that were measured. */
export function figuresOf(results: Results): Figure[] {
  return FIGURE_KINDS.filter(({ part }) => results.plan.parts.includes(part))
    .map((kind) => figureOf(kind, results));
}

/** Ours as a multiple of another server's; `undefined` when either is missing. */
export function ratioTo(
  { values }: Pick<Figure, "values">,
  other: ContenderName,
): number | undefined {
  const [ours, theirs] = [values.lastcall, values[other]];
  return ours === undefined || !theirs ? undefined : ours / theirs;
}

/** What appending costs: the median of each store, by batch. */
export function commitFigures(
  commits: readonly CommitSample[],
): { store: string; byBatch: Map<number, number> }[] {
  const byStore = Map.groupBy(commits, ({ store }) => store);
  return [...byStore].map(([store, samples]) => ({
    store,
    byBatch: new Map(
      [...Map.groupBy(samples, ({ batch }) => batch)]
        .map(([batch, some]) => [batch, median(some.map(({ usPerMessage }) => usPerMessage))!]),
    ),
  }));
}

function figureOf(kind: FigureKind, { samples, plan }: Results): Figure {
  const ofPart = Map.groupBy(
    samples.filter(({ part }) => part === kind.part),
    ({ server }) => server,
  );
  const medians = (value: ValueName) =>
    Object.fromEntries(
      [...ofPart].map(([server, some]) => [
        server,
        median(some.flatMap(({ values }) => values[value] ?? [])),
      ]),
    ) as Figure["values"];
  const values = medians(kind.value);
  const reached = medians("deliveriesPerSecond");
  const load = plan.loads[kind.part];
  // At each end of the window a message may be cut in two.
  const cut = 2 * load.clients * 1_000 / load.windowMs;
  const wanted = deliveriesPerSecond(load) * KEEPS_UP_SHARE - cut;
  return {
    ...kind,
    values,
    met: kind.targets.map((target) => isMet(target, values)),
    generatorBound: plan.servers.filter((server) =>
      (median((ofPart.get(server) ?? []).map(({ lagP99Ms }) => lagP99Ms)) ?? 0) >
        GENERATOR_BOUND_MS
    ),
    overloaded: plan.servers.filter((server) => reached[server]! < wanted),
  };
}

function isMet({ than, atMost }: Target, values: Figure["values"]): boolean | undefined {
  const value = than ? ratioTo({ values }, than) : values.lastcall;
  return value === undefined ? undefined : value <= atMost;
}
