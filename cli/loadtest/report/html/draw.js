// Turns the data of one chart into a drawing by uPlot.

const AXIS_PX = 58;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
/** Distances between ticks that people count in. */
const TIME_STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE_MS),
  ...[1, 2, 4, 6, 12, 24, 48, 96].map((n) => n * HOUR_MS),
];

/** Draws into `plot`; the result follows the colour scheme when it is drawn again. */
// deno-lint-ignore no-unused-vars -- used by page.js
function drawChart(plot, { run, chart, onCursor }) {
  const xs = chart.xs ?? Array.from({ length: run.steps }, (_, i) => (i + 1) * run.stepMs);
  const marks = chart.xs ? { faults: [], anomalies: [] } : run;
  const options = {
    width: plot.clientWidth,
    height: plot.clientHeight,
    padding: [stripHeight(marks), 14, 0, 0],
    legend: { show: false },
    cursor: cursorOf(chart, plot),
    scales: { x: { time: false, range: timeRange(xs) }, y: valueScale(chart) },
    axes: [timeAxis(), valueAxis(chart)],
    series: [{}, ...chart.lines.map(lineOf)],
    hooks: {
      drawClear: [(u) => drawFaults(u, marks)],
      draw: [(u) => drawFaultLabels(u, marks), (u) => drawAnomalies(u, marks)],
      setCursor: [onCursor],
    },
  };
  // deno-lint-ignore no-undef -- uPlot comes first in the script
  return new uPlot(options, [xs, ...chart.lines.map(({ values }) => values)], plot);
}

/** All charts over the time of one run move and zoom together. */
function cursorOf(chart, plot) {
  const { run } = plot.closest("[data-run]").dataset;
  return { y: false, points: { size: 6 }, ...chart.xs ? {} : { sync: { key: run } } };
}

/** The whole run from 0 on, or what was zoomed to. */
function timeRange(xs) {
  const [first, last] = [xs[0], xs.at(-1)];
  return (_u, min, max) => min === first && max === last ? [0, last] : [min, max];
}

function valueScale({ isLog, unit }) {
  if (unit === "percent") return { range: [0, 100] };
  if (!isLog) return { range: (_u, _min, max) => [0, max > 0 ? max * 1.08 : 1] };
  return { distr: 3, range: (_u, min, max) => decades(min ?? 1, max ?? 10) };
}

/** Whole powers of ten around what is to be shown. */
function decades(min, max) {
  const low = Math.floor(Math.log10(min));
  return [10 ** low, 10 ** Math.max(low + 1, Math.ceil(Math.log10(max)))];
}

function axis(more) {
  return {
    stroke: () => ink("muted"),
    font: `${FONT_PX}px system-ui, sans-serif`,
    grid: { stroke: () => ink("rule"), width: 1 },
    ticks: { show: false },
    ...more,
  };
}

function timeAxis() {
  const values = (_u, splits) => splits.map((ms) => ms === 0 ? "0" : durationText(ms));
  return axis({ size: 26, gap: 6, space: 70, incrs: TIME_STEPS, values });
}

function valueAxis({ unit, isLog }) {
  return axis({
    size: AXIS_PX,
    gap: 8,
    space: 28,
    values: (_u, splits) => splits.map((value) => axisText(unit, value)),
    ...isLog ? { splits: (_u, _axis, min, max) => powersOfTen(min, max) } : {},
  });
}

/** The only lines of a log scale that people read. */
function powersOfTen(min, max) {
  const [low, high] = [min, max].map((value) => Math.round(Math.log10(value)));
  return Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
}

function lineOf({ name, ink: colour, shape, isDashed, values }) {
  const fill = { area: () => ink(`${colour}-fill`), bars: () => ink(colour) }[shape];
  return {
    label: name,
    stroke: () => ink(colour),
    width: shape === "bars" ? 0 : 1.75,
    ...isDashed ? { dash: [5, 4], width: 1.25 } : {},
    ...fill ? { fill } : {},
    ...pathsOf(shape),
    points: {
      show: true,
      size: 4,
      width: 0,
      fill: () => ink(colour),
      filter: lonely(values, shape),
    },
  };
}

function pathsOf(shape) {
  // deno-lint-ignore no-undef -- uPlot comes first in the script
  const { bars, stepped } = uPlot.paths;
  // A bar covers its step, which ends at its x.
  if (shape === "bars") return { paths: bars({ size: [0.9], align: -1 }) };
  return shape === "stairs" ? { paths: stepped({ align: 1 }) } : {};
}

/** Only a value without neighbours is drawn as a point: no line would show it. */
function lonely(values, shape) {
  const isAlone = (value, i) =>
    value !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null;
  const found = shape === "line" ? values.flatMap((v, i) => isAlone(v, i) ? [i] : []) : [];
  return () => found;
}
