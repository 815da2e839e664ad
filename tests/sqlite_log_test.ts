import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { type MessageLog, MessageLogError } from "../src/message_log/message_log.ts";
import { SqliteLog } from "../src/message_log/sqlite_log.ts";
import { until } from "./harness.ts";
import { testThatNeeds } from "./needs.ts";

const FILES = { permissions: ["read", "write"] as Deno.PermissionName[] };

function testInFolder(name: string, fn: (folder: string) => Promise<void>): void {
  testThatNeeds(FILES, name, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await fn(folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

const say = (log: MessageLog, content: string, id?: number) =>
  log.append([{
    room: "lobby",
    publisher: "ann",
    content,
    at: 1,
    ...id === undefined ? {} : { id },
  }]);

async function troubleOf(work: () => Promise<unknown>): Promise<string> {
  const error = await assertRejects(work, MessageLogError) as MessageLogError;
  assertEquals(error.message.includes("\n"), false);
  return error.trouble;
}

testInFolder(
  "SqliteLog keeps messages, epoch and ids over a restart, in a folder it makes",
  async (folder) => {
    const path = `${folder}/data/deep/log.db`;
    let epoch: string;
    {
      await using log = await SqliteLog.open(path, { durability: "full" });
      epoch = log.epoch;
      await say(log, "a", 1);
    }
    await using log = await SqliteLog.open(path);
    assertEquals(log.epoch, epoch);
    assertEquals((await say(log, "again", 1))[0], { outcome: "duplicate", seq: 1 });
    assertEquals((await log.read("lobby", 0, 9)).map(({ content }) => content), ["a"]);
  },
);

testInFolder("SqliteLog tells how much room it takes, until it is closed", async (folder) => {
  const log = await SqliteLog.open(`${folder}/log.db`);
  const empty = await log.bytes();
  await say(log, "x".repeat(100_000));
  assert(empty > 0 && await log.bytes() > empty + 100_000);
  await log.close();
  assertEquals(await troubleOf(() => log.bytes()), "closed");
});

testInFolder(
  "SqliteLog shows two openers of one file each other's messages, in one order",
  async (folder) => {
    await using one = await SqliteLog.open(`${folder}/log.db`);
    await using two = await SqliteLog.open(`${folder}/log.db`);
    const heads: number[] = [];
    using _watching = two.watch((grown) => heads.push(grown.get("lobby") ?? 0));
    await say(one, "a", 1);
    await until(() => heads.includes(1), () => "the other's message");
    assertEquals((await say(two, "again", 1))[0], { outcome: "duplicate", seq: 1 });
    await Promise.all(Array.from({ length: 40 }, (_, i) => say(i % 2 ? one : two, `${i}`)));
    await until(() => heads.at(-1) === 41, () => "head 41");
    const [left, right] = [await one.read("lobby", 0, 99), await two.read("lobby", 0, 99)];
    assertEquals(left, right);
    assertEquals(left.map(({ seq }) => seq), Array.from({ length: 41 }, (_, i) => i + 1));
  },
);

testInFolder("SqliteLog refuses a file that is not a database, with a sentence", async (folder) => {
  const path = `${folder}/log.db`;
  await Deno.writeTextFile(path, "certainly not a database ".repeat(200));
  const error = await assertRejects(() => SqliteLog.open(path), MessageLogError);
  assertEquals(
    (error as Error).message,
    `Cannot open the message log ${path}: it is not an intact SQLite database`,
  );
});

testInFolder("SqliteLog refuses a newer schema and leaves it as it is", async (folder) => {
  const path = `${folder}/log.db`;
  (await SqliteLog.open(path)).close();
  const database = new DatabaseSync(path);
  database.exec("PRAGMA user_version = 99");
  database.close();
  const error = await assertRejects(() => SqliteLog.open(path), MessageLogError) as MessageLogError;
  assertEquals(error.trouble, "newer_schema");
  assertStringIncludes(error.message, "must be at most version 2, got 99");
});

testInFolder(
  "SqliteLog brings a file of version 1 up to date and keeps all of it",
  async (folder) => {
    const path = `${folder}/log.db`;
    {
      await using log = await SqliteLog.open(path);
      await say(log, "before", 1);
    }
    const database = new DatabaseSync(path);
    database.exec("ALTER TABLE messages DROP COLUMN name; PRAGMA user_version = 1");
    database.close();
    await using log = await SqliteLog.open(path);
    await log.append([{ room: "lobby", publisher: "ann", name: "Ann", content: "after", at: 2 }]);
    assertEquals(await log.read("lobby", 0, 9), [
      { seq: 1, publisher: "ann", id: 1, content: "before", at: 1 },
      { seq: 2, publisher: "ann", name: "Ann", content: "after", at: 2 },
    ]);
  },
);

testInFolder(
  "SqliteLog tells of a locked file, and works again when it is free",
  async (folder) => {
    const path = `${folder}/log.db`;
    await using log = await SqliteLog.open(path);
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    assertEquals(await troubleOf(() => say(log, "a")), "locked");
    assertEquals(await troubleOf(() => log.probe()), "locked");
    assertEquals(await log.read("lobby", 0, 1), []);
    other.exec("COMMIT");
    other.close();
    await log.probe();
    assertEquals((await say(log, "a"))[0], { outcome: "appended", seq: 1 });
  },
);

testInFolder("SqliteLog tells of a place that cannot be opened", async (folder) => {
  assertEquals(await troubleOf(() => SqliteLog.open(folder)), "cannot_open");
  await Deno.writeTextFile(`${folder}/file`, "");
  assertEquals(await troubleOf(() => SqliteLog.open(`${folder}/file/log.db`)), "cannot_open");
});

testInFolder("SqliteLog tells of a full disk, keeps reading, and recovers", async (folder) => {
  const path = `${folder}/log.db`;
  await using log = await SqliteLog.open(path);
  await say(log, "before", 1);
  // SQLite's own limit of pages stands for the end of the disk: the same error, without a mount.
  const limited = await openLimited(path);
  const big = "x".repeat(100_000);
  let full = "";
  for (let id = 2; full === "" && id < 100; id++) {
    await say(limited, big, id).catch((error) => full = error.trouble);
  }
  assertEquals(full, "full");
  assertEquals((await limited.read("lobby", 0, 1))[0]?.content, "before");
  const { head } = await limited.range("lobby");
  assertEquals((await limited.read("lobby", 0, 1_000)).length, head);
  await limited.close();
  assertEquals((await say(log, "after", 999))[0], { outcome: "appended", seq: head + 1 });
});

/** A log on a file that may not grow by more than a few pages. */
async function openLimited(path: string): Promise<SqliteLog> {
  const exec = DatabaseSync.prototype.exec;
  DatabaseSync.prototype.exec = function (sql: string) {
    exec.call(this, sql);
    if (sql.includes("synchronous")) exec.call(this, "PRAGMA max_page_count = 100");
  };
  try {
    return await SqliteLog.open(path);
  } finally {
    DatabaseSync.prototype.exec = exec;
  }
}

testThatNeeds(
  { permissions: ["read", "write", "run"] },
  "SqliteLog loses nothing that it acknowledged when its process is killed",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      for (let round = 0; round < 5; round++) await killWhileAppending(`${folder}/log.db`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

async function killWhileAppending(path: string): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "tests/fixtures/append_forever.ts", path],
    stdout: "piped",
  }).spawn();
  let printed = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const isFirst = printed.split("\n").length <= 50;
    printed += text;
    if (isFirst && printed.split("\n").length > 50) child.kill("SIGKILL");
  }
  await child.status;
  const acknowledged = printed.split("\n").slice(0, -1).map(Number);
  assert(acknowledged.length >= 50);
  await using log = await SqliteLog.open(path);
  const kept = new Set<number>();
  for (let after = 0;;) {
    const page = await log.read("lobby", after, 10_000);
    if (page.length === 0) break;
    for (const { id, seq } of page) {
      assertEquals(seq, after + 1);
      after = seq;
      kept.add(id!);
    }
  }
  assertEquals(acknowledged.filter((id) => !kept.has(id)), []);
}
