/**
 * Trims a log now and then.
 */

import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { MessageLog } from "./message_log.ts";

/** How often. */
const EVERY_MS = 2_000;

/** Keeps a log within its retention until disposed. */
export function retain(
  messageLog: MessageLog,
  { retainMessages, retainAgeMs }: { retainMessages: number; retainAgeMs: number },
  { clock, log }: { clock: Clock; log: Log },
): Disposable {
  const stop = new AbortController();
  const retention = { maxMessages: retainMessages, maxAgeMs: retainAgeMs };
  void (async () => {
    for (;;) {
      await clock.sleep(EVERY_MS, stop.signal);
      if (stop.signal.aborted) return;
      await messageLog.trim(retention, clock.now()).catch((error) => {
        log.warn("Cannot trim the message log: {error}", { error: String(error) });
      });
    }
  })();
  return { [Symbol.dispose]: () => stop.abort() };
}
