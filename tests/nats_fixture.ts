import { connect, type ConnectionOptions } from "@nats-io/transport-node";
import { NatsCluster } from "../cli/loadtest/nats/cluster.ts";
import { NatsLog, type NatsLogOptions } from "../src/message_log/nats_log.ts";
import { type Needs, testThatNeeds } from "./needs.ts";

/** What a test with real NATS servers needs. */
export const NATS: Needs = {
  permissions: ["run", "read", "write", "env", "sys"],
  programs: ["nats-server"],
};

let streams = 0;

/** Opens a log on a cluster: a new stream, unless one is named. */
export async function openNatsLog(
  cluster: NatsCluster,
  { login = {}, ...options }: Partial<NatsLogOptions> & { login?: ConnectionOptions } = {},
): Promise<NatsLog> {
  const servers = cluster.members.map(({ address }) => address);
  const connection = await connect({
    ...login,
    servers,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    pingInterval: 2_000,
  });
  return await NatsLog.open(connection, {
    stream: `TEST${++streams}`,
    hasOthers: servers.length > 1,
    ...options,
  });
}

/** Runs `work` with a cluster of its own. */
export async function withCluster(
  size: number,
  work: (cluster: NatsCluster) => Promise<void>,
  config: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await using cluster = await NatsCluster.start({ size, folder, config });
    await work(cluster);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Declares a test with a cluster of its own. */
export function testWithCluster(
  name: string,
  size: number,
  fn: (cluster: NatsCluster, t: Deno.TestContext) => Promise<void>,
): void {
  testThatNeeds(NATS, name, (t) => withCluster(size, (cluster) => fn(cluster, t)));
}
