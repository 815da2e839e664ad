import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { assertSound, type Judged, judged } from "./cli_judged.ts";
import { NEEDS, run } from "./cli_program.ts";
import { openNatsLog, withCluster } from "./nats_fixture.ts";
import { missing, type Needs, testThatNeeds } from "./needs.ts";

const NATS: Needs = {
  permissions: [...NEEDS.permissions, "write", "sys"],
  programs: ["nats-server"],
};
const NETWORK: Needs = { ...NATS, programs: ["nats-server", "ip"], root: true };

/** Nothing is wrong, and all that was sent is acknowledged in the end. */
function assertPasses(report: Judged): void {
  assertEquals(report.verdict, "pass", report.text);
  assertSound(report);
}

/** Nobody had to leave, and no server had to be started again. */
function assertUndisturbed({ faults, closes, strayEnds }: Judged): void {
  assertEquals(strayEnds, {});
  assertEquals(closes.map(({ code }: { code: string }) => code), ["left"]);
  for (const { connected, byCode } of faults) assertEquals([connected, byCode], [20, {}]);
}

testThatNeeds(NATS, "loadtest restarts servers that keep their log in NATS", async () => {
  const report = await judged("rolling", "--log", "nats:");
  assertPasses(report);
  assertEquals(report.plan.log, { kind: "cluster", servers: 3, replicas: 3 });
  assertEquals(report.members.map(({ name }: { name: string }) => name), ["n1", "n2", "n3"]);
  for (const { resumed, connected } of report.faults) assertEquals(resumed, connected);
});

testThatNeeds(NATS, "loadtest kills servers that keep their log in one NATS server", async () => {
  assertPasses(await judged("kill9", "--log", "nats:", "--nats-servers", "1"));
});

testThatNeeds(
  NATS,
  "loadtest kills servers that keep their log in a cluster that is there",
  async () => {
    await withCluster(1, async (cluster) => {
      const report = await judged("kill9", "--log", `${cluster.url}/SOAK`);
      assertPasses(report);
      assertEquals(report.plan.log.stream, "SOAK");
      // It is not ours to end.
      await using log = await openNatsLog(cluster, { stream: "SOAK" });
      assertEquals((await log.range("lobby")).head > 0, true);
    });
  },
);

testThatNeeds(NATS, "loadtest nats-restart: nobody notices that a NATS server dies", async () => {
  const report = await judged("nats-restart", "--seed", "3");
  assertPasses(report);
  assertUndisturbed(report);
  const hit = report.faults.map(({ members: [{ name, exit }] }: Judged) => [name, exit.signal]);
  assertEquals(hit, [["n1", "SIGKILL"], ["n2", "SIGKILL"], ["n3", "SIGKILL"]]);
});

testThatNeeds(
  NATS,
  "loadtest nats-lame-duck: nobody notices that one takes its leave",
  async () => {
    const report = await judged("nats-lame-duck", "--restarts", "1");
    assertPasses(report);
    assertUndisturbed(report);
    assertEquals(report.faults[0].members[0].exit.code, 0);
  },
);

testThatNeeds(
  NATS,
  "loadtest nats-lost: servers say that they are not ready, and wait",
  async () => {
    const report = await judged("nats-lost");
    assertPasses(report);
    assertUndisturbed(report);
    const [{ members, unready }] = report.faults;
    assertEquals(members.length, 3);
    assertEquals(new Set(unready.map(({ instance }: Judged) => instance)), new Set([0, 1]));
    for (const { readyAtMs } of unready) assert(readyAtMs !== undefined);
  },
);

testThatNeeds(NETWORK, "loadtest partition: nobody is sent away, and nothing is lost", async () => {
  const report = await judged("partition", "--restarts", "1");
  assertPasses(report);
  assertUndisturbed(report);
  assert(report.faults[0].apartMs >= 6_000, String(report.faults[0].apartMs));
  assert(report.members[0].url.startsWith("nats://169.254."), report.members[0].url);
});

if (missing({ root: true, permissions: NATS.permissions! }).includes("root")) {
  testThatNeeds(NEEDS, "loadtest partition is refused when it is not root's", async () => {
    const { code, stderr } = await run("loadtest", "partition");
    assertEquals(code, 2);
    assertStringIncludes(stderr, "partition needs root and the program ip (package iproute2)");
  });
}
