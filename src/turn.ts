import { setImmediate } from "node:timers";

/**
 * One turn of the event loop: what was already read from the network is handled before this resolves.
 *
 * A `close()` called while another inbound frame is buffered can lose its Close frame; a turn later it
 * does not (`setTimeout(0)` is no substitute: under a flood it never gets its chance). And a fan-out
 * that never yields starves timers, signals and its own writes.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/**
 * Two turns: what was sent or closed before is on its way when this resolves. After one turn alone, a
 * `Deno.exit()` delivers nothing and `server.shutdown()` overrules the close code with 1001.
 */
export async function writesStarted(): Promise<void> {
  await turn();
  await turn();
}
