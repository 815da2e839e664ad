import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { serve, TestClient } from "./harness.ts";
import { BROWSER, testThatNeeds } from "./needs.ts";
import { RestartingServer, Theatre } from "./page_fixture.ts";
import { V1TestClient } from "./v1_client.ts";

testThatNeeds(
  BROWSER,
  "the page tells each state as it is, and keeps what is said meanwhile",
  async () => {
    await using server = await RestartingServer.start();
    await using theatre = await Theatre.open();
    const ann = await theatre.enter(server.http, { name: "Ann" });
    const states = await ann.watchStates();
    assertEquals(await ann.sees("Connected"), "Connected.");
    await server.stop("SIGKILL");
    await ann.sees(/^(The connection was lost|The server cannot be reached); next attempt in/);
    await ann.say("one");
    await ann.say("two");
    await ann.sees(/; 2 messages waiting\.$/);
    assertEquals(await ann.lines("waiting"), ["one", "two"]);
    await ann.page.getByRole("button", { name: "Try now" }).waitFor();
    await server.startAgain();
    assertEquals(await ann.heard(2), ["one", "two"]);
    await ann.sees("Connected.");
    const shown = await states();
    assertEquals(shown.filter((text) => text.startsWith("Connecting…")).length > 0, true);
    assertMatch(shown.join("\n"), /(lost|reached); next attempt in (\d+ s|a moment)/);
    assertEquals(theatre.troubles, []);
  },
);

testThatNeeds(
  BROWSER,
  "the page tells that it is refused, and that the server is full",
  async () => {
    await using refusing = await serve({ allowedOrigins: ["http://elsewhere.example"] });
    await using full = await serve({ allowedOrigins: ["*"], maxClients: 1 });
    await using _one = await TestClient.connect(full.url);
    await using theatre = await Theatre.open();
    const ann = await theatre.enter(refusing.http);
    await ann.sees(`refuses this page (is ${refusing.http} one of its ALLOWED_ORIGINS?`);
    const bob = await theatre.enter(full.http);
    await bob.sees("The server takes nobody in: full (1 of 1 clients)");
  },
);

testThatNeeds(
  BROWSER,
  "a chat that went on elsewhere says so, keeps what is typed, and can be taken back",
  async () => {
    await using server = await serve({ allowedOrigins: ["*"] });
    await using theatre = await Theatre.open();
    const ann = await theatre.enter(server.http, { name: "Ann" });
    await ann.sees("Connected");
    const kept = await ann.page.evaluate(`sessionStorage.getItem("lastcall.room.lobby")`);
    await using _other = await V1TestClient.welcomed(
      server.url,
      JSON.parse(kept).session ? { session: JSON.parse(kept).session } : {},
    );
    await ann.sees("This chat went on in another tab. (code 4501, replaced)");
    await ann.say("typed anyway");
    assertEquals(await ann.field.inputValue(), "typed anyway");
    await ann.page.getByText("It is still here.").waitFor();
    await ann.page.getByRole("button", { name: "Use it here" }).click();
    await ann.sees("Connected");
    await ann.field.press("Enter");
    assertEquals(await ann.heard(1), ["typed anyway"]);
  },
);

testThatNeeds(
  BROWSER,
  "a duplicated tab is somebody else, and neither closes the other",
  async () => {
    await using server = await serve({ allowedOrigins: ["*"] });
    await using theatre = await Theatre.open();
    const ann = await theatre.enter(server.http, { name: "Ann" });
    await ann.say("from the first tab");
    await ann.heard(1);
    const [copy] = await Promise.all([
      ann.page.waitForEvent("popup"),
      ann.page.evaluate("void open(location.href)"),
    ]);
    await copy.locator("#state-text", { hasText: "Connected." }).waitFor();
    await ann.page.getByText("2 here on this server").waitFor();
    assertEquals(await ann.sees("Connected"), "Connected.");
  },
);

testThatNeeds(
  BROWSER,
  "a reload keeps name, room, draft, messages, and what was not sent yet",
  async () => {
    await using server = await RestartingServer.start();
    await using theatre = await Theatre.open();
    const ann = await theatre.enter(`${server.http}/?room=den`, { name: "Ann" });
    const bob = await theatre.enter(`${server.http}/?room=den`, { name: "Bob" });
    await ann.say("before");
    await bob.heard(1);
    // No connection, but a page: the WebSocket is refused while HTTP is answered.
    await ann.page.routeWebSocket(/\/ws/, (socket: { close(): void }) => socket.close());
    await server.restart("SIGKILL");
    await ann.sees("; next attempt in");
    await ann.say("unsent 1");
    await ann.say("unsent 2");
    await ann.field.fill("half typ");
    await ann.page.reload();
    await ann.page.locator("#messages .waiting").nth(1).waitFor();
    assertEquals(await ann.field.inputValue(), "half typ");
    assertEquals(await ann.page.locator("#rename-field").inputValue(), "Ann");
    await ann.page.unrouteAll?.();
    await ann.page.routeWebSocket(/\/ws/, (socket: { connectToServer(): void }) => {
      socket.connectToServer();
    });
    assertEquals(await ann.heard(3), ["before", "unsent 1", "unsent 2"]);
    assertEquals(await bob.heard(3), ["before", "unsent 1", "unsent 2"]);
    await ann.page.reload();
    assertEquals(await ann.heard(3), ["before", "unsent 1", "unsent 2"]);
    assertEquals(await bob.lines(), ["before", "unsent 1", "unsent 2"]);
    assertStringIncludes(await ann.page.locator("#room").textContent(), "den");
  },
);
