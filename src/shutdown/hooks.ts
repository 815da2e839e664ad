/**
 * What an application does at the end of a shutdown, when the clients are gone: flush a queue, close a
 * database, leave a cluster.
 *
 * @module
 */

import type { Clock } from "../clock.ts";

/** A clean-up. `signal` aborts when its time is over; what it does after that is not waited for. */
export type HookFunction = (signal: AbortSignal) => void | Promise<void>;

/** A registered clean-up. */
export interface Hook {
  /** What it does, for logs and the receipt. */
  name: string;
  /** The clean-up itself. */
  run: HookFunction;
  /** The most it may take, in ms. Default: an equal share of what is left. */
  budgetMs?: number;
}

/** What became of a hook. */
export interface HookRecord {
  /** The hook's name. */
  name: string;
  /** How it ended. */
  outcome: "done" | "failed" | "timed_out";
  /** How long it took, in ms. */
  durationMs: number;
  /** How long it might take, in ms. */
  budgetMs: number;
  /** Why it failed. */
  error?: string;
}

/**
 * Runs hooks one after the other, the last registered first, none past `deadline`. One that fails or
 * takes too long does not stop the others.
 */
export async function runHooks(
  hooks: readonly Hook[],
  { clock, deadline }: { clock: Clock; deadline: number },
): Promise<HookRecord[]> {
  const records: HookRecord[] = [];
  for (const [index, hook] of hooks.toReversed().entries()) {
    const leftMs = Math.max(0, deadline - clock.now());
    const shareMs = leftMs / (hooks.length - index);
    const budgetMs = Math.min(hook.budgetMs ?? shareMs, leftMs);
    records.push(await runHook(hook, { clock, budgetMs }));
  }
  return records;
}

async function runHook(
  { name, run }: Hook,
  { clock, budgetMs }: { clock: Clock; budgetMs: number },
): Promise<HookRecord> {
  const startedAt = clock.now();
  const over = new AbortController();
  const done = new AbortController();
  const work = (async () => await run(over.signal))();
  try {
    const result = await Promise.race([
      work.then(() => "done" as const),
      clock.sleep(budgetMs, done.signal).then(() => "timed_out" as const),
    ]);
    if (result === "timed_out") {
      over.abort(new DOMException(`The hook "${name}" is out of time`, "TimeoutError"));
      // Its late failure is nobody's concern any more, but must not end the process.
      work.catch(() => {});
    }
    return { name, outcome: result, durationMs: clock.now() - startedAt, budgetMs };
  } catch (error) {
    const durationMs = clock.now() - startedAt;
    return { name, outcome: "failed", durationMs, budgetMs, error: errorText(error) };
  } finally {
    done.abort();
  }
}

function errorText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
