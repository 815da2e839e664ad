/**
 * What a report shows, whatever was tested and however it is shown: text, JSON and HTML are made from
 * this. Plain data. Times are ms since the start of the run.
 *
 * @module
 */

import type { Verdict } from "../check/judge.ts";
import type { Cell } from "../text_table.ts";

/** A table with its title. */
export interface Section {
  title: string;
  /** No rows: nothing to show. */
  rows: Cell[][];
  /** The first row holds headings. */
  hasHead?: boolean;
}

/** A time during which a fault was under way. */
export interface FaultSpan {
  /** `SIGTERM to server 1`. */
  label: string;
  fromMs: number;
  /** When everybody was back, or else the process was gone, or else the run was over. */
  toMs: number;
}

/** A moment at which something was wrong. */
export interface AnomalyMark {
  /** `lost`, `undelivered`: few words. */
  label: string;
  atMs: number;
}

/** How a run went over time. Every list has a value for each step. */
export interface RunSeries {
  stepMs: number;
  /** Normal clients that had a connection at the end of the step. */
  open: number[];
  /** Normal clients that had had one and had none. */
  reconnecting: number[];
  /** Messages in the step. */
  offered: number[];
  acknowledged: number[];
  delivered: number[];
  /** From due to delivered, of what was delivered in the step; `null`: nothing was. */
  p50Ms: (number | null)[];
  p99Ms: (number | null)[];
  maxMs: (number | null)[];
  /** Messages that were sent and not yet seen, on average over the readers, at the end of the step. */
  backlog: number[];
  /** Attempts to come back after a connection had ended. */
  reconnects: number[];
}

/** How many connections of one kind of client ended in one way. */
export interface CloseCount {
  kind: string;
  /** `1012`, `1006`, or words. */
  code: string;
  /** `service_restart`, `cut: no Close frame`. */
  name: string;
  count: number;
}

/** One run as it is told. */
export interface ReportModel {
  verdict: Verdict;
  exitCode: number;
  /** The verdict in words. */
  headline: string;
  /** What is wrong. */
  failures: string[];
  /** Which limits and thresholds were passed. */
  exceeded: string[];
  /** Which evidence is missing. */
  missing: string[];
  /** What to bear in mind, such as a generator that was late. */
  notes: string[];
  /** `rolling`, v1, 200 clients: the plan in a few words each. */
  plan: [string, string][];
  startedAt: string;
  tookMs: number;
  sections: Section[];
  /** The first of each anomaly, told. */
  stories: string[];
  thresholds: { text: string; value: string; isMet: boolean }[];
  faults: FaultSpan[];
  /** When something was wrong, as far as that is known; sorted. */
  anomalies?: AnomalyMark[];
  closes: CloseCount[];
  series: RunSeries;
  /** The moments at which clients tried to come back, sorted, at most 1 000 of them. */
  reconnectsAtMs: number[];
  /** Last output of servers, when that may explain something. */
  outputs: { title: string; lines: string[] }[];
  /** How to judge it again. */
  again?: string;
}

/** Several runs as they are told together. */
export interface SeriesModel {
  /** `rolling, 20 runs`. */
  title: string;
  /** The verdict over all of them. */
  verdict: Verdict;
  exitCode: number;
  /** The verdict in words. */
  headline: string;
  /** What the cells of every run are: `acknowledged`, `lost`. */
  columns: string[];
  runs: SeriesRun[];
}

/** One of several runs. */
export interface SeriesRun {
  /** `seed 7`, `kill9`. */
  name: string;
  /** One for each column. */
  cells: Cell[];
  report: ReportModel;
}
