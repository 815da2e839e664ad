/**
 * From signals to a shutdown: the first starts it, the second skips the pacing, the third exits.
 *
 * @module
 */

import { type Clock, systemClock } from "../clock.ts";
import { type Log, silentLog } from "../log.ts";
import type { Receipt } from "./receipt.ts";

/** How signals are heard and obeyed. */
export interface SignalOptions {
  /** Which signals. Default SIGINT and SIGTERM; on Windows SIGINT and SIGBREAK. */
  signals?: Deno.Signal[];
  /**
   * A signal this soon after another, in ms, is the same one: a Ctrl-C under `deno task` arrives twice,
   * from the terminal and passed on by the task runner. Default 300.
   */
  sameWithinMs?: number;
  /** Ends the process. Default `Deno.exit`. */
  exit?: (code: number) => void;
  /** Where signals are told. Default: nowhere. */
  log?: Log;
  /** For tests. */
  clock?: Clock;
}

/** What signals act on; a `Shutdown` fits. */
export interface SignalTarget {
  /** Starts the shutdown. */
  start(reason: string): Promise<Pick<Receipt, "exitCode">>;
  /** Skips the pacing. */
  hurry(): void;
}

/**
 * Listens for signals until disposed. The process exits with the receipt's code when the shutdown is
 * done; with 1 when it failed, or on a third signal, which leaves hooks and receipt undone.
 */
export function attachSignals(target: SignalTarget, options: SignalOptions = {}): Disposable {
  const { signals = defaultSignals() } = options;
  const obey = signalHandler(target, options);
  const listeners = signals.map((signal) => ({ signal, listen: () => obey(signal) }));
  for (const { signal, listen } of listeners) Deno.addSignalListener(signal, listen);
  return {
    [Symbol.dispose]() {
      for (const { signal, listen } of listeners) Deno.removeSignalListener(signal, listen);
    },
  };
}

/** What a signal does: a function of how many came before it, and how long ago. */
export function signalHandler(
  target: SignalTarget,
  options: SignalOptions,
): (signal: string) => void {
  const { sameWithinMs = 300, exit = Deno.exit, log = silentLog, clock = systemClock } = options;
  let count = 0;
  let lastAt = -Infinity;
  return (signal) => {
    const now = clock.now();
    if (now - lastAt < sameWithinMs) return;
    lastAt = now;
    count += 1;
    if (count === 1) {
      target.start(signal).then(({ exitCode }) => exit(exitCode), (error) => {
        log.error("The shutdown failed: {error}", { error: String(error) });
        exit(1);
      });
    } else if (count === 2) {
      log.warn("Received {signal} again; a third exits at once", { signal });
      target.hurry();
    } else {
      log.error("Received {signal} a third time: exiting at once with code 1", { signal });
      exit(1);
    }
  };
}

function defaultSignals(): Deno.Signal[] {
  return Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];
}
