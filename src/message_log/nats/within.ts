/**
 * Waiting for NATS with a deadline.
 */

import type { Clock } from "../../clock.ts";

/** What `work` gives, or `undefined` when that is not there within `ms`. */
export async function within<T>(
  work: Promise<T>,
  { clock, ms }: { clock: Clock; ms: number },
): Promise<T | undefined> {
  const over = new AbortController();
  const late = clock.sleep(ms, over.signal).then(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}
