/** What a chat takes from outside, so that it can do without a browser. */

import type { Kept } from "./kept.ts";
import type { Line, LineListener } from "./line.ts";
import type { View } from "./view.ts";

/** With what a line begins. */
export type Opening = Pick<Kept, "session" | "cursor" | "outbox"> & { name?: string };

/** What an app takes from outside. */
export interface Surroundings {
  /** Opens a line. */
  open(opening: Opening, listener: LineListener): Line;
  /** Asks the server over HTTP what is wrong. */
  diagnose(): Promise<string | undefined>;
  /** Shows a view. */
  show(view: View): void;
  /** Keeps what is to outlive the page. */
  keep(kept: Kept): void;
  /** Reads the time, in ms. */
  now(): number;
}
