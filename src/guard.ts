/**
 * The last line: an error that nobody caught is logged, and does not end the process. One client's
 * trouble must never cut all the others.
 */

import type { Log } from "./log.ts";

/** Guards the process until disposed. */
export function guardProcess(log: Log): Disposable {
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    tell(log, event.error);
  };
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    tell(log, event.reason);
  };
  addEventListener("error", onError);
  addEventListener("unhandledrejection", onRejection);
  return {
    [Symbol.dispose]() {
      removeEventListener("error", onError);
      removeEventListener("unhandledrejection", onRejection);
    },
  };
}

function tell(log: Log, error: unknown): void {
  const stack = error instanceof Error ? error.stack : undefined;
  log.error("An error was not caught: {error}", {
    category: "handler_error",
    error: String(error),
    stack,
  });
}
