import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { serve } from "./harness.ts";
import { BROWSER, testThatNeeds } from "./needs.ts";
import { Theatre } from "./page_fixture.ts";

const HOSTILE = [
  "<img src=x onerror=alert(1)><script>alert(2)</script>",
  "abc \u202e right to left \u2066 isolate",
  "🦉".repeat(128),
  "x".repeat(512),
  "line one\nline two &amp; &lt;b&gt;",
  "https://example.com/" + "w".repeat(300),
];

testThatNeeds(BROWSER, "whatever is typed is shown as text, and disturbs nothing", async () => {
  await using server = await serve({ allowedOrigins: ["*"], rateLimitBurst: 100 });
  await using theatre = await Theatre.open();
  const ann = await theatre.enter(server.http, { name: "<b>Ann</b>" });
  const bob = await theatre.enter(server.http, {
    name: "Bob",
    viewport: { width: 360, height: 640 },
  });
  for (const text of HOSTILE) await ann.say(text);
  assertEquals(await bob.heard(HOSTILE.length), HOSTILE);
  assertEquals(await bob.page.locator("#messages :is(img, script, b, a)").count(), 0);
  assertEquals(await bob.page.locator("#messages .label").first().textContent(), "<b>Ann</b>");
  const overflow = await bob.page.evaluate(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
  assertEquals(overflow, 0);
  assertEquals(theatre.troubles, []);
});

testThatNeeds(
  BROWSER,
  "what is too long, or too fast, is told, and nothing of it is lost",
  async () => {
    await using server = await serve({ allowedOrigins: ["*"] });
    await using theatre = await Theatre.open();
    const ann = await theatre.enter(server.http, { name: "Ann" });
    await ann.sees("Connected");
    await ann.say("y".repeat(520));
    await ann.page.getByText("Too long by 8 bytes: shorten it to send.").waitFor();
    assertEquals((await ann.field.inputValue()).length, 520);
    const states = await ann.watchStates();
    const said = Array.from({ length: 12 }, (_, i) => `quick ${i + 1}`);
    for (const text of said) await ann.say(text);
    assertEquals(await ann.heard(12), said);
    assertStringIncludes((await states()).join("\n"), "as fast as the server takes them.");
  },
);

testThatNeeds(BROWSER, "what the server turned out to refuse can be edited and sent", async () => {
  await using server = await serve({ allowedOrigins: ["*"], maxMessageSize: 20 });
  await using theatre = await Theatre.open();
  const ann = await theatre.enter(server.http, { name: "Ann" });
  await ann.sees("Connected");
  // Written while the limit was not known, as before the first welcome.
  await ann.page.evaluate(`(() => {
    const key = "lastcall.room.lobby";
    const kept = JSON.parse(sessionStorage.getItem(key));
    kept.outbox = { lastId: 1, publishes: [{ id: 1, content: "much longer than 20 bytes" }] };
    addEventListener("pagehide", () => sessionStorage.setItem(key, JSON.stringify(kept)));
  })()`);
  await ann.page.reload();
  await ann.page.getByText("Not sent: it is longer than this server takes.").waitFor();
  await ann.page.getByRole("button", { name: "Edit it" }).click();
  assertEquals(await ann.field.inputValue(), "much longer than 20 bytes");
  await ann.say("shorter");
  assertEquals(await ann.heard(1), ["shorter"]);
  assertEquals(await ann.lines("unsaid"), []);
});

testThatNeeds(
  BROWSER,
  "who reads further up is not moved, and sees that there is more",
  async () => {
    await using server = await serve({ allowedOrigins: ["*"], rateLimitBurst: 100 });
    await using theatre = await Theatre.open();
    const ann = await theatre.enter(server.http, { name: "Ann" });
    const bob = await theatre.enter(server.http, { name: "Bob" });
    for (let i = 0; i < 40; i++) await bob.say(`line ${i}`);
    await ann.heard(40);
    await ann.page.evaluate(`document.getElementById("log").scrollTop = 0`);
    await ann.page.waitForTimeout(100);
    await bob.say("the latest");
    const jump = ann.page.getByRole("button", { name: "1 new below" });
    await jump.waitFor();
    assertEquals(await ann.page.evaluate(`document.getElementById("log").scrollTop`), 0);
    await jump.click();
    await jump.waitFor({ state: "hidden" });
    await ann.page.getByText("the latest").first().waitFor();
  },
);

testThatNeeds(BROWSER, "the keyboard is enough", async () => {
  await using server = await serve({ allowedOrigins: ["*"] });
  await using theatre = await Theatre.open();
  const { page } = await theatre.enter(server.http);
  const focused = () => page.evaluate("document.activeElement.id");
  await page.locator("#join").waitFor();
  assertEquals(await focused(), "join-field");
  await page.keyboard.press("Enter");
  await page.locator("#join-hint", { hasText: "1 to 32 characters" }).waitFor();
  await page.keyboard.type("Ann");
  await page.keyboard.press("Enter");
  assertEquals(await focused(), "content");
  await page.keyboard.type("first");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("second");
  await page.keyboard.press("Enter");
  await page.locator("#messages .message").waitFor();
  assertEquals(await page.locator("#messages .content").textContent(), "first\nsecond");
  const reached = new Set<string>();
  for (let i = 0; i < 10; i++) {
    await page.keyboard.press("Tab");
    reached.add(await focused());
  }
  for (const id of ["log", "rename-field", "room-form-field"]) assert(reached.has(id), id);
  await page.locator(".skip").focus();
  await page.keyboard.press("Enter");
  assertEquals(await focused(), "content");
});

for (const colorScheme of ["light", "dark"]) {
  testThatNeeds(BROWSER, `axe finds nothing wrong with the page in ${colorScheme}`, async () => {
    const { default: { source } } = await import("axe-core");
    await using server = await serve({ allowedOrigins: ["*"] });
    await using theatre = await Theatre.open();
    const audit = async (page: { evaluate(code: string): Promise<unknown> }) => {
      await page.evaluate(source);
      return await page.evaluate(`axe.run().then(({ violations }) => violations.map(
        ({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" ")))`);
    };
    const wide = await theatre.enter(server.http, { colorScheme });
    assertEquals(await audit(wide.page), []);
    await wide.join("Ann");
    await wide.say("hello");
    await wide.heard(1);
    assertEquals(await audit(wide.page), []);
    const narrow = await theatre.enter(`${server.http}/test`, {
      colorScheme,
      viewport: { width: 360, height: 640 },
    });
    await narrow.page.getByRole("button", { name: "People" }).click();
    assertEquals(await audit(narrow.page), []);
    assertEquals(await narrow.page.evaluate("document.documentElement.scrollWidth"), 360);
    await server.shutdown.start("test");
    await wide.sees("The server");
    await wide.say("waits");
    assertEquals(await audit(wide.page), []);
  });
}
