/**
 * How the attempts to come back spread over the time since a fault: a steep curve is a stampede.
 *
 * @module
 */

import { formatDuration } from "@lastcall/lastcall";
import type { FaultSpan } from "../model.ts";
import type { Chart, ChartLine } from "./chart.ts";

/** More faults than these are told by one curve. */
const MOST_CURVES = 4;
/** Faults that begin so close together count as one. */
const AT_ONCE_MS = 250;
const INKS = ["blue", "orange", "teal", "violet"] as const;

/** Attempts that belong to one curve, in ms since their fault. */
interface Wave {
  /** `fault 1`. */
  word: string;
  name: string;
  sinceMs: number[];
}

/** The share of attempts that had been made, over the time since the fault. */
export function arrivalSpread(
  faults: readonly FaultSpan[],
  reconnectsAtMs: readonly number[],
): Chart | undefined {
  const waves = wavesOf(faults, reconnectsAtMs);
  if (waves.length === 0) return undefined;
  const xs = [...new Set([0, ...waves.flatMap(({ sinceMs }) => sinceMs)])].sort((a, b) => a - b);
  return {
    id: "spread",
    title: "Reconnects since the fault",
    about:
      "Share of the attempts made by then (CDF). Paced returns climb evenly; a stampede jumps.",
    summary: `After ${waves.map(tell).join("; after ")}.`,
    unit: "percent",
    xs,
    lines: waves.map((wave, i) => lineOf(wave, i, xs)),
  };
}

function wavesOf(faults: readonly FaultSpan[], reconnectsAtMs: readonly number[]): Wave[] {
  const moments = momentsOf(faults);
  const waves = moments.map(({ fromMs, word, name }, i): Wave => {
    const endMs = moments[i + 1]?.fromMs ?? Infinity;
    const own = reconnectsAtMs.filter((atMs) => atMs >= fromMs && atMs < endMs);
    const sinceMs = own.map((atMs) => Math.round(atMs - fromMs)).sort((a, b) => a - b);
    return { word, name, sinceMs };
  }).filter(({ sinceMs }) => sinceMs.length > 0);
  if (waves.length <= MOST_CURVES) return waves;
  const all = waves.flatMap(({ sinceMs }) => sinceMs).sort((a, b) => a - b);
  const word = `all ${waves.length} faults`;
  return [{ word, name: word, sinceMs: all }];
}

/** The faults; those that began at once are one, for nobody can tell whose attempts are whose. */
function momentsOf(faults: readonly FaultSpan[]): { fromMs: number; word: string; name: string }[] {
  const groups: { fromMs: number; first: number; labels: string[] }[] = [];
  faults.forEach(({ label, fromMs }, i) => {
    const group = groups.at(-1);
    if (group && fromMs - group.fromMs <= AT_ONCE_MS) group.labels.push(label);
    else groups.push({ fromMs, first: i + 1, labels: [label] });
  });
  return groups.map(({ fromMs, first, labels }) => {
    const numbers = `${first} to ${first + labels.length - 1}`;
    return labels.length === 1
      ? { fromMs, word: `fault ${first}`, name: `${first}: ${labels[0]}` }
      : { fromMs, word: `faults ${numbers}`, name: `${numbers}, at once` };
  });
}

function tell({ word, sinceMs }: Wave): string {
  const by = (share: number) =>
    formatDuration(sinceMs[Math.max(0, Math.ceil(share * sinceMs.length) - 1)]!);
  return `${word}: half by ${by(0.5)}, all by ${by(1)}`;
}

function lineOf({ name, sinceMs }: Wave, i: number, xs: readonly number[]): ChartLine {
  let done = 0;
  const values = xs.map((x) => {
    while (done < sinceMs.length && sinceMs[done]! <= x) done++;
    return done / sinceMs.length * 100;
  });
  return { name, ink: INKS[i]!, shape: "stairs", values };
}
