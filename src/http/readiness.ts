/**
 * Whether new clients are welcome: what a load balancer is told.
 */

import type { Hub } from "../chat/hub.ts";
import type { LoadMonitor } from "../load/monitor.ts";
import type { ConnectionSet } from "../shutdown/connection_set.ts";
import type { Shutdown } from "../shutdown/shutdown.ts";

/** What readiness depends on. */
export interface ReadinessSurroundings {
  /** Whether the server is leaving. */
  shutdown: Pick<Shutdown, "isReady" | "state">;
  /** Who is there. */
  connections: ConnectionSet;
  /** Whether messages can be accepted. */
  hub: Hub;
  /** Whether more can be carried. */
  monitor: LoadMonitor;
  /** Connections at most. */
  maxClients: number;
}

/** Why the server should be sent no new clients; `undefined` while it should. */
export function whyNotReady(around: ReadinessSurroundings): string | undefined {
  const { shutdown, connections, hub, monitor, maxClients } = around;
  if (!shutdown.isReady) return `shutting down (${shutdown.state})`;
  if (connections.size >= maxClients) return `full (${connections.size} of ${maxClients} clients)`;
  if (hub.trouble) return hub.trouble;
  const { overload } = monitor;
  return overload && `overloaded (${overload})`;
}
