import { assertEquals } from "@std/assert";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { NatsCluster } from "../cli/loadtest/nats/cluster.ts";
import type { Announcement } from "../src/message_log/message_log.ts";
import { announceNode, type AnnounceNodeOptions } from "../src/message_log/nats/nodes.ts";
import { FakeClock } from "./fake_clock.ts";
import { TestLog, until } from "./harness.ts";
import { NATS } from "./nats_fixture.ts";
import { testThatNeeds } from "./needs.ts";

const [A, B, C] = ["ws://a.example/ws", "ws://b.example/ws", "ws://c.example/ws"] as const;

/** A NATS server, and nodes on it whose time is the test's. */
class Stage implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly #cluster: NatsCluster;
  readonly #folder: string;
  readonly #connections: NatsConnection[] = [];
  readonly #nodes: Announcement[] = [];

  private constructor(cluster: NatsCluster, folder: string) {
    this.#cluster = cluster;
    this.#folder = folder;
  }

  static async open(config: Record<string, unknown> = {}): Promise<Stage> {
    const folder = await Deno.makeTempDir();
    return new Stage(await NatsCluster.start({ folder, config }), folder);
  }

  get member() {
    return this.#cluster.members[0]!;
  }

  async connect(options: { user?: string; pass?: string } = {}): Promise<NatsConnection> {
    const connection = await connect({
      servers: this.member.address,
      ...{ reconnectTimeWait: 20, reconnectJitter: 0, maxReconnectAttempts: -1 },
      ...options,
    });
    this.#connections.push(connection);
    return connection;
  }

  async announce(url: string, options: Partial<AnnounceNodeOptions> = {}): Promise<Announcement> {
    return this.announceOn(await this.connect(), url, options);
  }

  announceOn(
    connection: NatsConnection,
    url: string,
    options: Partial<AnnounceNodeOptions> = {},
  ): Announcement {
    const node = announceNode(connection, { stream: "CHAT", url, clock: this.clock, ...options });
    this.#nodes.push(node);
    return node;
  }

  /** Waits until a node knows these others. */
  async knows(node: Announcement, ...urls: string[]): Promise<void> {
    await until(
      () => JSON.stringify([...node.others].sort()) === JSON.stringify(urls),
      () => `${urls} to be known; known are ${node.others}`,
    );
  }

  /** Lets time pass until `look`: what is said in it goes over the real network. */
  async passUntil(look: () => boolean, what: string): Promise<void> {
    let beaten = performance.now();
    await until(() => {
      // A beat has a moment to come back before the next one.
      if (performance.now() - beaten > 20) {
        void this.clock.advance(2_000);
        beaten = performance.now();
      }
      return look();
    }, () => what);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.#nodes) await node[Symbol.asyncDispose]();
    for (const connection of this.#connections) await connection.close();
    await this.#cluster[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

testThatNeeds(
  NATS,
  "announceNode() makes nodes known to each other at once, none to itself",
  async () => {
    await using stage = await Stage.open();
    // The clock stands still: all of it happens without waiting for a beat.
    const a = await stage.announce(A);
    assertEquals(a.others, []);
    const b = await stage.announce(B);
    await stage.knows(a, B);
    await stage.knows(b, A);
    const c = await stage.announce(C);
    await stage.knows(a, B, C);
    await stage.knows(b, A, C);
    await stage.knows(c, A, B);
  },
);

testThatNeeds(
  NATS,
  "announceNode() tells at once that a node leaves, which still hears the others",
  async () => {
    await using stage = await Stage.open();
    const [a, b] = [await stage.announce(A), await stage.announce(B)];
    await stage.knows(a, B);
    await stage.knows(b, A);
    await a.leave();
    await stage.knows(b);
    assertEquals(a.others, [B]);
    const c = await stage.announce(C);
    await stage.knows(a, B, C);
    await stage.knows(c, B);
    await a[Symbol.asyncDispose]();
    await a[Symbol.asyncDispose]();
    await b[Symbol.asyncDispose]();
    await stage.knows(c);
  },
);

testThatNeeds(NATS, "announceNode() forgets a node that was killed, and no other", async () => {
  await using stage = await Stage.open();
  const [a, b] = [await stage.announce(A), await stage.announce(B)];
  const cut = await stage.connect();
  stage.announceOn(cut, C);
  await stage.knows(a, B, C);
  await cut.close();
  assertEquals(a.others.length, 2);
  await stage.passUntil(() => a.others.length === 1, "C to be forgotten");
  await stage.knows(a, B);
  await stage.knows(b, A);
});

testThatNeeds(
  NATS,
  "announceNode() forgets nobody while NATS is away, and goes on after it",
  async () => {
    await using stage = await Stage.open();
    const [a, b] = [await stage.announce(A), await stage.announce(B)];
    const cut = await stage.connect();
    stage.announceOn(cut, C);
    await stage.knows(a, B, C);
    await stage.knows(b, A, C);
    await stage.member.end("SIGKILL");
    await cut.close();
    await stage.clock.advance(60_000);
    await stage.knows(a, B, C);
    // It says it in vain, without waiting for long.
    const left = b.leave();
    await stage.clock.runUntil(left);
    await stage.member.start();
    const d = await stage.announce("ws://d.example/ws");
    await stage.passUntil(() => a.others.length === 1, "B and C to be gone");
    await stage.knows(a, "ws://d.example/ws");
    await stage.knows(d, A);
  },
);

testThatNeeds(NATS, "announceNode() leaves out a node that is not ready, until it is", async () => {
  await using stage = await Stage.open();
  let isReady = false;
  const [a, b] = [await stage.announce(A), await stage.announce(B, { isReady: () => isReady })];
  await stage.knows(b, A);
  await stage.clock.advance(2_000);
  assertEquals(a.others, []);
  isReady = true;
  await stage.passUntil(() => a.others.length === 1, "B to serve");
  isReady = false;
  await stage.passUntil(() => a.others.length === 0, "B to be busy");
});

testThatNeeds(
  NATS,
  "announceNode() ignores what is no announcement, and other streams",
  async () => {
    await using stage = await Stage.open();
    const a = await stage.announce(A);
    await stage.announce(C, { stream: "OTHER" });
    const connection = await stage.connect();
    for (const text of ["", "x", "null", '{"url":"http://b/","state":"serving"}']) {
      connection.publish("CHAT.node.x", text);
    }
    connection.publish("CHAT.node.x", new Uint8Array([0xff, 0xfe]));
    await connection.flush();
    // What came before it was heard before it.
    await stage.announce(B);
    await stage.knows(a, B);
  },
);

testThatNeeds(
  NATS,
  "announceNode() names a URL that others share with us while one of them serves",
  async () => {
    await using stage = await Stage.open();
    const [a, b] = [await stage.announce(A), await stage.announce(A)];
    await stage.knows(a, A);
    await stage.knows(b, A);
    await a.leave();
    await stage.knows(b);
    assertEquals(a.others, [A]);
  },
);

testThatNeeds(NATS, "announceNode() says that it may not hear, and goes on alone", async () => {
  const authorization = {
    users: [{
      user: "u",
      password: "p",
      permissions: { subscribe: { deny: "CHAT.node.*" } },
    }],
  };
  await using stage = await Stage.open({ authorization });
  const log = new TestLog();
  const connection = await stage.connect({ user: "u", pass: "p" });
  const a = stage.announceOn(connection, A, { log });
  await until(() => log.texts.length > 0, () => "the warning");
  assertEquals(log.records[0]!.level, "warn");
  assertEquals(log.texts[0]!.startsWith("Cannot hear of other servers: "), true);
  assertEquals(a.others, []);
});
