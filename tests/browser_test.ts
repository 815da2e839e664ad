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
        await page.getByText("Connected.").waitFor();
        return page;
      };
      const [ann, bob] = [await open(), await open()];
      await ann.getByRole("textbox", { name: "Message" }).fill(
        "<img src=x onerror=alert(1)> hello",
      );
      await ann.keyboard.press("Enter");
      await bob.getByText("<img src=x onerror=alert(1)> hello").waitFor();
      assertEquals(await bob.locator("li").count(), 1);
      await bob.getByRole("button", { name: "Disconnect" }).click();
      await bob.getByText("Closed. (code 1000, bye)").waitFor();
      await server.shutdown.start("test");
      const state = ann.getByRole("status");
      await ann.getByText("The server restarts").waitFor();
      assertStringIncludes(await state.textContent(), "code 1012");
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
    await page.getByText(`is ${server.http} one of its ALLOWED_ORIGINS?`).waitFor();
  } finally {
    await browser.close();
  }
});
