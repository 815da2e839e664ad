import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { ChatClient } from "../src/client/mod.ts";
import { readDoc, renderReference, shownReference, ungrouped } from "./api_reference.ts";
import { ExampleProcess } from "./example_process.ts";
import { ORIGIN, until, within } from "./harness.ts";
import { testThatNeeds } from "./needs.ts";

const PROCESSES = { permissions: ["run", "read", "env"] as Deno.PermissionName[] };
const FILES = { permissions: [...PROCESSES.permissions, "write" as const] };

testThatNeeds(
  PROCESSES,
  "docs/embedding.md shows exactly the programs that are tested",
  async () => {
    const page = await Deno.readTextFile("docs/embedding.md");
    const names = [...Deno.readDirSync("docs/examples")].map(({ name }) => name)
      .filter((name) => !name.startsWith("client_")).sort();
    const tested = ["echo", "flush_queue", "mounted_chat", "schedule", "web_app"];
    assertEquals(names, tested.map((name) => `${name}.ts`));
    for (const name of names) {
      const program = await Deno.readTextFile(`docs/examples/${name}`);
      assert(page.includes("```ts\n" + program + "```"), `docs/embedding.md has another ${name}`);
    }
  },
);

testThatNeeds(PROCESSES, "docs/embedding.md has the reference that the code gives", async () => {
  const page = await Deno.readTextFile("docs/embedding.md");
  const json = await readDoc();
  assertEquals(ungrouped(json), []);
  // The formatter pads the cells.
  const squeeze = (text: string) => text.replace(/ +/g, " ").replace(/-{3,}/g, "---");
  assertEquals(squeeze(shownReference(page)), squeeze(renderReference(json)));
});

/** A client that keeps what it hears as it came. */
async function connect(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ socket: WebSocket; heard: string[]; closed: Promise<CloseEvent> }> {
  const socket = new WebSocket(url, { headers: { origin: ORIGIN, ...headers } });
  const heard: string[] = [];
  socket.onmessage = ({ data }) => heard.push(data);
  const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
  await within(new Promise((resolve) => socket.onopen = resolve), "the connection");
  return { socket, heard, closed };
}

testThatNeeds(
  PROCESSES,
  "the echo example echoes, then leaves in order with a receipt",
  async () => {
    await using example = new ExampleProcess("echo.ts");
    const { socket, heard, closed } = await connect(await example.url);
    socket.send("hello");
    assertEquals(await until(() => heard[0], () => "the echo"), "hello");
    example.terminate();
    assertEquals((await within(closed, "the close")).code, 1012);
    assertEquals(await example.exited(), 0);
    assertEquals(example.receipt.clients.byCode, { "1012": 1 });
  },
);

testThatNeeds(
  PROCESSES,
  "the application example finishes long requests, and tells its clients when to come back",
  async () => {
    await using example = new ExampleProcess("web_app.ts");
    const [http, url] = [await example.http, `${await example.url}ticker`];
    const get = async (path: string) => {
      const response = await fetch(http + path);
      return [response.status, await response.text()];
    };
    const clients = await Promise.all([connect(url), connect(url)]);
    await until(() => clients.every(({ heard }) => heard.length > 0), () => "the time");
    assertEquals(await get("/readyz"), [200, "ready\n"]);
    assertEquals((await get("/ticker"))[0], 426);
    const report = get("/report");
    // Asked on another connection, but after it: it has come in when this is answered.
    assertEquals(await get("/"), [200, "hello\n"]);
    example.terminate();
    await until(() => example.output.includes("{step} of {steps}"), () => "the shutdown");
    assertEquals(await get("/readyz"), [503, "leaving\n"]);
    for (const { heard, closed } of clients) {
      assertEquals((await within(closed, "the close")).code, 1012);
      assertGreater(JSON.parse(heard.at(-1)!).comeBackInMs, 1_000);
    }
    // The clients are gone, the long request goes on; another one is not begun.
    assertEquals((await get("/report"))[0], 503);
    assertEquals(await within(report, "the report"), [200, "the report\n"]);
    assertEquals(await example.exited(), 0);
    const { clients: { closed }, hooks, serverStopped } = example.receipt;
    assertEquals([closed, hooks[0].outcome, serverStopped], [2, "done", true]);
  },
);

