/**
 * What it costs to append to the message log, by back end, durability and size of the batch.
 *
 * @module
 */

import { type Entry, type LogSpec, openLog } from "@lastcall/lastcall";
import type { CommitSample } from "./samples.ts";

interface Store {
  name: string;
  durability: "normal" | "full";
  spec(folder: string): LogSpec;
}

const inFile = (folder: string): LogSpec => ({ kind: "sqlite", path: `${folder}/log.db` });
const STORES: readonly Store[] = [
  { name: "memory:", durability: "normal", spec: () => ({ kind: "memory" }) },
  { name: "sqlite: normal", durability: "normal", spec: inFile },
  { name: "sqlite: full", durability: "full", spec: inFile },
];
const BATCHES = [1, 100] as const;
const PUBLISHERS = 500;
const MAX_MESSAGES = 200_000;
/** Of the time, before the clock starts. */
const WARMUP_SHARE = 0.2;

/** Beside the server's own database: where `/tmp` is memory, a durable commit would cost nothing. */
const PARENT_FOLDER = "data";

/** What to append, and for how long. */
export interface CommitOptions {
  logMs: number;
  sizeBytes: number;
  round: number;
}

/** Measures every back end once. */
export async function measureCommits(options: CommitOptions): Promise<CommitSample[]> {
  const samples: CommitSample[] = [];
  for (const store of STORES) {
    for (const batch of BATCHES) samples.push(await measureStore(store, batch, options));
  }
  return samples;
}

async function measureStore(
  { name, durability, spec }: Store,
  batch: number,
  { logMs, sizeBytes, round }: CommitOptions,
): Promise<CommitSample> {
  await Deno.mkdir(PARENT_FOLDER, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: PARENT_FOLDER, prefix: "bench-" });
  try {
    await using log = await openLog(spec(folder), { durability });
    const entries = endlessEntries(sizeBytes);
    const append = async (forMs: number) => {
      const startMs = performance.now();
      let messages = 0;
      while (performance.now() - startMs < forMs && messages < MAX_MESSAGES) {
        await log.append(entries.take(batch));
        messages += batch;
      }
      return (performance.now() - startMs) * 1_000 / messages;
    };
    await append(logMs * WARMUP_SHARE);
    return { store: name, batch, usPerMessage: await append(logMs), round };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Messages of many publishers in turn, each with ids that count up. */
function endlessEntries(sizeBytes: number): { take(count: number): Entry[] } {
  const content = "x".repeat(sizeBytes);
  let n = 0;
  const next = (): Entry => {
    const publisher = `publisher-${n % PUBLISHERS}`;
    const id = Math.floor(n++ / PUBLISHERS) + 1;
    return { room: "lobby", publisher, id, content, at: Date.now() };
  };
  return { take: (count) => Array.from({ length: count }, next) };
}
