/**
 * What servers say of themselves at `/readyz` while something behind them fails.
 *
 * @module
 */

import type { Untimed } from "../journal/journal.ts";
import { sleep } from "../wait.ts";

const LOOK_MS = 100;
const ANSWER_DEADLINE_MS = 1_000;

/** Asks all servers again and again, and tells each change. Ends with `abort`. */
export async function watchReadiness(
  urls: readonly string[],
  { say, abort }: { say: (event: Untimed) => void; abort: AbortSignal },
): Promise<void> {
  await Promise.all(urls.map(async (url, s) => {
    const place = new URL("/readyz", url.replace(/^ws/, "http"));
    for (let before = true; !abort.aborted; await sleep(LOOK_MS, abort)) {
      const ready = await isReady(place);
      if (ready === undefined || ready === before || abort.aborted) continue;
      say({ e: "ready", s, ready });
      before = ready;
    }
  }));
}

/** `undefined`: it did not say. */
async function isReady(place: URL): Promise<boolean | undefined> {
  try {
    const response = await fetch(place, { signal: AbortSignal.timeout(ANSWER_DEADLINE_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return undefined;
  }
}
