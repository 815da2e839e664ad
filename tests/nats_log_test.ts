import { assert, assertEquals, assertRejects } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { Entry, MessageLog } from "../src/message_log/message_log.ts";
import { MessageLogError } from "../src/message_log/message_log.ts";
import { systemClock } from "../src/clock.ts";
import type { NatsCluster } from "../cli/loadtest/nats/cluster.ts";
import { until } from "./harness.ts";
import { testThatNeeds } from "./needs.ts";
import { NATS, openNatsLog, testWithCluster, withCluster } from "./nats_fixture.ts";

const entry = (content: string, more: Partial<Entry> = {}): Entry => ({
  room: "lobby",
  publisher: "ann",
  content,
  at: Date.now(),
  ...more,
});

const contents = async (log: MessageLog, room = "lobby") =>
  (await log.read(room, 0, 1_000)).map(({ content }) => content);

const outcomes = async (log: MessageLog, ...batch: Entry[]) =>
  (await log.append(batch)).map(({ outcome }) => outcome);

/** Somebody else on the same server. */
async function withManager<T>(
  { members }: NatsCluster,
  work: (manager: Awaited<ReturnType<typeof jetstreamManager>>) => Promise<T>,
): Promise<T> {
  const connection = await connect({ servers: members.map(({ address }) => address) });
  try {
    return await work(await jetstreamManager(connection));
  } finally {
    await connection.close();
  }
}

testWithCluster(
  "two processes see one log: seqs, growth, repetitions, last ids",
  1,
  async (cluster) => {
    await using one = await openNatsLog(cluster, { stream: "CHAT" });
    await using two = await openNatsLog(cluster, { stream: "CHAT" });
    assertEquals(one.epoch, two.epoch);
    await two.range("lobby");
    const heads: [string, number][] = [];
    using _watching = two.watch((grown) => heads.push(...grown));
    await one.append([entry("a", { id: 1 }), entry("b", { id: 2 })]);
    await until(() => heads.at(-1)?.[1] === 2, () => "the growth");
    assertEquals(await two.append([entry("b", { id: 2 }), entry("c", { id: 3 })]), [
      { outcome: "duplicate", seq: 2 },
      { outcome: "appended", seq: 3 },
    ]);
    assertEquals([await one.lastId("ann"), (await one.range("lobby")).head], [3, 3]);
    assertEquals(await contents(one), ["a", "b", "c"]);
  },
);

testWithCluster("a repetition in another room is told with its seq there", 1, async (cluster) => {
  await using one = await openNatsLog(cluster, { stream: "CHAT" });
  await one.append([entry("0"), entry("a", { id: 1 })]);
  await using two = await openNatsLog(cluster, { stream: "CHAT" });
  assertEquals(await two.append([entry("a", { id: 1, room: "den" })]), [
    { outcome: "duplicate", seq: 2 },
  ]);
});

testWithCluster(
  "who joins later counts as the others do, whatever was trimmed",
  1,
  async (cluster) => {
    await using one = await openNatsLog(cluster, { stream: "CHAT" });
    for (let i = 1; i <= 30; i++) {
      await one.append([entry(`${i}`, { id: i }), entry(`den ${i}`, { room: "den" })]);
      if (i % 10 === 0) await one.trim({ maxMessages: 30 - i, maxAgeMs: 1e12 }, Date.now());
    }
    await one.append([entry("31", { id: 31 })]);
    await using two = await openNatsLog(cluster, { stream: "CHAT" });
    for (const room of ["lobby", "den", "nowhere"]) {
      assertEquals(await two.range(room), await one.range(room), room);
      assertEquals(await two.read(room, 0, 100), await one.read(room, 0, 100), room);
    }
    assertEquals(await two.range("lobby"), { first: 31, head: 31 });
    assertEquals(await two.range("den"), { first: 31, head: 30 });
  },
);

testWithCluster(
  "a room that nobody follows here is read anew when somebody does",
  1,
  async (cluster) => {
    await using one = await openNatsLog(cluster, { stream: "CHAT" });
    await using two = await openNatsLog(cluster, { stream: "CHAT" });
    await one.append([entry("a")]);
    assertEquals(await contents(two), ["a"]);
    two.release("lobby");
    await one.append([entry("b"), entry("c")]);
    assertEquals(await two.range("lobby"), { first: 1, head: 3 });
    assertEquals(await contents(two), ["a", "b", "c"]);
  },
);

testWithCluster(
  "a seq that somebody claims to know is looked for, and is not there",
  1,
  async (cluster) => {
    await using log = await openNatsLog(cluster);
    await log.append([entry("a")]);
    assertEquals(await log.range("lobby", 1), { first: 1, head: 1 });
    assertEquals(await log.range("lobby", 1_000_000), { first: 1, head: 1 });
    await log.append([entry("b")]);
    assertEquals(await contents(log), ["a", "b"]);
  },
);

