import { assert, assertEquals } from "@std/assert";
import type { NatsCluster } from "../cli/loadtest/nats/cluster.ts";
import { serve, type TestServer, within } from "./harness.ts";
import { openNatsLog, testWithCluster } from "./nats_fixture.ts";
import { V1TestClient } from "./v1_client.ts";

/** A server that waits for NATS only for a moment. */
async function serveOn(cluster: NatsCluster): Promise<TestServer> {
  return await serve({}, { messageLog: await openNatsLog(cluster, { waitMs: 300 }) });
}

async function readiness({ http }: TestServer): Promise<string> {
  const response = await fetch(`${http}/readyz`);
  return `${response.status} ${(await response.text()).trim()}`;
}

async function untilReadiness(server: TestServer, status: number): Promise<string> {
  for (;;) {
    const said = await readiness(server);
    if (said.startsWith(String(status))) return said;
  }
}

testWithCluster(
  "while NATS is away publishes are rejected and /readyz says why; then all goes on",
  1,
  async (cluster) => {
    await using server = await serveOn(cluster);
    const ann = await V1TestClient.welcomed(server.url);
    assert((await readiness(server)).startsWith("200"));
    const [member] = cluster.members;
    await member!.end("SIGKILL");
    ann.send({ type: "publish", id: 1, content: "hello" });
    const { id, code, retryAfterMs } = await ann.next("rejected");
    assertEquals([id, code, retryAfterMs], [1, "unavailable", 500]);
    const said = await within(untilReadiness(server, 503), "a server that is not ready");
    assert(said.includes("message log"), said);
    await member!.start();
    await within(untilReadiness(server, 200), "a server that is ready again");
    ann.send({ type: "publish", id: 1, content: "hello" });
    const { items } = await ann.next("messages");
    assertEquals(items.map(({ seq, id, content }) => [seq, id, content]), [[1, 1, "hello"]]);
    ann.socket.close();
    await within(ann.closed, "the close");
  },
);

testWithCluster(
  "who says hello while NATS is away is asked to come back later",
  1,
  async (cluster) => {
    await using server = await serveOn(cluster);
    await cluster.members[0]!.end("SIGKILL");
    const late = await V1TestClient.connect(server.url);
    late.send({ type: "hello" });
    assertEquals((await within(late.closed, "the close")).code, 1013);
  },
);

testWithCluster(
  "a server leaves in order while NATS is away: what it could not write it says",
  1,
  async (cluster) => {
    const server = await serveOn(cluster);
    const ann = await V1TestClient.welcomed(server.url);
    await cluster.members[0]!.end("SIGKILL");
    ann.send({ type: "publish", id: 1, content: "hello" });
    const left = server.shutdown.start("test");
    await ann.next("drain");
    ann.send({ type: "drained", lastId: 1 });
    assertEquals((await ann.next("rejected")).code, "unavailable");
    assertEquals((await ann.next("done")).lastId, 1);
    assertEquals((await within(ann.closed, "the close")).code, 1012);
    assertEquals((await left).exitCode, 0);
  },
);
