/**
 * The limits of a server, from its settings and its container.
 */

import type { Limits, Resource } from "./judge.ts";
import { containerMemoryBytes, memoryLimits } from "./memory.ts";

/** From what load on a server takes no more clients, or has some leave. */
export interface LimitSettings {
  /** Connections at most, in any state. */
  maxClients: number;
  /** Connections from which on the server is not ready; default nine tenths of `maxClients`. */
  softClients?: number;
  /** Event loop lag from which on newcomers are refused, in ms; 0: never. */
  softLagMs: number;
  /** Event loop lag from which on the newest clients leave, in ms; 0: never. */
  hardLagMs: number;
  /** Memory from which on newcomers are refused, in bytes; 0: never. Default by the container. */
  softMemoryBytes?: number;
  /** Memory from which on the newest clients leave, in bytes; 0: never. Default by the container. */
  hardMemoryBytes?: number;
}

/** The share of `maxClients` from which on the server is not ready. */
const SOFT_SHARE = 0.9;

/** The limits of each resource. */
export function limitsOf(settings: LimitSettings): Record<Resource, Limits> {
  const { maxClients, softClients, softLagMs, hardLagMs } = settings;
  const nearlyFull = softClients ?? Math.ceil(maxClients * SOFT_SHARE);
  return {
    lag: { soft: softLagMs || undefined, hard: hardLagMs || undefined },
    memory: memoryLimits(
      { soft: settings.softMemoryBytes, hard: settings.hardMemoryBytes },
      containerMemoryBytes(),
    ),
    // At the very limit the server is full, which says more.
    clients: { soft: nearlyFull < maxClients ? nearlyFull : undefined },
  };
}
