/** What Deno does to the whole process or its listener, watched from outside on a child. */

import { assertEquals, assertRejects } from "@std/assert";
import { RawSocket } from "../cli/raw_socket.ts";
import { testThatNeeds } from "./needs.ts";
import { everythingSeenBy, within } from "./runtime_support.ts";

const NEEDS = { permissions: ["run", "read"] satisfies Deno.PermissionName[] };
const DEADLINE_MS = 10_000;

for (const fault of ["throw after upgrade", "other response after upgrade"]) {
  testThatNeeds(NEEDS, `Deno.serve() stops listening when the handler does: ${fault}`, async () => {
    await using server = await Program.start(fault);
    assertEquals(await server.get(), "alive");
    const giveUp = new AbortController();
    const unanswered = RawSocket.connect(server.url, { signal: giveUp.signal });
    assertEquals(await server.nextLine(), "no longer listening");
    giveUp.abort();
    await assertRejects(() => unanswered);
    await assertRejects(() => RawSocket.connect(server.url), Error, "ECONNREFUSED");
  });
}

const FAULTS = [
  "throw on open",
  "throw on message",
  "reject on message",
  "throw on close",
  "throw on error",
];

for (const fault of FAULTS) {
  testThatNeeds(NEEDS, `a handler's "${fault}" ends the process with exit code 1`, async () => {
    await using server = await Program.start(fault);
    await using client = await RawSocket.connect(server.url);
    await provoke(client);
    assertEquals((await within(DEADLINE_MS, server.status, "exit")).code, 1);
  });

  testThatNeeds(NEEDS, `a handler's "${fault}" is survived with preventDefault()`, async () => {
    await using server = await Program.start(fault, "guarded");
    await using client = await RawSocket.connect(server.url);
    await provoke(client);
    const caught = fault.startsWith("reject") ? "caught unhandledrejection" : "caught error";
    assertEquals(await server.nextLine(), caught);
    assertEquals(await server.get(), "alive");
  });
}

testThatNeeds(NEEDS, "Deno.exit() in the tick of send() and close() delivers nothing", async () => {
  assertEquals(await lastSightOf("exit after 0 turns"), "fin");
});

testThatNeeds(NEEDS, "Deno.exit() one turn after send() and close() delivers nothing", async () => {
  assertEquals(await lastSightOf("exit after 1 turns"), "fin");
});

testThatNeeds(NEEDS, "Deno.exit() two turns after send() and close() delivers both", async () => {
  assertEquals(await lastSightOf("exit after 2 turns"), `last words, close 1012 "restart", fin`);
});

/** Makes every handler run: open, message, then error and close. */
async function provoke(client: RawSocket): Promise<void> {
  // The process may be gone at any of these.
  await client.send("hello").catch(() => {});
  await client.finish();
}

async function lastSightOf(fault: string): Promise<string> {
  await using server = await Program.start(fault);
  await using client = await RawSocket.connect(server.url);
  await client.send("leave");
  const seen = await everythingSeenBy(client);
  assertEquals((await within(DEADLINE_MS, server.status, "exit")).code, 0);
  return seen;
}

/** The misbehaving server, running in a process of its own. */
class Program implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #text = "";
  #port = 0;

  private constructor(args: string[]) {
    const file = new URL("./fixtures/misbehaving_server.ts", import.meta.url).href;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-config", "--no-prompt", "--allow-net=127.0.0.1", file, ...args],
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async start(...args: string[]): Promise<Program> {
    const program = new Program(args);
    program.#port = Number(await program.nextLine());
    return program;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  get status(): Promise<Deno.CommandStatus> {
    return this.#child.status;
  }

  /** What it answers to an ordinary request. */
  async get(): Promise<string> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const response = await fetch(this.url.replace("ws:", "http:"), { signal });
    return await response.text();
  }

  async nextLine(): Promise<string> {
    while (!this.#text.includes("\n")) {
      const { value, done } = await within(DEADLINE_MS, this.#lines.read(), "read a line");
      if (done) throw new Deno.errors.UnexpectedEof("Cannot read a line: the process has ended");
      this.#text += value;
    }
    const [line, ...rest] = this.#text.split("\n");
    this.#text = rest.join("\n");
    return line!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#child.status;
    await this.#lines.cancel();
  }
}
