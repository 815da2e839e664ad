import { MemoryLog } from "../src/message_log/memory_log.ts";
import { SqliteLog } from "../src/message_log/sqlite_log.ts";
import { testConformance } from "./message_log_conformance.ts";
import { testThatNeeds } from "./needs.ts";

const FILES = { permissions: ["read", "write"] as Deno.PermissionName[] };

testConformance({
  name: "memory",
  create: () => Promise.resolve(new MemoryLog()),
  test: Deno.test,
});

testConformance({
  name: "sqlite",
  async create() {
    const folder = await Deno.makeTempDir();
    const log = await SqliteLog.open(`${folder}/log.db`);
    const close = log.close.bind(log);
    log.close = async () => {
      await close();
      await Deno.remove(folder, { recursive: true }).catch(() => {});
    };
    return log;
  },
  test: (name, fn) => testThatNeeds(FILES, name, fn),
});
