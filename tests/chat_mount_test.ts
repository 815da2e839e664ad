import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { createChat } from "../src/chat.ts";
import type { ChatOptions } from "../src/chat_options.ts";
import { MemoryLog } from "../src/message_log/memory_log.ts";
import type { Chat, Shutdown } from "../src/mod.ts";
import { ORIGIN, TestClient, TestLog, until, within } from "./harness.ts";
import { V1TestClient } from "./v1_client.ts";

/** A chat at `/chat/ws` of an application that has other things to do. */
interface Mounted extends AsyncDisposable {
  chat: Chat;
  log: TestLog;
  messageLog: MemoryLog;
  shutdown: Shutdown;
  http: string;
  ws: string;
}

const PEER = { remoteAddr: { transport: "tcp", hostname: "::1", port: 9 } } as const;

/** A request that is only refused: none may be upgraded that came from no server. */
function upgradeFrom(origin: string): Request {
  const headers = {
    ...{ connection: "upgrade", upgrade: "websocket", "sec-websocket-version": "13", origin },
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  };
  return new Request("http://app.example/chat/ws", { headers });
}

async function mount(options: Partial<ChatOptions> = {}): Promise<Mounted> {
  const log = new TestLog();
  const messageLog = new MemoryLog();
  const quiet = { softLagMs: 0, hardLagMs: 0, softMemoryBytes: 0, hardMemoryBytes: 0 };
  const chat = await createChat({ allowedOrigins: [ORIGIN], ...quiet, ...options }, {
    messageLog,
    log,
  });
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request, info) =>
      new URL(request.url).pathname === "/chat/ws"
        ? chat.handle(request, info)
        : new Response("the application\n"),
  );
  const shutdown = chat.shutdownWith(server, { counts: () => ({ pages: 7 }) });
  const address = `127.0.0.1:${server.addr.port}`;
  return {
    ...{
      chat,
      log,
      messageLog,
      shutdown,
      http: `http://${address}`,
      ws: `ws://${address}/chat/ws`,
    },
    async [Symbol.asyncDispose]() {
      await shutdown.start("dispose");
    },
  };
}

Deno.test("createChat() serves both protocols at a path of its host's", async () => {
  await using app = await mount();
  await using plain = await TestClient.connect(app.ws);
  await using ann = await V1TestClient.welcomed(app.ws);
  plain.say("from afar");
  assertEquals(await ann.heard(1), ["from afar"]);
  ann.publish(1, "hello");
  assertEquals(await plain.heard(1), ["hello"]);
  assertEquals(await (await fetch(app.http)).text(), "the application\n");
  assertEquals([app.chat.connections.size, app.chat.counts().accepted], [2, 2]);
  assertMatch(app.log.texts.join("\n"), /^Client 127\.0\.0\.1:\d+ connected \(1 in lobby\)$/m);
});

Deno.test("chat.handle() refuses before the upgrade, and says why", async () => {
  await using app = await mount({ maxClients: 1 });
  await using _one = await TestClient.connect(app.ws);
  const ask = async (origin: string) => (await app.chat.handle(upgradeFrom(origin), PEER)).status;
  assertEquals([await ask("https://evil.example"), await ask(ORIGIN)], [403, 503]);
  assertMatch(app.log.of("full")[0]!.text, /^Client \[::1\]:9 came while the server is full/);
  assertEquals(app.chat.whyNotReady(), "full (1 of 1 clients)");
});

Deno.test("chat.shutdownWith() makes everybody leave, counts for both, and closes the log last", async () => {
  await using app = await mount();
  const order: string[] = [];
  app.shutdown.addHook("the host's", () => void order.push("host"));
  const close = app.messageLog.close.bind(app.messageLog);
  app.messageLog.close = () => {
    order.push("log");
    return close();
  };
  await using plain = await TestClient.connect(app.ws);
  await using ann = await V1TestClient.welcomed(app.ws);
  ann.publish(1, "hello");
  await ann.heard(1);
  const over = app.shutdown.start("test");
  await until(() => app.chat.whyNotReady(), () => "readiness to be withdrawn");
  ann.send({ type: "drained", lastId: (await ann.next("drain"), 1) });
  assertEquals((await ann.next("done")).lastId, 1);
  const receipt = await within(over, "the shutdown");
  assertEquals([(await plain.closed).code, (await ann.closed).code], [1012, 1012]);
  assertEquals([receipt.exitCode, receipt.clients.closed, receipt.hooks.length], [0, 2, 2]);
  assertEquals([receipt.counts.pages, receipt.counts.accepted], [7, 1]);
  assertEquals(order, ["host", "log"]);
  assertMatch(app.log.texts.at(-1)!, /^Server stopped gracefully in /);
});

Deno.test("chat.handle() refuses newcomers while the host shuts down", async () => {
  await using app = await mount();
  const answers: Response[] = [];
  app.shutdown.addHook("knock", async () => {
    answers.push(await app.chat.handle(upgradeFrom(ORIGIN), PEER));
  });
  await app.shutdown.start("test");
  assertEquals(answers.map(({ status }) => status), [503]);
  assertMatch(answers[0]!.headers.get("retry-after")!, /^\d+$/);
  assertMatch(app.log.of("draining")[0]!.text, /came while the server is leaving$/);
});

Deno.test("a socket of the host's that the chat tracks leaves with the others", async () => {
  const chat = await createChat({ allowedOrigins: ["*"] }, { messageLog: new MemoryLog() });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    chat.connections.track(socket);
    return response;
  });
  const shutdown = chat.shutdownWith(server);
  await using client = await TestClient.connect(`ws://127.0.0.1:${server.addr.port}/own`);
  await shutdown.start("test");
  assertEquals((await client.closed).code, 1012);
});

Deno.test("a chat has one shutdown, and closes once without any", async () => {
  const chat = await createChat({ allowedOrigins: ["*"] }, { messageLog: new MemoryLog() });
  const server = { shutdown: () => Promise.resolve() };
  chat.shutdownWith(server);
  assertThrows(() => chat.shutdownWith(server), Error, "this chat has one already");
  assertEquals(chat.close(), chat.close());
  await chat.close();
});

Deno.test("createChat() compares origins as a browser writes them", async () => {
  await using app = await mount({ allowedOrigins: ["HTTP://LocalHost:8080/chat?x"] });
  await using client = await TestClient.connect(app.ws);
  client.say("let in");
});

for (
  const [options, message] of [
    [{ allowedOrigins: ["app.example"] }, /allowedOrigins must be origins such as .* got "app/],
    [
      { maxClients: NaN },
      /^Cannot create the chat: maxClients must be a number from 0 up, got NaN/,
    ],
    [{ answerMs: -1 }, /answerMs must be a number from 0 up, got -1/],
    [{ floodLimit: 5, rateLimitBurst: 5 }, /floodLimit must be above rateLimitBurst \(5\), got 5/],
  ] as const
) {
  Deno.test(`createChat() does not take ${JSON.stringify(options)}`, async () => {
    const messageLog = new MemoryLog();
    const all = { allowedOrigins: ["*"], ...options as Partial<ChatOptions> };
    const error = await assertRejects(() => createChat(all, { messageLog }), RangeError);
    assertMatch(error.message, message);
  });
}
