/**
 * What the page's script draws: plain data that goes into the page as JSON.
 *
 * @module
 */

/** How values are written: `1 200`, `1 200/s`, `61ms`, `40%`. */
export type Unit = "count" | "perSecond" | "ms" | "percent";

/** One line of a chart. */
export interface ChartLine {
  name: string;
  /** Its colour: a custom property of the style. */
  ink: "blue" | "orange" | "teal" | "violet" | "grey";
  shape: "line" | "area" | "bars" | "stairs";
  isDashed?: boolean;
  /** One for each x; `null`: nothing was measured. */
  values: (number | null)[];
}

/** One chart. */
export interface Chart {
  id: string;
  title: string;
  /** What is counted, and how. */
  about: string;
  /** What it shows, for those who do not see it, and for those in a hurry. */
  summary: string;
  unit: Unit;
  isLog?: boolean;
  lines: ChartLine[];
  /** Its own x, in ms; without: the time of the run. */
  xs?: number[];
}

/** The charts of one run. */
export interface ChartData {
  stepMs: number;
  steps: number;
  faults: { label: string; fromMs: number; toMs: number }[];
  anomalies: { label: string; atMs: number }[];
  charts: Chart[];
}
