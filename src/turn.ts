import { setImmediate } from "node:timers";

/**
 * One turn of the event loop: everything already read from the network is handled and the writes
 * already asked for are started before this resolves.
 *
 * Two things depend on it. A `close()` called while another inbound frame is buffered can lose its
 * Close frame; one turn later it does not (`setTimeout(0)` is no substitute: under a flood it never
 * gets ahead). And a fan-out that never yields starves timers, signals and its own writes.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
