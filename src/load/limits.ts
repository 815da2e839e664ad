/**
 * The limits of a server, from its settings and its container.
 */

import type { Limits, Resource } from "./judge.ts";
import { containerMemoryBytes, memoryLimits } from "./memory.ts";

/** The settings that limits come from; 0 is no limit. */
export interface LimitSettings {
  /** Connections at most. */
  maxClients: number;
  /** Connections from which on the server is not ready. */
  softClients?: number;
  /** Event loop lag from which on newcomers are refused, in ms. */
  softLagMs: number;
  /** Event loop lag from which on clients leave, in ms. */
  hardLagMs: number;
  /** Memory from which on newcomers are refused, in bytes. */
  softMemoryBytes?: number;
  /** Memory from which on clients leave, in bytes. */
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
