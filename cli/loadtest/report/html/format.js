// How values are written on axes and in legends: as in the text of the report.

function groupDigits(value) {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

function countText(value) {
  return value !== 0 && Math.abs(value) < 10 && value % 1 !== 0
    ? value.toFixed(1)
    : groupDigits(value);
}

function durationText(ms) {
  if (ms > 0 && ms < 10 && ms % 1 !== 0) return `${ms.toFixed(1)}ms`;
  if (ms < 999.5) return `${Math.round(ms)}ms`;
  const seconds = Math.round(ms / 10) / 100;
  if (seconds < 60) return `${seconds}s`;
  const whole = Math.round(ms / 1000);
  const parts = [[Math.floor(whole / 3600), "h"], [Math.floor(whole / 60) % 60, "m"]];
  parts.push([whole % 60, "s"]);
  return parts.filter(([n]) => n > 0).map(([n, unit]) => n + unit).join(" ");
}

const TEXT_OF = {
  count: countText,
  perSecond: (value) => `${countText(value)}/s`,
  ms: durationText,
  percent: (value) => `${Math.round(value)}%`,
};

// deno-lint-ignore no-unused-vars -- used by the other files: they become one script
function valueText(unit, value) {
  return value === null || value === undefined ? "none" : TEXT_OF[unit](value);
}

// deno-lint-ignore no-unused-vars -- used by the other files
function axisText(unit, value) {
  if (unit === "ms" || unit === "percent") return TEXT_OF[unit](value);
  return value >= 1e6 ? `${Math.round(value / 1e5) / 10}M` : countText(value);
}
