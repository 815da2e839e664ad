/**
 * Who is told of a shutdown as it goes along, in code: for traces, or a display of your own.
 *
 * @module
 */

import type { Phase, PhaseRecord, Receipt } from "./receipt.ts";

/** Told of each step. Must not throw. */
export interface ShutdownObserver {
  /** It begins, for this reason. */
  begin(reason: string): void;
  /** A phase begins; what is returned is called at its end. */
  phase(name: Phase): (record: PhaseRecord) => void;
  /** It is over. */
  end(receipt: Receipt): void;
}

/** Nobody. */
export const noObserver: ShutdownObserver = { begin() {}, phase: () => () => {}, end() {} };
