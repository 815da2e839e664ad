/**
 * Tries again what may succeed in a moment.
 */

import type { Clock } from "../../clock.ts";
import { isPassing } from "./errors.ts";

const RETRY_MS = 100;

/** Does `work`, and again while it fails by what passes, for `ms` at most. */
export async function patiently<T>(
  work: () => Promise<T>,
  { clock, ms }: { clock: Clock; ms: number },
): Promise<T> {
  const deadlineMs = clock.now() + ms;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || clock.now() + RETRY_MS > deadlineMs) throw error;
      await clock.sleep(RETRY_MS);
    }
  }
}
