/**
 * Tries again what may succeed in a moment.
 */

import type { Clock } from "../../clock.ts";
import { MessageLogError } from "../message_log.ts";
import { isPassing } from "./errors.ts";

const RETRY_MS = 100;

/** How long something is tried. */
export interface Patience {
  clock: Clock;
  ms: number;
  /** Told of each attempt that was in vain. */
  onFailure?: (error: unknown) => void;
}

/** Does `work`, and again while it fails by what passes. Rejects when it is not done after `ms`. */
export async function patiently<T>(work: () => Promise<T>, patience: Patience): Promise<T> {
  const { clock, ms, onFailure = () => {} } = patience;
  const deadlineMs = clock.now() + ms;
  for (;;) {
    try {
      return await inTime(work(), { clock, ms: deadlineMs - clock.now() });
    } catch (error) {
      onFailure(error);
      if (!isPassing(error) || clock.now() + RETRY_MS > deadlineMs) throw error;
      await clock.sleep(RETRY_MS);
    }
  }
}

async function inTime<T>(work: Promise<T>, { clock, ms }: Patience): Promise<T> {
  const over = new AbortController();
  const late = clock.sleep(ms, over.signal).then(() => {
    throw new MessageLogError("unavailable", "NATS does not answer in time");
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}
