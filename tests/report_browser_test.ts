import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { reportHtml, seriesHtml } from "../cli/loadtest/report/html.ts";
import { BROWSER, testThatNeeds } from "./needs.ts";
import { failing, notStarted, passing, repeated } from "./report_fixture.ts";

/** The share of pixels of each chart that are not empty. */
const INK =
  `[...document.querySelectorAll(".plot")].filter((plot) => plot.checkVisibility()).map((plot) => {
  const canvas = plot.querySelector("canvas");
  if (!canvas) return 0;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let inked = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i] > 0) inked++;
  return inked / (data.length / 4);
})`;
/** Settles when every chart in sight has its canvas. The policy of the page forbids `waitForFunction`. */
const ALL_DRAWN = `new Promise((done, fail) => {
  const isDrawn = (plot) => !plot.checkVisibility() || plot.querySelector("canvas");
  const look = () => {
    if (performance.now() > 20_000) return fail(new Error("A chart is not drawn"));
    // uPlot draws in a microtask after it made its canvas; a frame later all is on it.
    const next = [...document.querySelectorAll(".plot")].every(isDrawn) ? done : look;
    requestAnimationFrame(() => setTimeout(next));
  };
  look();
})`;
const OVERFLOW = `document.documentElement.scrollWidth - document.documentElement.clientWidth`;

testThatNeeds(
  BROWSER,
  "a report opens from disk, draws its charts and asks for nothing",
  async () => {
    await using desk = await Desk.open();
    const page = await desk.show(reportHtml(failing()));
    const inked: number[] = await page.evaluate(INK);
    assertEquals(inked.length, 7);
    assert(inked.every((share) => share > 0.01), `too little is drawn: ${inked}`);
    assertEquals(await page.evaluate(OVERFLOW), 0);
    assertEquals([desk.complaints, desk.requests.length], [[], 1]);
  },
);

testThatNeeds(BROWSER, "reports have no flaw that axe finds, in light and in dark", async () => {
  await using desk = await Desk.open();
  const { default: axe } = await import("axe-core");
  for (const colorScheme of ["light", "dark"]) {
    for (const text of [reportHtml(failing()), reportHtml(notStarted()), seriesHtml(repeated())]) {
      const page = await desk.show(text, { colorScheme });
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate("axe.run(document)");
      assertEquals(violations.map(describeViolation), []);
    }
  }
});

testThatNeeds(BROWSER, "at 400 pixels nothing is wider than the screen", async () => {
  await using desk = await Desk.open();
  for (const text of [reportHtml(failing()), seriesHtml(repeated())]) {
    const page = await desk.show(text, { viewport: { width: 400, height: 800 } });
    assertEquals(await page.evaluate(OVERFLOW), 0);
    assertEquals((await page.evaluate(INK)).length, 7);
  }
});

testThatNeeds(BROWSER, "the charts of a closed run are drawn when it is opened", async () => {
  await using desk = await Desk.open();
  const page = await desk.show(seriesHtml(repeated()));
  const drawn = () => page.locator("#run-14 canvas").count();
  assertEquals(await drawn(), 0);
  await page.getByRole("link", { name: "Seed 14" }).click();
  await page.locator("#run-14 canvas").nth(6).waitFor();
  const inked: number[] = await page.evaluate(INK);
  assertEquals(inked.length, 14);
  assert(inked.every((share) => share > 0.01), `too little is drawn: ${inked}`);
  assertEquals(desk.complaints, []);
});

testThatNeeds(BROWSER, "a chart is read by arrow keys, and the command is copied", async () => {
  await using desk = await Desk.open();
  const page = await desk.show(reportHtml(passing()));
  const chart = page.getByRole("slider", { name: "Chart: Clients" });
  await chart.focus();
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowLeft");
  const words = await chart.getAttribute("aria-valuetext");
  assertEquals(words, "1m 2s: open 200, reconnecting 0");
  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByRole("button", { name: /Copied|Selected/ }).waitFor();
  assertStringIncludes(await page.evaluate("String(getSelection())"), "loadtest --check");
});

interface Violation {
  id: string;
  nodes: { html: string }[];
}

function describeViolation({ id, nodes }: Violation): string {
  return `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`;
}

/** A browser, a folder for reports, and all that goes wrong while they are looked at. */
class Desk implements AsyncDisposable {
  readonly complaints: string[] = [];
  readonly requests: string[] = [];
  // deno-lint-ignore no-explicit-any -- what playwright-core returns
  readonly #browser: any;
  readonly #folder = Deno.makeTempDirSync();

  // deno-lint-ignore no-explicit-any -- what playwright-core returns
  constructor(browser: any) {
    this.#browser = browser;
  }

  static async open(): Promise<Desk> {
    const { launchBrowser } = await import("./browser.ts");
    return new Desk(await launchBrowser());
  }

  /** Opens a report from disk and waits until the charts that are in sight are drawn. */
  async show(text: string, options = {}) {
    const path = `${this.#folder}/report.html`;
    await Deno.writeTextFile(path, text);
    const page = await (await this.#browser.newContext(options)).newPage();
    page.on("console", (message: { text(): string }) => this.complaints.push(message.text()));
    page.on("pageerror", (error: Error) => this.complaints.push(error.message));
    page.on("request", (request: { url(): string }) => this.requests.push(request.url()));
    await page.goto(`file://${path}`);
    await page.evaluate(ALL_DRAWN);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await Deno.remove(this.#folder, { recursive: true });
  }
}
