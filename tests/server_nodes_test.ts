import { assertEquals } from "@std/assert";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { NatsCluster } from "../cli/loadtest/nats/cluster.ts";
import type { ServerConfig } from "../src/config.ts";
import { MemoryLog } from "../src/message_log/memory_log.ts";
import type { Announcement, AnnounceOptions } from "../src/message_log/message_log.ts";
import { announceNode } from "../src/message_log/nats_nodes.ts";
import { serve, type TestServer, until, within } from "./harness.ts";
import { testThatNeeds } from "./needs.ts";
import { V1TestClient } from "./v1_client.ts";

const NATS = {
  permissions: ["run", "read", "write", "env", "sys"] as Deno.PermissionName[],
  programs: ["nats-server"],
};

/** What is said is kept in memory; who serves is told over NATS. */
class NatsNodesLog extends MemoryLog {
  announcement: Announcement | undefined;
  readonly #connection: NatsConnection;

  constructor(connection: NatsConnection) {
    super();
    this.#connection = connection;
  }

  announce(url: string, options?: AnnounceOptions): Announcement {
    return this.announcement = announceNode(this.#connection, { stream: "CHAT", url, ...options });
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#connection.close();
  }
}

/** Two servers that know each other. */
class Pair implements AsyncDisposable {
  readonly servers: TestServer[] = [];
  readonly #logs: NatsNodesLog[] = [];
  readonly #cluster: NatsCluster;
  readonly #folder: string;

  private constructor(cluster: NatsCluster, folder: string) {
    this.#cluster = cluster;
    this.#folder = folder;
  }

  static async open(config: Partial<ServerConfig> = {}): Promise<Pair> {
    const folder = await Deno.makeTempDir();
    const cluster = await NatsCluster.start({ folder });
    const pair = new Pair(cluster, folder);
    for (const announce of ["ws://one.example/ws", "ws://two.example/ws"]) {
      const connection = await connect({ servers: cluster.members[0]!.address });
      const messageLog = new NatsNodesLog(connection);
      pair.#logs.push(messageLog);
      pair.servers.push(await serve({ announce, ...config }, { messageLog }));
    }
    for (const index of pair.#logs.keys()) await pair.knows(index, 1);
    return pair;
  }

  /** Waits until a server knows so many others. */
  async knows(index: number, count: number): Promise<void> {
    const { announcement } = this.#logs[index]!;
    await until(
      () => announcement?.others.length === count,
      () => `${count} others; got ${announcement?.others}`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.servers) await server[Symbol.asyncDispose]();
    await this.#cluster[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** Leaves in order; resolves to where it was sent. */
async function sentTo(client: V1TestClient): Promise<string[] | undefined> {
  const { alternates } = await client.next("drain");
  client.send({ type: "drained", lastId: 0 });
  await within(client.closed, "the close");
  return alternates;
}

testThatNeeds(
  NATS,
  "a server that leaves sends its clients to the other, which then has nobody",
  async () => {
    await using pair = await Pair.open();
    const [one, two] = pair.servers as [TestServer, TestServer];
    const [ann, bob] = [await V1TestClient.welcomed(one.url), await V1TestClient.welcomed(two.url)];
    const left = one.shutdown.start("test");
    assertEquals(await sentTo(ann), ["ws://two.example/ws"]);
    await left;
    await pair.knows(1, 0);
    const leftToo = two.shutdown.start("test");
    assertEquals(await sentTo(bob), undefined);
    assertEquals((await leftToo).exitCode, 0);
  },
);

testThatNeeds(
  NATS,
  "servers that leave at once do not send their clients to each other",
  async () => {
    await using pair = await Pair.open({ unreadyDelayMs: 200 });
    const clients = await Promise.all(pair.servers.map(({ url }) => V1TestClient.welcomed(url)));
    const left = pair.servers.map(({ shutdown }) => shutdown.start("test"));
    assertEquals(await Promise.all(clients.map(sentTo)), [undefined, undefined]);
    await Promise.all(left);
  },
);
