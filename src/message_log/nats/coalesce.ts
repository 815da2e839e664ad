/**
 * One request for all who ask at the same time.
 */

/**
 * Makes `work` a function that many may call: each is answered by a run that began after it had asked,
 * and no two runs overlap.
 */
export function coalesce<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  let next: Promise<T> | undefined;
  const start = (): Promise<T> => {
    next = undefined;
    const run = running = work().finally(() => {
      if (running === run) running = undefined;
    });
    return run;
  };
  return () => running ? next ??= running.then(start, start) : start();
}
