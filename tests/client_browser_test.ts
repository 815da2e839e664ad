import { assertEquals } from "@std/assert";
import { serve } from "./harness.ts";
import { BROWSER, testThatNeeds } from "./needs.ts";
import { V1TestClient } from "./v1_client.ts";

Deno.test("GET /client/ has no files but the library's", async () => {
  await using server = await serve();
  for (const path of ["", "..%2fconfig.js", "nothing.js", "mod.ts", "Mod.js"]) {
    const response = await fetch(`${server.http}/client/${path}`);
    await response.body?.cancel();
    assertEquals([404, 503].includes(response.status), true, path);
  }
});

testThatNeeds(
  BROWSER,
  "the library runs in a browser as it is served, through a restart",
  async () => {
    const { launchBrowser } = await import("./browser.ts");
    await using server = await serve({ allowedOrigins: ["*"] });
    await using bob = await V1TestClient.welcomed(server.url);
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(`${server.http}/livez`);
      // What follows runs in the page.
      const session = await page.evaluate(`(async () => {
      const { ChatClient } = await import("/client/mod.js");
      const chat = new ChatClient(location.href.replace(/^http/, "ws").replace("livez", "ws"));
      globalThis.chat = chat;
      globalThis.heard = [];
      globalThis.states = [];
      chat.on("message", ({ content }) => heard.push(content));
      chat.on("state", ({ name }) => states.push(name));
      await chat.publish("from a browser").accepted;
      return chat.session;
    })()`);
      assertEquals(typeof session, "string");
      assertEquals(await bob.heard(1), ["from a browser"]);
      bob.publish(1, "to a browser");
      await page.waitForFunction(`heard.length === 2`);
      assertEquals(await page.evaluate("heard"), ["from a browser", "to a browser"]);
      const { counts, exitCode } = await server.shutdown.start("test");
      assertEquals([counts["drain.answered"], exitCode], [1, 0]);
      assertEquals(await page.evaluate(`states.includes("leaving") && chat.state.name`), "waiting");
      await page.evaluate("chat.close({ flushMs: 0 })");
    } finally {
      await browser.close();
    }
  },
);
