/**
 * A server as a fault sees it: one that is tested, or one of NATS behind it.
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
  readonly receipt?: Receipt | undefined;
  /** Where it is, for the journal. */
  readonly listening: Who & { url: string; pid?: number };
  /** Starts it, again at the same place. Throws a `TargetError`. */
  start(abort?: AbortSignal): Promise<void>;
  /** By what it can be cut off from everybody. */
  readonly link?: { down(): Promise<void>; up(): Promise<void> } | undefined;
  /** Whether it can be reached and is whole. */
  isHealthy?(): Promise<boolean>;
}

/** As the journal has it: the number of a server that is tested, or the name of one of NATS. */
export type Who = { s: number } | { m: string };

/** What is done to whom, and who is told. */
export interface Strike {
  /** Counted from 0. */
  f: number;
  who: Who;
  victim: Victim;
  plan: Plan;
  /** Takes what was seen. */
  say: (event: Untimed) => void;
  clock: Clock;
  abort: AbortSignal;
}
