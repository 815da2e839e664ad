// What lies behind and above the lines: the windows of the faults, and the moments of anomalies.

const FONT_PX = 11;
const LABEL_STRIP_PX = 18;

/** A custom property of the style, so that the charts follow the colour scheme. */
function ink(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** How much room the labels above the plot need. */
// deno-lint-ignore no-unused-vars -- used by draw.js
function stripHeight({ faults, anomalies }) {
  return (faults.length > 0 ? LABEL_STRIP_PX : 4) + (anomalies.length > 0 ? LABEL_STRIP_PX : 4);
}

/** The shaded windows, behind everything. */
// deno-lint-ignore no-unused-vars -- used by draw.js
function drawFaults(u, { faults }) {
  inPlot(u, (ctx, { top, height }, xOf) => {
    for (const { fromMs, toMs } of faults) {
      const left = xOf(fromMs);
      ctx.fillStyle = ink("shade");
      ctx.fillRect(left, top, Math.max(1, xOf(toMs) - left), height);
      ctx.fillStyle = ink("shade-edge");
      ctx.fillRect(left, top, devicePixelRatio, height);
    }
  });
}

/** The labels of the windows; their numbers alone where there is no room for all of them. */
// deno-lint-ignore no-unused-vars -- used by draw.js
function drawFaultLabels(u, { faults }) {
  const ctx = labelContext(u, "muted");
  const end = u.bbox.left + u.bbox.width;
  const places = faults.map(({ label, fromMs }, i) => ({
    whole: `${i + 1}  ${label}`,
    number: `${i + 1}`,
    left: u.valToPos(fromMs, "x", true),
  })).filter(({ left }) => left >= u.bbox.left && left <= end);
  const isRoomFor = (form) =>
    places.every((place, i) => {
      const next = places[i + 1]?.left ?? end;
      return ctx.measureText(place[form]).width + 6 * devicePixelRatio <= next - place.left;
    });
  const form = ["whole", "number"].find(isRoomFor);
  const top = u.bbox.top - 6 * devicePixelRatio;
  if (form) { for (const place of places) ctx.fillText(place[form], place.left, top); }
  ctx.restore();
}

/** A red line for each anomaly; the first of each kind has its name. */
// deno-lint-ignore no-unused-vars -- used by draw.js
function drawAnomalies(u, { faults, anomalies }) {
  if (anomalies.length === 0) return;
  inPlot(u, (ctx, { top, height }, xOf) => {
    ctx.fillStyle = ink("bad");
    for (const { atMs } of anomalies) ctx.fillRect(xOf(atMs), top, devicePixelRatio, height);
  });
  const firsts = anomalies.filter(({ label }, i) =>
    anomalies.findIndex((one) => one.label === label) === i
  );
  const strip = faults.length > 0 ? LABEL_STRIP_PX : 4;
  const ctx = labelContext(u, "bad");
  let free = u.bbox.left;
  for (const { label, atMs } of firsts) {
    const width = ctx.measureText(label).width;
    const last = u.bbox.left + u.bbox.width - width;
    const left = Math.max(free, Math.min(last, u.valToPos(atMs, "x", true)));
    if (left > last) break;
    ctx.fillText(label, left, u.bbox.top - (strip + 4) * devicePixelRatio);
    free = left + width + 10 * devicePixelRatio;
  }
  ctx.restore();
}

function inPlot(u, paint) {
  const { ctx, bbox: { left, top, width, height } } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  paint(ctx, { top, height }, (ms) => u.valToPos(ms, "x", true));
  ctx.restore();
}

function labelContext(u, colour) {
  const { ctx } = u;
  ctx.save();
  ctx.fillStyle = ink(colour);
  ctx.font = `${FONT_PX * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
  return ctx;
}
