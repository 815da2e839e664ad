/**
 * A run at a glance, while it lasts.
 *
 * @module
 */

import { groupDigits } from "./text_table.ts";

/** What a run is doing. */
export type Stage =
  | "starting"
  | "connecting"
  | "warming up"
  | "publishing"
  | "signalled"
  | "settling"
  | "stopping";

/** Where a run stands. */
export interface Snapshot {
  stage: Stage;
  elapsedMs: number;
  /** Clients of all kinds. */
  clients: number;
  openNormals: number;
  /** Made so far. */
  faults: number;
  sent: number;
  received: number;
}

/** One line for a person who waits. */
export function progressLine(snapshot: Snapshot): string {
  const { stage, elapsedMs, clients, openNormals, faults, sent, received } = snapshot;
  return [
    `${(Math.floor(elapsedMs / 100) / 10).toFixed(1)}s`.padStart(6),
    stage.padEnd(10),
    `open ${groupDigits(openNormals)}/${groupDigits(clients)}`,
    `faults ${groupDigits(faults)}`,
    `sent ${groupDigits(sent)}`,
    `received ${groupDigits(received)}`,
  ].join("  ");
}
