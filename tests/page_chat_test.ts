import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { serve } from "./harness.ts";
import { BROWSER, testThatNeeds } from "./needs.ts";
import { keepTalking, RestartingServer, Theatre } from "./page_fixture.ts";

testThatNeeds(BROWSER, "two people meet at the page, by name, and hear each other", async () => {
  await using server = await serve({ allowedOrigins: ["*"] });
  await using theatre = await Theatre.open();
  const ann = await theatre.enter(server.http, { name: "Ann" });
  await ann.say("early");
  const bob = await theatre.enter(`${server.http}/?room=lobby`, { name: "Bob" });
  assertEquals(await bob.heard(1), ["early"]);
  await bob.say("hello Ann");
  assertEquals(await ann.heard(2), ["early", "hello Ann"]);
  assertEquals(await ann.page.locator("#messages .label").allTextContents(), ["You", "Bob"]);
  await ann.page.getByText("2 here on this server").waitFor();
  await ann.page.locator("#people bdi", { hasText: "Bob" }).waitFor();
  assertEquals(await ann.page.locator("#people bdi").allTextContents(), ["Ann", "Bob"]);
  assertEquals(await bob.page.locator("#spoken p").count(), 0, "the history is not read aloud");
  await bob.page.waitForTimeout(1_500);
  await ann.say("read this");
  await bob.page.locator("#spoken p", { hasText: "Ann: read this" }).waitFor({ state: "attached" });
  assertEquals(theatre.troubles, []);
});

testThatNeeds(BROWSER, "rooms are apart, and a name is changed while one talks", async () => {
  await using server = await serve({ allowedOrigins: ["*"] });
  await using theatre = await Theatre.open();
  const ann = await theatre.enter(server.http, { name: "Ann" });
  const bob = await theatre.enter(`${server.http}/?room=den`, { name: "Bob" });
  await bob.say("in the den");
  await bob.heard(1);
  await ann.page.locator("#room-form-field").fill("The Den!");
  await ann.page.getByRole("button", { name: "Go" }).click();
  await ann.page.getByText("1 to 64 of a-z").waitFor();
  await ann.page.locator("#room-form-field").fill("Den");
  await ann.page.keyboard.press("Enter");
  await ann.page.waitForURL("**/?room=den");
  assertEquals(await ann.heard(1), ["in the den"]);
  assertStringIncludes(await ann.page.title(), "den");
  await bob.page.locator("#rename-field").fill("Robert");
  await bob.page.keyboard.press("Enter");
  await bob.say("renamed");
  await ann.heard(2);
  assertEquals(await ann.page.locator("#messages .label").allTextContents(), ["Bob", "Robert"]);
  assertEquals(theatre.troubles, []);
});

testThatNeeds(
  BROWSER,
  "a server restarted by SIGTERM and then killed under two who type loses and doubles nothing",
  async () => {
    await using server = await RestartingServer.start(["--rate-limit-burst", "100"]);
    await using theatre = await Theatre.open();
    const ann = await theatre.enter(server.http, { name: "Ann" });
    const bob = await theatre.enter(server.http, { name: "Bob" });
    const states = await ann.watchStates();
    const talks = [keepTalking(ann, "a"), keepTalking(bob, "b")];
    await bob.heard(5).catch(() => {});
    await server.restart("SIGTERM");
    await Promise.all([ann.sees("Connected"), bob.sees("Connected")]);
    await ann.page.waitForTimeout(500);
    await server.restart("SIGKILL");
    await Promise.all([ann.sees("Connected"), bob.sees("Connected")]);
    const said = await Promise.all(talks.map((stop) => stop()));
    const heard = await Promise.all([ann, bob].map((one) => one.heard(said.flat().length)));
    assertEquals(heard[0], heard[1]);
    for (const [i, prefix] of ["a", "b"].entries()) {
      assertEquals(heard[0]!.filter((text) => text.startsWith(prefix)), said[i]);
    }
    const shown = (await states()).join("\n");
    assert(/The server restarts; back in.*; \d+ messages? waiting\./.test(shown), shown);
    assertEquals(theatre.troubles, []);
  },
);
