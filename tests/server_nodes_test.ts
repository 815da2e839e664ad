import { assertEquals } from "@std/assert";
import { connect } from "@nats-io/transport-node";
import type { NatsCluster } from "../cli/loadtest/nats/cluster.ts";
import type { ServerConfig } from "../src/config.ts";
import type { Announcement, MessageLog } from "../src/message_log/message_log.ts";
import { NatsLog } from "../src/message_log/nats_log.ts";
import { serve, type TestServer, until, within } from "./harness.ts";
import { testWithCluster } from "./nats_fixture.ts";
import { V1TestClient } from "./v1_client.ts";

interface Node {
  server: TestServer;
  /** Who else it knows. */
  announcement: Announcement;
}

/** A server on a log of its own connection to one stream. */
async function serveOn(
  cluster: NatsCluster,
  announce: string,
  config: Partial<ServerConfig>,
): Promise<Node> {
  const connection = await connect({ servers: cluster.members[0]!.address });
  const messageLog: MessageLog = await NatsLog.open(connection, { stream: "NODES" });
  const announced = messageLog.announce!.bind(messageLog);
  let announcement: Announcement;
  messageLog.announce = (url, options) => announcement = announced(url, options);
  const server = await serve({ announce, ...config }, { messageLog });
  return { server, announcement: announcement! };
}

/** Two servers that know each other. */
async function servePair(
  cluster: NatsCluster,
  config: Partial<ServerConfig> = {},
): Promise<[Node, Node]> {
  const one = await serveOn(cluster, "ws://one.example/ws", config);
  const two = await serveOn(cluster, "ws://two.example/ws", config);
  for (const node of [one, two]) await knows(node, 1);
  return [one, two];
}

/** Waits until a node knows so many others. */
async function knows({ announcement }: Node, count: number): Promise<void> {
  await until(
    () => announcement.others.length === count,
    () => `${count} others; got ${announcement.others}`,
  );
}

/** Leaves in order; resolves to where it was sent. */
async function sentTo(client: V1TestClient): Promise<string[] | undefined> {
  const { alternates } = await client.next("drain");
  client.send({ type: "drained", lastId: 0 });
  await within(client.closed, "the close");
  return alternates;
}

testWithCluster(
  "a server that leaves sends its clients to the other, which goes on",
  1,
  async (cluster) => {
    const [one, two] = await servePair(cluster);
    const ann = await V1TestClient.welcomed(one.server.url);
    const left = one.server.shutdown.start("test");
    assertEquals(await sentTo(ann), ["ws://two.example/ws"]);
    await left;
    await knows(two, 0);
    // There it goes on where it was.
    const { session, epoch, seq } = ann.welcome;
    const again = await V1TestClient.welcomed(two.server.url, { session, after: { epoch, seq } });
    assertEquals([again.welcome.recovered, again.welcome.epoch], [true, epoch]);
    const leftToo = two.server.shutdown.start("test");
    assertEquals(await sentTo(again), undefined);
    assertEquals((await leftToo).exitCode, 0);
  },
);

testWithCluster(
  "servers that leave at once do not send their clients to each other",
  1,
  async (cluster) => {
    const nodes = await servePair(cluster, { unreadyDelayMs: 200 });
    const clients = await Promise.all(
      nodes.map(({ server }) => V1TestClient.welcomed(server.url)),
    );
    const left = nodes.map(({ server }) => server.shutdown.start("test"));
    assertEquals(await Promise.all(clients.map(sentTo)), [undefined, undefined]);
    await Promise.all(left);
  },
);
