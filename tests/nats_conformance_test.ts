import { type LogFixture, testConformance } from "./message_log_conformance.ts";
import { openNatsLog, testWithCluster } from "./nats_fixture.ts";

type Case = [name: string, fn: () => Promise<void>];

/** All promises of `MessageLog` as steps of one test, for they share a cluster. */
function testOnCluster(name: string, { servers, replicas }: { servers: number; replicas: number }) {
  const cases: Case[] = [];
  let create: LogFixture["create"] | undefined;
  testConformance({
    name,
    create: () => create!(),
    test: (...one) => cases.push(one),
  });
  testWithCluster(`${name}: the promises of a message log`, servers, async (cluster, t) => {
    create = () => openNatsLog(cluster, { replicas });
    for (const [name, fn] of cases) await t.step(name, fn);
  });
}

testOnCluster("nats, one server", { servers: 1, replicas: 1 });
testOnCluster("nats, three replicas", { servers: 3, replicas: 3 });
