/**
 * Tries again what may succeed in a moment.
 */

import type { Clock } from "../../clock.ts";
import { MessageLogError } from "../message_log.ts";
import { isPassing } from "./errors.ts";
import { within } from "./within.ts";

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

async function inTime<T>(work: Promise<T>, patience: Patience): Promise<T> {
  const done = await within(work.then((value) => ({ value })), patience);
  if (done) return done.value;
  throw new MessageLogError("unavailable", "NATS does not answer in time");
}
