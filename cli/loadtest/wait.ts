/**
 * Waiting with a deadline.
 *
 * @module
 */

/** Resolves after `ms`, or as soon as `signal` aborts. Never rejects: the caller asks the signal. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted || ms <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
  });
}

/** Whether `promise` settled within `ms`, and before `signal` aborted. `wait` is another clock's sleep. */
export async function within(
  ms: number,
  promise: Promise<unknown>,
  signal?: AbortSignal,
  wait: (ms: number, signal?: AbortSignal) => Promise<void> = sleep,
): Promise<boolean> {
  let settled = false;
  const over = new AbortController();
  const mark = () => {
    settled = true;
    over.abort();
  };
  promise.then(mark, mark);
  await wait(ms, signal ? AbortSignal.any([signal, over.signal]) : over.signal);
  // A promise that was settled before needs a turn to say so.
  await Promise.resolve();
  return settled;
}
