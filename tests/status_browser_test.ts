import { assert, assertEquals } from "@std/assert";
import { serve, TestClient, type TestServer } from "./harness.ts";
import { BROWSER, testThatNeeds } from "./needs.ts";

const ADMIN = { admin: { host: "127.0.0.1", port: 0 } };

// deno-lint-ignore no-explicit-any -- what playwright-core returns
type Page = any;

interface Visit {
  server: TestServer;
  page: Page;
  /** Whatever the browser complained about. */
  complaints: string[];
}

/** Opens the page of a server in a browser. */
async function visit(
  overrides: Parameters<typeof serve>[0],
  view: { colorScheme?: "light" | "dark"; width?: number },
  work: (visit: Visit) => Promise<void>,
): Promise<void> {
  const { launchBrowser } = await import("./browser.ts");
  await using server = await serve({ ...ADMIN, ...overrides });
  const browser = await launchBrowser();
  try {
    const { colorScheme = "light", width = 1_280 } = view;
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 844 } });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message: { text(): string }) => complaints.push(message.text()));
    page.on("request", (request: { url(): string }) => {
      if (!request.url().startsWith(server.adminHttp)) complaints.push(request.url());
    });
    await page.goto(`${server.adminHttp}/status`);
    await work({ server, page, complaints });
  } finally {
    await browser.close();
  }
}

/** What axe finds wrong, as `rule: target`. */
async function barriers(page: Page): Promise<string[]> {
  const { default: axe } = await import("axe-core");
  // The page's policy allows no script but its own; the debugger is not bound by it.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate("axe.run()");
  return violations.flatMap(({ id, nodes }: { id: string; nodes: { target: string[] }[] }) =>
    nodes.map(({ target }) => `${id}: ${target}`)
  );
}

async function isTooWide(page: Page): Promise<boolean> {
  return await page.evaluate("document.documentElement.scrollWidth > innerWidth");
}

for (
  const view of [{ colorScheme: "light" }, { colorScheme: "dark", width: 390 }] as const
) {
  testThatNeeds(
    BROWSER,
    `the status page follows a drain of 200 clients to its receipt (${JSON.stringify(view)})`,
    () =>
      visit({ minRate: 20 }, view, async ({ server, page, complaints }) => {
        await page.getByRole("heading", { name: "Serving" }).waitFor();
        const clients = await TestClient.connectMany(server.url, 200);
        await page.getByText("200", { exact: true }).first().waitFor();
        assertEquals([await barriers(page), await isTooWide(page)], [[], false]);
        const done = server.shutdown.start("SIGTERM");
        await page.getByRole("heading", { name: "Draining" }).waitFor();
        const bar = page.getByRole("progressbar", { name: "Clients gone" });
        const before = await bar.getAttribute("value");
        assertEquals(await page.locator("[aria-current=step] .phase").textContent(), "drain");
        assertEquals([await barriers(page), await isTooWide(page)], [[], false]);
        await page.locator(`#left:not([value="${before}"])`).waitFor();
        await page.getByRole("heading", { name: "Closed" }).waitFor();
        await page.getByRole("heading", { name: "Receipt" }).waitFor();
        await page.getByText("200 in all, 200 closed").waitFor();
        assertEquals([await barriers(page), await isTooWide(page)], [[], false]);
        await done;
        await Promise.all(clients.map(({ closed }) => closed));
        assertEquals(complaints.filter((text) => !/ERR_CONNECTION/.test(text)), []);
      }),
  );
}

testThatNeeds(
  BROWSER,
  "the status page says why a server is not ready",
  () =>
    visit({ maxClients: 1 }, { width: 390 }, async ({ server, page, complaints }) => {
      await using _ann = await TestClient.connect(server.url);
      await page.getByText("Full (1 of 1 clients).").waitFor();
      assertEquals([await barriers(page), await isTooWide(page)], [[], false]);
      assert(/^Not ready/.test(await page.title()));
      assertEquals(complaints, []);
    }),
);

testThatNeeds(
  BROWSER,
  "the status page says when nobody answers, and goes on asking",
  () =>
    visit({}, {}, async ({ page }) => {
      await page.getByRole("heading", { name: "Serving" }).waitFor();
      await page.context().setOffline(true);
      await page.getByRole("heading", { name: "No answer" }).waitFor();
      assertEquals(await barriers(page), []);
      await page.context().setOffline(false);
      await page.getByRole("heading", { name: "Serving" }).waitFor();
    }),
);
