import { assert, assertEquals, assertMatch } from "@std/assert";
import { ORIGIN, until, within } from "./harness.ts";
import { testThatNeeds } from "./needs.ts";

const PROCESSES = { permissions: ["run", "read", "env"] as Deno.PermissionName[] };

testThatNeeds(
  PROCESSES,
  "docs/embedding.md shows exactly the programs that are tested",
  async () => {
    const page = await Deno.readTextFile("docs/embedding.md");
    const names = [...Deno.readDirSync("docs/examples")].map(({ name }) => name)
      .filter((name) => !name.startsWith("client_")).sort();
    assertEquals(names, ["echo.ts", "flush_queue.ts", "schedule.ts"]);
    for (const name of names) {
      const program = await Deno.readTextFile(`docs/examples/${name}`);
      assert(page.includes("```ts\n" + program + "```"), `docs/embedding.md has another ${name}`);
    }
  },
);

/** An example as a process, its output, and its URL. */
class Example implements AsyncDisposable {
  readonly process: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  output = "";

  constructor(name: string) {
    this.process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-net", `docs/examples/${name}`, "0"],
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#reading = this.#read();
  }

  get url(): Promise<string> {
    return until(() => /http:\/\/\S+?:(\d+)/.exec(this.output)?.[1], () => "the example to listen")
      .then((port) => `ws://127.0.0.1:${port}/`);
  }

  async exited(): Promise<number> {
    const { code } = await within(this.process.status, "the example to exit");
    await this.#reading;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.process.kill("SIGKILL");
    } catch {
      // Already gone.
    }
    await this.process.status;
    await this.#reading;
  }

  async #read(): Promise<void> {
    const { stdout, stderr } = this.process;
    await Promise.all([stdout, stderr].map(async (stream) => {
      for await (const text of stream.pipeThrough(new TextDecoderStream())) this.output += text;
    }));
  }
}

async function connect(url: string): Promise<{ socket: WebSocket; closed: Promise<CloseEvent> }> {
  const socket = new WebSocket(url, { headers: { origin: ORIGIN } });
  const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
  await within(new Promise((resolve) => socket.onopen = resolve), "the connection");
  return { socket, closed };
}

testThatNeeds(
  PROCESSES,
  "the echo example echoes, then leaves in order with a receipt",
  async () => {
    await using example = new Example("echo.ts");
    const { socket, closed } = await connect(await example.url);
    const echoed = new Promise<MessageEvent>((resolve) => socket.onmessage = resolve);
    socket.send("hello");
    assertEquals((await within(echoed, "the echo")).data, "hello");
    example.process.kill("SIGTERM");
    assertEquals((await within(closed, "the close")).code, 1012);
    assertEquals(await example.exited(), 0);
    const lines = example.output.trim().split("\n");
    assertEquals(JSON.parse(lines.at(-1)!).clients.byCode, { "1012": 1 });
  },
);

testThatNeeds(PROCESSES, "the queue example flushes before it closes the store", async () => {
  await using example = new Example("flush_queue.ts");
  const { socket, closed } = await connect(await example.url);
  for (const item of ["a", "b", "c"]) socket.send(item);
  example.process.kill("SIGTERM");
  await within(closed, "the close");
  assertEquals(await example.exited(), 0);
  assertMatch(example.output, /saved a\nsaved b\nsaved c\nstore closed\n$/);
});

testThatNeeds(PROCESSES, "the schedule example tells who leaves when", async () => {
  await using example = new Example("schedule.ts");
  assertEquals(await example.exited(), 0);
  const times = [...example.output.matchAll(/leaves (\d+) ms after/g)].map(([, ms]) => Number(ms));
  assertEquals(times.length, 4);
  assert(times.every((ms, i) => ms >= i * 500 && ms <= (i + 1) * 500), example.output);
});
