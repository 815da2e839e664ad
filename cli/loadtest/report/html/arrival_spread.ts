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
const INKS = ["blue", "orange", "teal", "violet"] as const;

/** Attempts that belong to one curve, in ms since their fault. */
interface Wave {
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
    summary: waves.map(tell).join(" "),
    unit: "percent",
    xs,
    lines: waves.map((wave, i) => lineOf(wave, i, xs)),
  };
}

function wavesOf(faults: readonly FaultSpan[], reconnectsAtMs: readonly number[]): Wave[] {
  const waves = faults.map(({ label, fromMs }, i): Wave => {
    const endMs = faults[i + 1]?.fromMs ?? Infinity;
    const own = reconnectsAtMs.filter((atMs) => atMs >= fromMs && atMs < endMs);
    return {
      name: `${i + 1}: ${label}`,
      sinceMs: own.map((atMs) => Math.round(atMs - fromMs)).sort((a, b) => a - b),
    };
  }).filter(({ sinceMs }) => sinceMs.length > 0);
  if (waves.length <= MOST_CURVES) return waves;
  const all = waves.flatMap(({ sinceMs }) => sinceMs).sort((a, b) => a - b);
  return [{ name: `all ${waves.length} faults`, sinceMs: all }];
}

function tell({ name, sinceMs }: Wave): string {
  const after = (share: number) =>
    formatDuration(sinceMs[Math.max(0, Math.ceil(share * sinceMs.length) - 1)]!);
  return `${name}: half after ${after(0.5)}, all after ${after(1)}.`;
}

function lineOf({ name, sinceMs }: Wave, i: number, xs: readonly number[]): ChartLine {
  let done = 0;
  const values = xs.map((x) => {
    while (done < sinceMs.length && sinceMs[done]! <= x) done++;
    return done / sinceMs.length * 100;
  });
  return { name, ink: INKS[i]!, shape: "stairs", values };
}
