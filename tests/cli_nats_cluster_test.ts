import { assert, assertEquals, assertRejects } from "@std/assert";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { ip } from "../cli/loadtest/nats/ip.ts";
import { PrivateNetwork, whyNoNetwork } from "../cli/loadtest/nats/network.ts";
import { NatsCluster } from "../cli/loadtest/nats/cluster.ts";
import { OwnNats } from "../cli/loadtest/nats/own_nats.ts";
import { removeStale } from "../cli/loadtest/nats/stale_networks.ts";
import { processState } from "../cli/loadtest/process_state.ts";
import { TargetError } from "../cli/loadtest/target.ts";
import { type Needs, testThatNeeds } from "./needs.ts";

const NATS: Needs = {
  permissions: ["run", "read", "write", "env", "sys"],
  programs: ["nats-server"],
};
const NETWORK: Needs = { ...NATS, programs: ["nats-server", "ip"], root: true };

async function temporary(): Promise<AsyncDisposable & { folder: string }> {
  const folder = await Deno.makeTempDir();
  return { folder, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

/** A client of its own, and a stream that all members keep. */
async function chatOn(cluster: NatsCluster) {
  const servers = cluster.members.map(({ address }) => address);
  const connection = await connect({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  const manager = await jetstreamManager(connection);
  const replicas = servers.length;
  await manager.streams.add({ name: "CHAT", subjects: ["CHAT.*"], num_replicas: replicas });
  const js = jetstream(connection);
  /** Until it is acknowledged: an answer may get lost. */
  const publish = async (msgID: string): Promise<void> => {
    while (
      await js.publish("CHAT.room", msgID, { msgID, timeout: 1_000 }).then(() => false, () => true)
    );
  };
  return {
    publish,
    count: async () => (await manager.streams.info("CHAT")).state.messages,
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

testThatNeeds(NATS, "a NATS cluster keeps what it acknowledged when a member dies", async () => {
  await using place = await temporary();
  await using cluster = await NatsCluster.start({ size: 3, folder: place.folder });
  assertEquals(cluster.members.map(({ name }) => name), ["n1", "n2", "n3"]);
  await using chat = await chatOn(cluster);
  await chat.publish("before");
  for (const [i, member] of cluster.members.entries()) {
    const { pid } = member.listening;
    await member.end("SIGKILL");
    await chat.publish(`while ${member.name} was away`);
    await member.start();
    assert(member.listening.pid !== pid, `life ${i}`);
  }
  assertEquals(await chat.count(), 4);
});

testThatNeeds(NATS, "a lame duck among NATS servers ends by itself, with 0", async () => {
  await using place = await temporary();
  await using cluster = await NatsCluster.start({ size: 3, folder: place.folder });
  await using chat = await chatOn(cluster);
  const [member] = cluster.members;
  await chat.publish("before");
  await member!.end("SIGUSR2");
  assertEquals(member!.child!.exit!.code, 0);
  await chat.publish("after");
  await member!.start();
  assertEquals(await chat.count(), 2);
});

testThatNeeds(NATS, "NATS servers keep their messages when all are killed at once", async () => {
  await using place = await temporary();
  await using cluster = await NatsCluster.start({ size: 3, folder: place.folder });
  await using chat = await chatOn(cluster);
  await chat.publish("before");
  await Promise.all(cluster.members.map((member) => member.end("SIGKILL")));
  await Promise.all(cluster.members.map((member) => member.start()));
  await chat.publish("after");
  assertEquals(await chat.count(), 2);
});

testThatNeeds(NATS, "a NATS server that cannot start says why", async () => {
  await using place = await temporary();
  const bad = { size: 1, folder: place.folder, config: { lame_duck_duration: "1s" } };
  const error = await assertRejects(() => NatsCluster.start(bad), TargetError);
  assert(error.output.join().includes("minimum is 30 seconds"), error.output.join());
});

testThatNeeds(NETWORK, "a NATS server that is cut off is missed, and comes back", async () => {
  await using place = await temporary();
  const options = { servers: 3, folder: place.folder, canBeCutOff: true, now: () => 0 };
  const nats = new OwnNats(options);
  let names: string[];
  {
    await using _ = nats;
    await nats.start(new AbortController().signal);
    const [member] = nats.members;
    names = nats.members.map(({ link }) => link!.namespace);
    for (const name of names) assert((await ip("netns", "list")).includes(name));
    assert(member!.address.startsWith("169.254."), member!.address);
    await member!.link!.down();
    assertEquals(await member!.isHealthy(), false);
    assertEquals(await nats.members[1]!.isHealthy(), true);
    await member!.link!.up();
    await member!.healthy();
    assertEquals(member!.child!.exit, undefined);
  }
  for (const name of names) assert(!(await ip("netns", "list")).includes(name));
});

testThatNeeds(NETWORK, "a private network is gone at once when there is no time", async () => {
  const network = await PrivateNetwork.create(2);
  const [{ namespace }] = network.links as [PrivateNetwork["links"][number]];
  network.removeNow();
  const name = namespace.slice(0, -2);
  assert(!`${await ip("netns", "list")}${await ip("link", "show")}`.includes(name));
});

testThatNeeds(NETWORK, "what a killed run has left of its network is removed", async () => {
  const network = await PrivateNetwork.create(2);
  const [{ namespace }] = network.links as [PrivateNetwork["links"][number]];
  const args = ["netns", "exec", namespace, "sh", "-c", "echo here; exec sleep 1000"];
  const left = new Deno.Command("ip", { args, stdout: "piped" }).spawn();
  const output = left.stdout.getReader();
  assertEquals(new TextDecoder().decode((await output.read()).value), "here\n");
  // Not while the process that made it is there.
  await removeStale(() => Promise.resolve(false));
  assert(await processState(left.pid) !== undefined);
  await removeStale((pid) => Promise.resolve(pid === Deno.pid));
  assertEquals((await left.status).signal, "SIGKILL");
  await output.cancel();
  const name = namespace.slice(0, -2);
  assert(!`${await ip("netns", "list")}${await ip("link", "show")}`.includes(name));
});

testThatNeeds(NETWORK, "whyNoNetwork() finds nothing in the way of root", async () => {
  assertEquals(await whyNoNetwork(), undefined);
});