testWithCluster("rooms of any name are apart", 1, async (cluster) => {
  await using log = await openNatsLog(cluster);
  const rooms = ["a.b", "a b", "*", ">", "%", "ü", "", "%probe"];
  await log.append(rooms.map((room) => entry(room, { room })));
  await log.probe();
  for (const room of rooms) assertEquals(await contents(log, room), [room]);
});

testWithCluster(
  "who opens a room after a mark has grown old skips numbers, and gives none twice",
  1,
  async (cluster) => {
    {
      await using log = await openNatsLog(cluster, { stream: "CHAT" });
      await log.append([entry("a"), entry("b"), entry("den", { room: "den" })]);
    }
    // NATS has removed all but the last message by age, as far as anybody can tell.
    await withManager(cluster, (manager) => manager.streams.purge("CHAT", { seq: 3 }));
    const clock = { ...systemClock, now: () => Date.now() + 48 * 3_600_000 };
    await using late = await openNatsLog(cluster, { stream: "CHAT", clock });
    const { first, head } = await late.range("lobby");
    assert(head >= 2 && first === head + 1, `${first} to ${head}`);
    await using later = await openNatsLog(cluster, { stream: "CHAT" });
    assertEquals(await later.range("lobby"), { first, head });
  },
);

testWithCluster(
  "what somebody else has put into the stream is counted, and shown as a text",
  1,
  async (cluster) => {
    await using log = await openNatsLog(cluster, { stream: "CHAT" });
    await log.append([entry("a")]);
    await withManager(cluster, async (manager) => {
      await manager.jetstream().publish("CHAT.lobby", "from the command line");
      await manager.jetstream().publish("CHAT.%zz", "of no room");
    });
    await log.append([entry("b")]);
    assertEquals(await contents(log), ["a", "from the command line", "b"]);
  },
);

testWithCluster(
  "a stream whose settings contradict ours is refused in words, and left as it is",
  1,
  async (cluster) => {
    const contradicting = {
      "max_age must be at least 24h, got 1h": { max_age: 3_600e9 },
      "duplicate_window must be at least 10m, got 2m": { duplicate_window: 120e9 },
      "storage must be file, got memory": { storage: "memory" },
      "max_msgs must be unlimited where old messages are discarded, got 10": { max_msgs: 10 },
      "subjects must be": { subjects: ["other.>"] },
    };
    for (const [i, [words, config]] of Object.entries(contradicting).entries()) {
      const name = `BAD${i}`;
      await withManager(cluster, (manager) =>
        manager.streams.add(
          { name, subjects: [`${name}.*`], duplicate_window: 600e9, ...config } as never,
        ));
      const error = await assertRejects(
        () => openNatsLog(cluster, { stream: name }),
        MessageLogError,
      );
      assertEquals(error.trouble, "mismatch");
      assert(error.message.includes(words), error.message);
    }
  },
);

testWithCluster(
  "more replicas than servers, and messages too large for the server, are refused",
  1,
  async (cluster) => {
    const few = await assertRejects(() => openNatsLog(cluster, { replicas: 3 }), MessageLogError);
    assert(few.message.includes("replicas"), few.message);
    const large = await assertRejects(
      () => openNatsLog(cluster, { maxMessageBytes: 2 ** 20 }),
      MessageLogError,
    );
    assert(large.message.includes("max_payload must be at least 6292480"), large.message);
  },
);

testWithCluster(
  "while NATS is away publishes wait; then all of it is there, once",
  1,
  async (cluster) => {
    await using log = await openNatsLog(cluster, { waitMs: 20_000 });
    await log.append([entry("a", { id: 1 })]);
    const [member] = cluster.members as [typeof cluster.members[number]];
    await member.end("SIGKILL");
    const waiting = log.append([entry("b", { id: 2 }), entry("c", { id: 3 })]);
    await member.start();
    assertEquals((await waiting).map(({ outcome }) => outcome), ["appended", "appended"]);
    assertEquals(await contents(log), ["a", "b", "c"]);
    assertEquals(await outcomes(log, entry("b", { id: 2 })), ["duplicate"]);
  },
);

testWithCluster(
  "when NATS stays away publishes are given up, and the log says so until it is back",
  1,
  async (cluster) => {
    await using log = await openNatsLog(cluster, { waitMs: 300 });
    await log.append([entry("a", { id: 1 })]);
    const [member] = cluster.members as [typeof cluster.members[number]];
    await member.end("SIGKILL");
    const error = await assertRejects(() => log.append([entry("b", { id: 2 })]), MessageLogError);
    assertEquals(error.trouble, "unavailable");
    await until(() => log.trouble, () => "trouble");
    await assertRejects(() => log.range("lobby"), MessageLogError);
    assertEquals(await contents(log), ["a"], "what is in memory can be read");
    await member.start();
    await until(() => log.trouble === undefined, () => "the end of the trouble");
    assertEquals(await outcomes(log, entry("b", { id: 2 })), ["appended"]);
  },
);

