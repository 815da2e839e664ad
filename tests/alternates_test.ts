import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createChat } from "../src/chat.ts";
import { Alternates } from "../src/chat/alternates.ts";
import { MemoryLog } from "../src/message_log/memory_log.ts";
import type { Announcement, AnnounceOptions } from "../src/message_log/message_log.ts";
import { OptionError } from "../src/options/mod.ts";
import { ORIGIN, serve, testConfig, until, within } from "./harness.ts";
import { startServer } from "../src/server.ts";
import { V1TestClient } from "./v1_client.ts";

const [OWN, A, B] = ["ws://own.example/ws", "ws://a.example/ws", "ws://b.example/ws"] as const;

/** A log on which others come and go as the test says, and that tells what was done. */
class NodeLog extends MemoryLog {
  others: string[] = [];
  readonly events: string[] = [];
  options: AnnounceOptions | undefined;
  /** What `leave()` waits for. */
  leaving = Promise.resolve();

  announce(url: string, options?: AnnounceOptions): Announcement {
    this.events.push(`announced ${url}`);
    this.options = options;
    const others = () => this.others;
    return {
      get others() {
        return others();
      },
      leave: async () => {
        this.events.push("leaving");
        await this.leaving;
        this.events.push("left");
      },
      [Symbol.asyncDispose]: () => {
        this.events.push("disposed");
        return Promise.resolve();
      },
    };
  }

  override close(): Promise<void> {
    this.events.push("closed");
    return super.close();
  }
}

async function leaveOne(client: V1TestClient) {
  const { alternates, reconnectAfterMs } = await client.next("drain");
  client.send({ type: "drained", lastId: 0 });
  await within(client.closed, "the close");
  return { alternates, reconnectAfterMs };
}

Deno.test("drain names what the log's announcement says at that moment", async () => {
  const messageLog = new NodeLog();
  messageLog.others = [B];
  const server = await serve({ announce: OWN, restartMs: 60_000 }, { messageLog });
  const ann = await V1TestClient.welcomed(server.url);
  messageLog.others = [A];
  const ended = server.shutdown.start("test");
  const { alternates, reconnectAfterMs } = await leaveOne(ann);
  assertEquals(alternates, [A]);
  // Somebody else is there already: the restart is not waited for.
  assert(reconnectAfterMs <= 1_000, `${reconnectAfterMs}`);
  await ended;
});

Deno.test("drain names nobody when there is nobody any more, and the restart is waited for", async () => {
  const messageLog = new NodeLog();
  messageLog.others = [A];
  const server = await serve({ announce: OWN, restartMs: 60_000 }, { messageLog });
  const ann = await V1TestClient.welcomed(server.url);
  messageLog.others = [];
  const ended = server.shutdown.start("test");
  const { alternates, reconnectAfterMs } = await leaveOne(ann);
  assertEquals(alternates, undefined);
  assert(reconnectAfterMs >= 60_000, `${reconnectAfterMs}`);
  await ended;
});

Deno.test("a server tells the others that it leaves before it sends the first client away", async () => {
  const messageLog = new NodeLog();
  const told = Promise.withResolvers<void>();
  messageLog.leaving = told.promise;
  const server = await serve({ announce: OWN }, { messageLog });
  assertEquals(messageLog.events, [`announced ${OWN}`]);
  const ann = await V1TestClient.welcomed(server.url);
  const ended = server.shutdown.start("test");
  assertEquals(messageLog.events.at(-1), "leaving");
  assertEquals(server.shutdown.state, "unready");
  // What was sent before this answer would have come before it.
  ann.publish(1, "hello");
  await ann.heard(1);
  assertEquals(ann.frames.some(({ type }) => type === "drain"), false);
  told.resolve();
  await leaveOne(ann);
  await ended;
  assertEquals(messageLog.events.slice(1), ["leaving", "left", "disposed", "closed"]);
});