testThatNeeds(
  FILES,
  "the mounted chat lets members in, and a client gets over its restart without loss",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const allow = [`--allow-read=${folder}`, `--allow-write=${folder}`];
      const start = (port: number) =>
        new ExampleProcess("mounted_chat.ts", { args: [`${port}`, `${folder}/chat.db`], allow });
      await using first = start(0);
      const http = await first.http;
      const refused = await fetch(`${http}/chat/ws`);
      assertEquals([refused.status, await refused.text()], [401, "Log in first\n"]);
      assertEquals(await (await fetch(http)).text(), "the application\n");
      assertEquals(await (await fetch(`${http}/readyz`)).text(), "ready\n");
      const cookie = "theme=dark; ticket=open-sesame";
      const plain = await connect(`${await first.url}chat/ws`, { cookie });
      const states: string[] = [];
      await using ann = new ChatClient(`${await first.url}chat/ws`, {
        createSocket: (url, protocols) =>
          new WebSocket(url, { protocols, headers: { origin: ORIGIN, cookie } }),
      });
      ann.on("state", (state) => states.push(state.name));
      await within(ann.publish("before").accepted, "the first message");
      await until(() => plain.heard.length === 1, () => "it at the other client");
      first.terminate();
      assertEquals((await within(plain.closed, "the close")).code, 1012);
      assertEquals(await first.exited(), 0);
      const { hooks, clients, counts, budgetMs } = first.receipt;
      assertEquals(hooks.map(({ name }: { name: string }) => name), [
        "say goodbye",
        "close the message log",
      ]);
      assertEquals([clients.closed, counts.accepted, counts["drain.answered"]], [2, 1, 1]);
      assertEquals(budgetMs, 20_000);
      const waiting = ann.publish("while nobody is there").accepted;
      await using second = start(Number(new URL(http).port));
      await within(waiting, "the message that waited");
      assertEquals(states.slice(-4), ["leaving", "waiting", "connecting", "live"]);
      second.terminate();
      assertEquals(await second.exited(), 0);
      assertEquals(second.receipt.counts.resumed, 1);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testThatNeeds(PROCESSES, "the queue example flushes before it closes the store", async () => {
  await using example = new ExampleProcess("flush_queue.ts");
  const { socket, closed } = await connect(await example.url);
  for (const item of ["a", "b", "c"]) socket.send(item);
  example.terminate();
  assertEquals((await within(closed, "the close")).code, 1012);
  assertEquals(await example.exited(), 0);
  assertMatch(example.output, /saved a\nsaved b\nsaved c\nstore closed\n\{/);
});

testThatNeeds(
  PROCESSES,
  "the queue example stops within its share, says what is left, and closes the store",
  async () => {
    await using example = new ExampleProcess("flush_queue.ts");
    const { socket, closed } = await connect(await example.url);
    for (let i = 0; i < 2_000; i++) socket.send(`${i}`);
    example.terminate();
    assertEquals((await within(closed, "the close")).code, 1012);
    assertEquals(await example.exited(), 1);
    const saved = [...example.output.matchAll(/^saved (\d+)$/gm)].map(([, i]) => Number(i));
    assertEquals(saved, saved.map((_, i) => i), "in order");
    const [flush, close] = example.receipt.hooks;
    assertEquals(flush.error, `Error: ${2_000 - saved.length} items are not saved`);
    assertEquals([flush.outcome, flush.durationMs < 2_000], ["failed", true]);
    assertEquals([close.name, close.outcome], ["close the store", "done"]);
    assertMatch(example.output, /saved \d+\nstore closed\n/);
  },
);

testThatNeeds(PROCESSES, "the schedule example tells who leaves when", async () => {
  await using example = new ExampleProcess("schedule.ts");
  assertEquals(await example.exited(), 0);
  const times = [...example.output.matchAll(/leaves (\d+) ms after/g)].map(([, ms]) => Number(ms));
  assertEquals(times.length, 4);
  assert(times.every((ms, i) => ms >= i * 500 && ms <= (i + 1) * 500), example.output);
});
