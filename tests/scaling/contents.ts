/**
 * What kept messages cost: on a disk, on the wire, in a node's memory, and until they are counted.
 */

import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { NatsCluster } from "../../cli/loadtest/nats/cluster.ts";
import type { Supervision } from "../../cli/bench/children.ts";
import { ownProgram } from "../../cli/bench/contenders.ts";
import { cpuMs, rssKib, sumOf } from "../../cli/bench/process_usage.ts";
import { startServer } from "../../cli/bench/server.ts";
import { openStore } from "../../cli/bench/stores.ts";
import { openLog } from "../../src/message_log/open_log.ts";
import { NatsLog } from "../../src/message_log/nats_log.ts";
import type { Entry } from "../../src/message_log/message_log.ts";
import type { Observed } from "./findings.ts";
import type { Sizes } from "./model.ts";
import { floodOf } from "./scenarios.ts";

/** What this finds out. */
export type ContentSizes = Omit<Sizes, "nodeBytes" | "clientBytes">;

const STREAM = "CONTENTS";
const ROOM = "room";
const PUBLISHERS = 500;

/** Writes messages into one room and opens it. Needs `--v8-flags=--expose-gc`. */
export async function measureContents(messages: number, sizeBytes: number): Promise<ContentSizes> {
  const folder = await Deno.makeTempDir();
  try {
    await using cluster = await NatsCluster.start({ size: 1, folder });
    const [member] = cluster.members;
    const pid = member!.child!.pid;
    const emptyKib = await rssKib(pid);
    const written = await write(member!.address, messages, sizeBytes);
    // What the server remembers, less what its files took of its memory as they were written.
    const windowBytes = (await rssKib(pid) - emptyKib) * 1_024 / messages;
    return { ...written, windowBytes, ...await open(member!.address, messages) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function write(servers: string, messages: number, sizeBytes: number) {
  const connection = await connect({ servers });
  await using log = await NatsLog.open(connection, { stream: STREAM });
  const batches = entriesOf(messages, sizeBytes);
  await log.append(batches.next().value!);
  const before = connection.stats();
  let appended = 0;
  for (const batch of batches) {
    await log.append(batch);
    appended += batch.length;
  }
  const after = connection.stats();
  const { state } = await (await jetstreamManager(connection)).streams.info(STREAM);
  return {
    diskBytes: state.bytes / state.messages,
    publishBytes: (after.outBytes - before.outBytes) / appended,
    heardBytes: (after.inBytes - before.inBytes) / appended,
  };
}

async function open(servers: string, messages: number) {
  await using log = await NatsLog.open(await connect({ servers }), { stream: STREAM });
  const before = heapBytes();
  const startMs = performance.now();
  const { head } = await log.range(ROOM);
  const tookMs = performance.now() - startMs;
  if (head !== messages) throw new Error(`Cannot measure: ${messages} were written, got ${head}`);
  return {
    indexBytes: (heapBytes() - before) / messages,
    openedPerSecond: messages * 1_000 / tookMs,
  };
}

/**
 * Writes as fast as NATS takes it, while a node without clients hears it. What a message costs when there
 * are always more is what counts where there are many.
 */
export async function observeFlood(
  replicas: 1 | 3,
  { messages, sizeBytes, ...supervision }:
    & { messages: number; sizeBytes: number }
    & Supervision,
): Promise<Observed> {
  const name = replicas === 3 ? "nats R3" : "nats R1";
  await using store = await openStore(name, supervision.children);
  const program = ownProgram({ ...store, clients: 1, sizeBytes });
  await using node = await startServer(program, supervision);
  await using log = await openLog(store.spec, store.options);
  const batches = entriesOf(messages, sizeBytes);
  await log.append(batches.next().value!);
  const usedMs = async () => ({
    node: await cpuMs(node.pid),
    nats: await sumOf(store.natsPids, cpuMs),
    atMs: performance.now(),
  });
  const before = await usedMs();
  for (const batch of batches) await log.append(batch);
  const after = await usedMs();
  const ms = after.atMs - before.atMs;
  return {
    scenario: floodOf(replicas, {
      ratePerSecond: Math.round((messages - PUBLISHERS) * 1_000 / ms),
      batchSize: PUBLISHERS,
    }),
    seen: {
      nodesUs: [(after.node - before.node) * 1e6 / ms],
      natsUs: (after.nats - before.nats) * 1e6 / ms,
      ...{ deliveriesPerSecond: 0, p50Ms: 0, p99Ms: 0, lagP99Ms: 0 },
    },
  };
}

function* entriesOf(messages: number, sizeBytes: number): Generator<Entry[]> {
  const content = "x".repeat(sizeBytes);
  for (let n = 0; n < messages; n += PUBLISHERS) {
    yield Array.from({ length: Math.min(PUBLISHERS, messages - n) }, (_, i) => ({
      room: ROOM,
      // As long as those of real sessions.
      publisher: `p${String(i).padStart(21, "0")}`,
      id: n / PUBLISHERS + 1,
      ...{ content, at: Date.now() },
    }));
  }
}

function heapBytes(): number {
  const { gc } = globalThis as { gc?: () => void };
  if (!gc) throw new Error("Cannot measure: --v8-flags=--expose-gc must be given, got none");
  gc();
  return Deno.memoryUsage().heapUsed;
}