testWithCluster(
  "a reader goes on where it was when NATS is back, without a gap",
  1,
  async (cluster) => {
    await using one = await openNatsLog(cluster, { stream: "CHAT", waitMs: 20_000 });
    await using two = await openNatsLog(cluster, { stream: "CHAT" });
    await two.range("lobby");
    const [member] = cluster.members as [typeof cluster.members[number]];
    for (let i = 0; i < 3; i++) {
      await one.append([entry(`${i}`)]);
      await member.end("SIGKILL");
      await member.start();
    }
    await one.append([entry("3")]);
    const head = () => two.range("lobby").then(({ head }) => head, () => 0);
    while (await head() < 4);
    assertEquals(await contents(two), ["0", "1", "2", "3"]);
  },
);

testWithCluster(
  "a cluster member that dies costs nothing: nothing lost, twice or out of order",
  3,
  async (cluster) => {
    const open = () => openNatsLog(cluster, { stream: "CHAT", replicas: 3, waitMs: 20_000 });
    await using one = await open();
    await using two = await open();
    const stop = new AbortController();
    const write = async (log: MessageLog, publisher: string) => {
      let id = 0;
      while (!stop.signal.aborted) {
        const batch = Array.from({ length: 5 }, () => ++id);
        const answers = await log.append(
          batch.map((id) => entry(`${publisher} ${id}`, { publisher, id })),
        );
        assertEquals(answers.map(({ outcome }) => outcome), Array(5).fill("appended"));
      }
      return id;
    };
    const writing = Promise.all([write(one, "p"), write(one, "q"), write(two, "r")]);
    for (const member of cluster.members) {
      await member.end("SIGKILL");
      await member.start();
    }
    stop.abort();
    const counts = await writing;
    await using late = await open();
    for (const log of [one, two, late]) {
      const all = await readAll(log);
      assertEquals(all.length, counts[0] + counts[1] + counts[2]);
      for (const [i, publisher] of ["p", "q", "r"].entries()) {
        const ids = all.filter((one) => one.publisher === publisher).map(({ id }) => id);
        assertEquals(ids, Array.from({ length: counts[i]! }, (_, k) => k + 1));
      }
    }
  },
);

async function readAll(log: MessageLog) {
  const { head } = await log.range("lobby");
  const all = [];
  while (all.length < head) all.push(...await log.read("lobby", all.length, 1_000));
  return all;
}

testWithCluster("a server that announces its end is left before it goes", 3, async (cluster) => {
  await using log = await openNatsLog(cluster, { replicas: 3, waitMs: 20_000 });
  await log.append([entry("a")]);
  const at = log.server;
  const leaving = cluster.members.find(({ address }) => at.endsWith(address))!;
  leaving.child!.signal("SIGUSR2");
  await until(() => log.server !== at, () => "another server");
  assertEquals(leaving.child!.exit, undefined, "it is still there");
  await log.append([entry("b")]);
  assertEquals(await contents(log), ["a", "b"]);
});

testWithCluster(
  "closing ends while NATS is away, and loses nothing",
  1,
  async (cluster) => {
    const log = await openNatsLog(cluster, { stream: "CHAT", waitMs: 300 });
    await log.append([entry("a")]);
    await cluster.members[0]!.end("SIGKILL");
    await log.close();
    await cluster.members[0]!.start();
    await using again = await openNatsLog(cluster, { stream: "CHAT" });
    assertEquals(await contents(again), ["a"]);
  },
);

testThatNeeds(NATS, "the permissions that docs/server.md names are enough", async () => {
  const page = await Deno.readTextFile(new URL("../docs/server.md", import.meta.url));
  const subjectsOf = (what: string) => {
    const [, list] = new RegExp(`${what}:([\\s\\S]*?)(?=\\w+:|\x60)`).exec(page) ?? [];
    return [...list!.matchAll(/"([^"]+)"/g)].map(([, subject]) => subject);
  };
  const permissions = { publish: subjectsOf("publish"), subscribe: subjectsOf("subscribe") };
  assert(permissions.publish.length > 4 && permissions.subscribe.length > 1);
  const login = { user: "lastcall", pass: "secret" };
  const config = {
    authorization: { users: [{ user: login.user, password: login.pass, permissions }] },
  };
  await withCluster(1, async (cluster) => {
    const options = { stream: "CHAT", login };
    await using one = await openNatsLog(cluster, options);
    await one.append([entry("a", { id: 1 }), entry("b"), entry("c", { room: "den" })]);
    await one.trim({ maxMessages: 1, maxAgeMs: 1e12 }, Date.now());
    await using two = await openNatsLog(cluster, options);
    assertEquals(await contents(two), ["b"]);
    await two.append([entry("d")]);
    await until(() => one.trouble === undefined, () => "no trouble");
    assertEquals((await one.range("lobby")).head, 3);
    await one.probe();
  }, config);
});
