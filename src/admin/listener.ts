/**
 * The admin listener: up before the first client comes, and answering until the shutdown is over.
 */

import { listen } from "../http/listen.ts";
import type { ListenAddress } from "../options/mod.ts";
import { answerAdmin } from "./routes.ts";
import { Sampler } from "./sampler.ts";
import type { AdminSurroundings } from "./surroundings.ts";
import { Watchers } from "./watchers.ts";

/** An admin listener that runs. */
export interface AdminListener {
  /** The port, also when it was asked for as 0. */
  port: number;
  /** Closes it, once a page that watches knows how it ended; `leftMs` at most. */
  close(leftMs: number): Promise<void>;
}

/** Starts it. Throws, with a sentence, when it cannot listen. */
export function startAdmin(
  address: ListenAddress,
  server: Omit<AdminSurroundings, "sampler">,
): AdminListener {
  const watchers = new Watchers(server.clock);
  const listener = listen(address, {
    handle: (request) => answerAdmin(request, { around, watchers }),
    log: server.log,
  });
  const sampler = new Sampler(server.stats, server.clock);
  const around = { ...server, sampler };
  return {
    port: listener.addr.port,
    async close(leftMs) {
      await watchers.lastWord(leftMs);
      sampler[Symbol.dispose]();
      await listener.shutdown();
    },
  };
}
