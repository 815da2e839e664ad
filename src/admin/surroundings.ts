/** What the admin listener needs of the server. */

import type { Alternates } from "../chat/alternates.ts";
import type { Clock } from "../clock.ts";
import type { ServerConfig } from "../config.ts";
import type { Surroundings } from "../http/routes.ts";
import type { Log } from "../log.ts";
import type { MessageLog } from "../message_log/message_log.ts";
import type { Stats } from "../stats.ts";
import type { Sampler } from "./sampler.ts";

/** The server as its operator sees it. */
export interface AdminSurroundings extends Surroundings {
  /** How it was set up. */
  config: ServerConfig;
  /** Where messages are kept. */
  messageLog: MessageLog;
  /** Where clients that leave may go. */
  alternates: Alternates;
  /** What was counted. */
  stats: Stats;
  /** Where everything is told. */
  log: Log;
  /** How fast things go. */
  sampler: Sampler;
  /** Time. */
  clock: Clock;
}