Deno.test("a server that cannot tell the others leaves all the same, soon", async () => {
  const messageLog = new NodeLog();
  const told = Promise.withResolvers<void>();
  messageLog.leaving = told.promise;
  const server = await serve({ announce: OWN, budgetMs: 2_000 }, { messageLog });
  const ann = await V1TestClient.welcomed(server.url);
  const ended = server.shutdown.start("test");
  await leaveOne(ann);
  const { exitCode } = await ended;
  assertEquals(exitCode, 0);
  told.resolve();
});

Deno.test("a failure to tell the others is logged, and the drain goes on", async () => {
  const messageLog = new NodeLog();
  messageLog.leaving = Promise.reject(new Error("no"));
  messageLog.leaving.catch(() => {});
  const server = await serve({ announce: OWN }, { messageLog });
  const { exitCode } = await server.shutdown.start("test");
  assertEquals(exitCode, 0);
  assertStringIncludes(server.log.texts.join("\n"), "The start of the shutdown failed: Error: no");
});

Deno.test("a server announces itself as ready only while new clients are welcome", async () => {
  const messageLog = new NodeLog();
  await using server = await serve({ announce: OWN, maxClients: 1 }, { messageLog });
  const isReady = messageLog.options!.isReady!;
  assertEquals(isReady(), true);
  const ann = await V1TestClient.welcomed(server.url);
  assertEquals(isReady(), false);
  ann.socket.close();
  await until(isReady, () => "the server to be ready again");
});

Deno.test("without --announce a server asks nobody, and names only those that it was told of", async () => {
  const messageLog = new NodeLog();
  messageLog.others = [A];
  const server = await serve({ alternates: [B] }, { messageLog });
  const ann = await V1TestClient.welcomed(server.url);
  const ended = server.shutdown.start("test");
  assertEquals((await leaveOne(ann)).alternates, [B]);
  await ended;
  assertEquals(messageLog.events, ["closed"]);
});

Deno.test("a log that cannot announce a server refuses --announce, and is closed", async () => {
  const messageLog = new MemoryLog();
  const error = await assertRejects(
    () => startServer(testConfig({ announce: OWN }), { messageLog }),
    OptionError,
  );
  assertEquals(
    error.message,
    "Cannot start: --announce must go with a log over which servers hear of each other (nats://…); " +
      `got "${OWN}" with another one. Name them with --alternates`,
  );
  await assertRejects(() => messageLog.probe());
  const options = { allowedOrigins: [ORIGIN], announce: OWN };
  await assertRejects(() => createChat(options, { messageLog: new MemoryLog() }), RangeError);
});

/** An announcement that hears of these. */
function hearing(others: string[]): Announcement {
  return {
    others,
    leave: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

Deno.test("Alternates names the configured ones first, and none of them twice", () => {
  const alternates = new Alternates([B, B]);
  assertEquals([alternates.any, alternates.pick()], [true, [B]]);
  alternates.follow(hearing([A, B]));
  assertEquals([alternates.all, alternates.pick()], [[B, A], [B, A]]);
  const none = new Alternates();
  assertEquals([none.any, none.all, none.pick()], [false, [], []]);
  none.follow(hearing([]));
  assertEquals([none.any, none.pick()], [false, []]);
  none.follow(hearing([A]));
  assertEquals([none.any, none.pick()], [true, [A]]);
});

Deno.test("Alternates names 8 of many, to each client others, and all as often", () => {
  const others = Array.from({ length: 20 }, (_, i) => `ws://n${i}/ws`);
  const alternates = new Alternates();
  alternates.follow(hearing(others));
  const firsts = new Map<string, number>();
  for (let i = 0; i < 20_000; i++) {
    const picked = alternates.pick();
    assertEquals([picked.length, new Set(picked).size], [8, 8]);
    firsts.set(picked[0]!, (firsts.get(picked[0]!) ?? 0) + 1);
  }
  assertEquals(firsts.size, 20);
  // A thousand each; five standard deviations are 154.
  for (const [url, times] of firsts) assert(Math.abs(times - 1_000) < 200, `${url}: ${times}`);
});
