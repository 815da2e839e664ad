/**
 * What a shutdown is told: the target, and the options with their defaults.
 *
 * @module
 */

import { type Clock, systemClock } from "../clock.ts";
import { SERVICE_RESTART } from "../close_codes.ts";
import { type Log, silentLog } from "../log.ts";
import { type Budget, DEFAULT_BUDGET } from "./budget.ts";
import type { Leaver } from "./drain.ts";
import { noObserver, type ShutdownObserver } from "./observer.ts";
import type { Receipt } from "./receipt.ts";

/** What is shut down. */
export interface ShutdownTarget {
  /** The server; a `Deno.HttpServer` fits. */
  server: { shutdown(): Promise<void> };
  /** Its connections; a `ConnectionSet` fits. */
  connections: Iterable<Leaver>;
}

/** How it is shut down, resolved. */
export interface ShutdownSettings extends Budget {
  /** The close code sent to everybody. Default 1012, service restart. */
  closeCode: number;
  /** The reason sent with it, at most 123 bytes. Default `server restarting`. */
  closeReason: string;
  /** How long a client must be silent before it is closed, in ms. Default 50. */
  quietMs: number;
  /**
   * Whether clients have somewhere else to go; then they need not wait for this server. A function is
   * asked for each client as it leaves.
   */
  hasAlternates: boolean | (() => boolean);
  /** How long this server is expected to be away, in ms, when they have not. Default 2 000. */
  restartMs: number;
  /** Where the steps are told. Default: nowhere. */
  log: Log;
  /** Counts to add to the receipt, such as messages accepted. */
  counts: () => Record<string, number>;
  /** Keeps the receipt: called when the hooks are done, and again when the server has stopped. */
  onReceipt: (receipt: Receipt) => void | Promise<void>;
  /**
   * The first of all: for what others must know before the first client leaves. The drain waits for it,
   * for a fiftieth of the budget at most.
   */
  atTheStart: () => void | Promise<void>;
  /**
   * The last of all, when the receipt is complete: for what must answer until then. It has what is left
   * of the budget, `leftMs`, and is not waited for any longer.
   */
  atTheEnd: (leftMs: number) => void | Promise<void>;
  /** Told of each step. Default: nobody. */
  observer: ShutdownObserver;
  /** For tests. */
  clock: Clock;
  /** For tests: a number from 0 up to, not including, 1. */
  random: () => number;
}

/** How it is shut down; what is left out has its default. */
export type ShutdownOptions = { [K in keyof ShutdownSettings]?: ShutdownSettings[K] | undefined };

const DEFAULTS: ShutdownSettings = {
  ...DEFAULT_BUDGET,
  closeCode: SERVICE_RESTART,
  closeReason: "server restarting",
  quietMs: 50,
  hasAlternates: false,
  restartMs: 2_000,
  log: silentLog,
  counts: () => ({}),
  onReceipt: () => {},
  atTheStart: () => {},
  atTheEnd: () => {},
  observer: noObserver,
  clock: systemClock,
  random: Math.random,
};

/** The options over their defaults. */
export function resolveShutdownOptions(options: ShutdownOptions): ShutdownSettings {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...DEFAULTS, ...Object.fromEntries(given) };
}
