/**
 * The last line: an error that nobody caught is logged, and does not end the process. One client's
 * trouble must never cut all the others.
 *
 * @module
 */

import type { Log } from "./log.ts";

/**
 * Guards the process until disposed: what nobody caught is logged as an error. In Deno a throw or a
 * rejection in the handler of one WebSocket would else end the process with 1.
 */
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
