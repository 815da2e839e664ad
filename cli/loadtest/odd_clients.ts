/**
 * Clients that misbehave, by kind.
 *
 * @module
 */

import type { ClientOptions, LoadClient } from "./client.ts";
import { FLOOD, FloodClient } from "./flood_client.ts";
import type { OddKind } from "./mix.ts";
import type { Protocol } from "./payload.ts";
import { RawClient } from "./raw_client.ts";
import { SlowClient } from "./slow_client.ts";

/** What such a client must know. */
export interface OddOptions extends ClientOptions {
  protocol: Protocol;
  /** Counted within its kind. */
  index: number;
}

/**
 * Makes a client. Every second one that floods does so from the start, and is thrown out for it; the
 * others wait until the server closes.
 */
export function createOddClient(kind: OddKind, options: OddOptions): LoadClient {
  if (kind === "slow") return new SlowClient(options);
  if (kind !== "flood") return new RawClient(kind, options);
  const isPatient = options.index % 2 === 1;
  return new FloodClient({
    ...options,
    ...isPatient ? { calmPerSecond: FLOOD.calmPerSecond } : {},
  });
}
