import { assertEquals, assertStringIncludes } from "@std/assert";
import { serve } from "./harness.ts";
import { BROWSER, testThatNeeds } from "./needs.ts";

testThatNeeds(
  BROWSER,
  "the test page connects, sends, hears others and says why it was closed",
  async () => {
    // Imported here: it cannot be loaded where only the network is allowed.
    const { launchBrowser } = await import("./browser.ts");
    await using server = await serve({ allowedOrigins: ["*"] });
    const browser = await launchBrowser();
    try {
      const violations: string[] = [];
      const open = async () => {
        const page = await (await browser.newContext()).newPage();
        page.on("console", (message: { text(): string }) => violations.push(message.text()));
        await page.goto(`${server.http}/test`);
        await page.getByRole("button", { name: "Connect", exact: true }).click();
        await page.locator("#state-text", { hasText: "Connected." }).waitFor();
        return page;
      };
      const [ann, bob] = [await open(), await open()];
      await ann.getByRole("textbox", { name: "Message" }).fill(
        "<img src=x onerror=alert(1)> hello",
      );
      await ann.keyboard.press("Enter");
      await bob.locator("#messages").getByText("<img src=x onerror=alert(1)> hello").waitFor();
      assertEquals(await bob.locator("#messages li").count(), 1);
      await bob.getByRole("button", { name: "Disconnect" }).click();
      await bob.locator("#state-text", { hasText: "Closed. (code 1000, bye)" }).waitFor();
      await server.shutdown.start("test");
      await ann.locator("#state-text", { hasText: "The server restarts" }).waitFor();
      const state = ann.getByRole("status").filter({ hasText: "The server restarts" });
      assertStringIncludes(await state.textContent(), "code 1012");
      const frames = await ann.locator("#frames li").allTextContents();
      assertEquals(frames.at(-1)?.startsWith("closedcode 1012"), true);
      assertEquals(violations, []);
    } finally {
      await browser.close();
    }
  },
);

testThatNeeds(BROWSER, "the test page says what to look at when it is refused", async () => {
  const { launchBrowser } = await import("./browser.ts");
  await using server = await serve({ allowedOrigins: ["http://elsewhere.example"] });
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(`${server.http}/test`);
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    const why = `is ${server.http} one of its ALLOWED_ORIGINS?`;
    await page.locator("#state-text", { hasText: why }).waitFor();
  } finally {
    await browser.close();
  }
});

testThatNeeds(BROWSER, "the test page speaks lastcall.v1 too, and shows its frames", async () => {
  const { launchBrowser } = await import("./browser.ts");
  await using server = await serve({ allowedOrigins: ["*"] });
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(`${server.http}/test`);
    await page.getByLabel("Protocol", { exact: true }).selectOption("lastcall.v1");
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.getByRole("textbox", { name: "Message" }).fill("hello");
    await page.keyboard.press("Enter");
    await page.locator("#messages .message", { hasText: "hello" }).waitFor();
    const frames = (await page.locator("#frames li").allTextContents()).join("\n");
    for (const part of ["lastcall.v1", `"type":"hello"`, `"session":"…"`, `"type":"publish"`]) {
      assertStringIncludes(frames, part);
    }
    await page.getByRole("button", { name: "Disconnect" }).click();
    await page.locator("#state-text", { hasText: "Closed. (code 1000)" }).waitFor();
  } finally {
    await browser.close();
  }
});
