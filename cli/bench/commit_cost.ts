/**
 * What it costs to append to the message log, by back end, durability and size of the batch.
 *
 * @module
 */

import { type Entry, openLog } from "@lastcall/lastcall";
import type { Children } from "./children.ts";
import type { CommitSample } from "./samples.ts";
import { openStore, type StoreName } from "./stores.ts";

const BATCHES = [1, 100] as const;
const PUBLISHERS = 500;
const MAX_MESSAGES = 200_000;
/** Of the time, before the clock starts. */
const WARMUP_SHARE = 0.2;

/** What to append, and for how long. */
export interface CommitOptions {
  logMs: number;
  sizeBytes: number;
  round: number;
  children: Children;
}

/** Measures a back end, with each size of batch. */
export async function measureCommits(
  name: StoreName,
  options: CommitOptions,
): Promise<CommitSample[]> {
  const samples: CommitSample[] = [];
  for (const batch of BATCHES) samples.push(await measureStore(name, batch, options));
  return samples;
}

async function measureStore(
  name: StoreName,
  batch: number,
  { logMs, sizeBytes, round, children }: CommitOptions,
): Promise<CommitSample> {
  await using store = await openStore(name, children);
  await using log = await openLog(store.spec, store.options);
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
