/**
 * A server as a fault sees it.
 *
 * @module
 */

import type { Clock } from "@lastcall/lastcall";
import type { Exit } from "../child.ts";
import type { Untimed } from "../journal/journal.ts";
import type { Plan } from "../plan.ts";
import type { Receipt } from "../run.ts";

/** Its process. */
export interface VictimProcess {
  readonly pid: number;
  /** How it ended, once it has. */
  readonly exit: Exit | undefined;
  readonly exited: Promise<Exit>;
  signal(name: Deno.Signal): void;
  /** Waits for its last output. */
  drained(): Promise<void>;
}

/** A server that can be hit, and started again. */
export interface Victim {
  /** The process that it has, or has last had. */
  readonly child: VictimProcess | undefined;
  /** What the last process to end said of its shutdown. */
  readonly receipt: Receipt | undefined;
  /** Where it is, for the journal. */
  readonly listening: { s: number; url: string; pid?: number };
  /** Starts it, again at the same place. Throws a `TargetError`. */
  start(): Promise<void>;
}

/** What is done to whom, and who is told. */
export interface Strike {
  /** Counted from 0. */
  f: number;
  s: number;
  victim: Victim;
  plan: Plan;
  /** Takes what was seen. */
  say: (event: Untimed) => void;
  clock: Clock;
  abort: AbortSignal;
}
