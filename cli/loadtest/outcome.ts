/**
 * How something ended, in every form in which it can be shown.
 *
 * @module
 */

import type { Paint } from "./paint.ts";
import type { Snapshot } from "./snapshot.ts";

/** A report that can be shown in any form. */
export interface Outcome {
  exitCode: number;
  /** One line. */
  verdict: (paint: Paint) => string;
  text: (paint: Paint) => string;
  /** For JSON. */
  data: () => unknown;
  /** A page. Absent: there is none. */
  html?: () => string;
}

/** A run that can be watched and stopped. */
export interface Player {
  snapshot(): Snapshot;
  /** Ends what it started, without asking. */
  kill(): void;
  play(abort: AbortSignal): Promise<Outcome>;
}
