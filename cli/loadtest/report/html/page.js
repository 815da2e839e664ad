// Draws the charts when they have room, keeps them in step with the page, and makes them readable by
// keyboard.

const drawings = new Map();

function start() {
  const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => fit(target)));
  for (const plot of document.querySelectorAll(".plot")) sizes.observe(plot);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redrawAll);
  addEventListener("beforeprint", () => setPrinting(true));
  addEventListener("afterprint", () => setPrinting(false));
  addEventListener("hashchange", openTarget);
  openTarget();
  for (const button of document.querySelectorAll(".copy")) offerCopy(button);
}

/** Draws a chart, or brings it to the size of its place; one in a closed run has none. */
function fit(plot) {
  const [width, height] = [plot.clientWidth, plot.clientHeight];
  if (width === 0 || !plot.checkVisibility()) return;
  const drawing = drawings.get(plot);
  if (!drawing) return drawings.set(plot, makeReadable(plot));
  if (drawing.width !== width || drawing.height !== height) drawing.setSize({ width, height });
}

function makeReadable(plot) {
  const run = runOf(plot);
  const chart = run.charts.find(({ id }) => id === plot.dataset.chart);
  const onCursor = (u) => showReadings(plot, chart, u);
  const drawing = drawChart(plot, { run, chart, onCursor });
  // For a screen reader it is a slider through time: the arrow keys move, the value is what is read.
  for (const [name, value] of [["role", "slider"], ["tabindex", 0], ["aria-valuemin", 0]]) {
    plot.setAttribute(name, value);
  }
  plot.setAttribute("aria-valuemax", drawing.data[0].length - 1);
  plot.setAttribute("aria-valuenow", 0);
  plot.addEventListener("keydown", (event) => moveByKey(event, drawing));
  return drawing;
}

const runs = new Map();

function runOf(plot) {
  const id = plot.closest("[data-run]").dataset.run;
  if (!runs.has(id)) runs.set(id, JSON.parse(document.getElementById(id).textContent));
  return runs.get(id);
}

/** The values under the cursor, in the legend. */
function showReadings(plot, { unit, lines }, u) {
  const { idx } = u.cursor;
  const readings = plot.closest("figure").querySelectorAll(".reading");
  const texts = lines.map(({ values }) => idx == null ? "" : valueText(unit, values[idx]));
  readings.forEach((reading, i) => reading.textContent = texts[i]);
  if (idx == null) {
    delete plot.dataset.at;
    return;
  }
  const time = durationText(u.data[0][idx]);
  const words = lines.map(({ name }, i) => `${name} ${texts[i]}`).join(", ");
  plot.setAttribute("aria-valuenow", idx);
  plot.setAttribute("aria-valuetext", `${time}: ${words}`);
  plot.dataset.at = time;
  plot.style.setProperty("--at-px", `${u.over.offsetLeft + u.valToPos(u.data[0][idx], "x")}px`);
}

function moveByKey(event, u) {
  const last = u.data[0].length - 1;
  const now = u.cursor.idx ?? 0;
  const stride = Math.max(1, Math.round(last / 20));
  const target = {
    ...{ ArrowLeft: now - 1, ArrowDown: now - 1, ArrowRight: now + 1, ArrowUp: now + 1 },
    ...{ PageDown: now - stride, PageUp: now + stride, Home: 0, End: last },
  }[event.key];
  if (target === undefined) return;
  event.preventDefault();
  const idx = Math.min(last, Math.max(0, target));
  u.setCursor({ left: u.valToPos(u.data[0][idx], "x"), top: 0 });
}

function redrawAll() {
  for (const drawing of drawings.values()) drawing.redraw(false);
}

/** Paper is light, and narrower than most windows. */
function setPrinting(isPrinting) {
  document.documentElement.classList.toggle("is-printing", isPrinting);
  drawings.forEach((_, plot) => fit(plot));
  redrawAll();
}

/** Opens the run that the address points to. */
function openTarget() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target?.tagName !== "DETAILS") return;
  target.open = true;
  target.scrollIntoView();
}

function offerCopy(button) {
  const command = button.parentElement.querySelector("code");
  button.hidden = false;
  button.addEventListener("click", async () => {
    getSelection().selectAllChildren(command);
    try {
      await navigator.clipboard.writeText(command.textContent);
      button.textContent = "Copied";
    } catch {
      // It is selected: the usual keys copy it.
      button.textContent = "Selected";
    }
  });
}

start();
