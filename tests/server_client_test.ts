import { assert, assertEquals } from "@std/assert";
import { ChatClient, type ChatMessage } from "../src/client/mod.ts";
import { startServer } from "../src/server.ts";
import { MemoryLog } from "../src/message_log/memory_log.ts";
import type { MessageLog } from "../src/message_log/message_log.ts";
import { serve, testConfig, until, within } from "./harness.ts";

/** A library client, and what it heard. */
class Member implements AsyncDisposable {
  readonly chat: ChatClient;
  readonly heard: ChatMessage[] = [];
  readonly states: string[] = [];

  constructor(url: string, options: ConstructorParameters<typeof ChatClient>[1] = {}) {
    this.chat = new ChatClient(url, {
      createSocket: (target, protocols) =>
        new WebSocket(target, {
          headers: { origin: "http://localhost:8080" },
          protocols: [...protocols],
        }),
      ...options,
    });
    this.chat.on("message", (message) => this.heard.push(message));
    this.chat.on("state", ({ name }) => this.states.push(name));
  }

  get contents(): string[] {
    return this.heard.map(({ content }) => content);
  }

  live(): Promise<unknown> {
    return until(() => this.chat.state.name === "live", () => `live; is ${this.chat.state.name}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.chat.close({ flushMs: 0 });
  }
}

Deno.test("two library clients hear each other, and a publish is accepted with its seq", async () => {
  await using server = await serve();
  await using ann = new Member(server.url);
  await using bob = new Member(server.url);
  await Promise.all([ann.live(), bob.live()]);
  const { seq } = await within(ann.chat.publish("hello").accepted, "the acceptance");
  assertEquals(seq, 1);
  await until(() => bob.heard.length === 1, () => "the message");
  assertEquals([bob.heard[0]!.isMine, ann.heard[0]!.isMine], [false, true]);
});

Deno.test("a restart under library clients loses nothing and doubles nothing", async () => {
  const messageLog = new KeptLog();
  let server = await start(messageLog, 0);
  const { port } = server;
  await using ann = new Member(server.url);
  await using bob = new Member(server.url);
  await Promise.all([ann.live(), bob.live()]);
  const accepted: Promise<unknown>[] = [];
  const talking = setInterval(() => {
    accepted.push(ann.chat.publish(`a${accepted.length}`).accepted);
  }, 5);
  await until(() => bob.heard.length > 20, () => "some messages");
  const receipt = await server.shutdown.start("test");
  assertEquals([receipt.exitCode, receipt.counts["drain.answered"]], [0, 2]);
  server = await start(messageLog, port);
  await until(
    () => ann.states.filter((name) => name === "live").length === 2,
    () => "ann's return",
  );
  await until(
    () => bob.states.filter((name) => name === "live").length === 2,
    () => "bob's return",
  );
  const before = accepted.length;
  await until(() => accepted.length > before + 20, () => "more messages");
  clearInterval(talking);
  await within(Promise.all(accepted), "all acceptances");
  await until(() => bob.heard.length === accepted.length, () => `${accepted.length} messages`);
  const wanted = accepted.map((_, i) => `a${i}`);
  assertEquals([ann.contents, bob.contents], [wanted, wanted]);
  assert(ann.states.includes("leaving") && ann.states.includes("waiting"), ann.states.join());
  await ann.chat.close({ flushMs: 0 });
  await bob.chat.close({ flushMs: 0 });
  await server.shutdown.start("end");
});

/** A log that outlives the server that closes it. */
class KeptLog extends MemoryLog {
  override close(): Promise<void> {
    return Promise.resolve();
  }
}

function start(messageLog: MessageLog, port: number) {
  const listen = { host: "127.0.0.1", port };
  return startServer(testConfig({ listen, restartMs: 50, rateLimitBurst: 10_000 }), { messageLog });
}
