/**
 * The tables of the report.
 *
 * @module
 */

import { CLOSE_CODES, formatByteSize, formatDuration } from "@lastcall/lastcall";
import { CUT, type Figures, GENERATOR_BOUND_MS } from "./figures.ts";
import { nameCounts } from "./findings.ts";
import { contradictions, describeReceipt } from "./receipt.ts";
import type { Run } from "./run.ts";
import type { Cell } from "./text_table.ts";
import { groupDigits } from "./text_table.ts";

/** A table with its title; no rows: nothing to show. */
export interface Section {
  title: string;
  rows: Cell[][];
}

/** All tables, in order. */
export function sectionsOf(run: Run, figures: Figures): Section[] {
  return [
    { title: "Clients", rows: clientRows(figures) },
    { title: "Messages", rows: messageRows(run) },
    { title: "Closes", rows: closeRows(figures) },
    { title: "Shutdown", rows: shutdownRows(run, figures) },
    { title: "Receipt of the server", rows: receiptRows(run) },
    { title: "Generator", rows: generatorRows(run, figures) },
  ].filter(({ rows }) => rows.length > 0);
}

function clientRows({ kinds }: Figures): Cell[][] {
  const rows = kinds.map(({ kind, asked, connected, refusals }) => [
    ...[kind, asked, connected],
    nameCounts(refusals),
  ]);
  return [["", "asked", "connected", ""], ...rows];
}

function messageRows({ phases }: Run): Cell[][] {
  const rows = phases.filter(({ offered }) => offered > 0).map((row) => [
    ...[row.phase, row.offered, row.sent, row.notConnected + row.blocked],
    ...[row.seenByAll + row.withoutReader, row.seenBySome, row.seenByNone],
  ]);
  if (rows.length === 0) return [];
  return [["", "offered", "sent", "not sent", "seen by all", "by some", "by none"], ...rows];
}

function closeRows({ closes }: Figures): Cell[][] {
  if (closes.length === 0) return [];
  const rows = closes.map(({ kind, code, clients }) => [kind, ...describeClose(code), clients]);
  return [["", "code", "", "clients"], ...rows];
}

function describeClose(code: number | undefined): [string, string] {
  if (code === undefined) return ["-", "no end seen"];
  if (code === CUT) return ["1006", "cut: no Close frame"];
  return [String(code), CLOSE_CODES[code]?.name ?? "unregistered"];
}

function shutdownRows({ exit }: Run, figures: Figures): Cell[][] {
  const { firstCloseMs, lastCloseMs, exitMs, peakClosesPerSecond } = figures;
  const rows: Cell[][] = [];
  if (firstCloseMs !== undefined && lastCloseMs !== undefined) {
    rows.push(["signal to first close", formatDuration(firstCloseMs)]);
    rows.push(["signal to last close", formatDuration(lastCloseMs)]);
    rows.push(["peak closes in a second", groupDigits(peakClosesPerSecond)]);
  }
  if (exit && exitMs !== undefined) rows.push(["signal to process exit", formatDuration(exitMs)]);
  if (exit) rows.push(["exit code", describeExit(exit)]);
  return rows;
}

function describeExit({ code, signal, killed }: NonNullable<Run["exit"]>): string {
  return `${code}${signal ? ` (${signal})` : ""}${killed ? ", killed by us" : ""}`;
}

function receiptRows(run: Run): Cell[][] {
  if (!run.receipt) return [];
  const doubts = contradictions(run.receipt, run);
  return [
    ["counted", describeReceipt(run.receipt)],
    ["took", formatDuration(run.receipt.durationMs)],
    ...doubts.length === 0
      ? [["agrees", "yes, with what the clients saw"]]
      : doubts.map((doubt) => ["DISAGREES", doubt]),
  ];
}

function generatorRows({ generator, deliveries }: Run, { generatorBound }: Figures): Cell[][] {
  const { backToSender, foreign, damaged, total, peakPerSecond } = deliveries;
  const { lagP99Ms, peakRssBytes } = generator;
  const others: [string, number][] = [
    ["back to the sender", backToSender],
    ["not ours", foreign],
    ["damaged", damaged],
  ];
  const bound = generatorBound ? `, above ${GENERATOR_BOUND_MS}ms` : "";
  return [
    ["received", `${groupDigits(total)}, at most ${groupDigits(peakPerSecond)} in a second`],
    ["timer lag", `${formatDuration(lagP99Ms)} (p99)${bound}`],
    ["memory", formatByteSize(peakRssBytes)],
    ...others.filter(([, count]) => count > 0).map(([name, count]) => [name, groupDigits(count)]),
  ];
}
