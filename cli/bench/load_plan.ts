/**
 * What the load generator is asked to do, and what it says about it. Both cross a process boundary as
 * JSON.
 *
 * @module
 */

/** How messages travel: `v1` is `lastcall.v1`; with `bare` the text itself goes to everybody. */
export type Wire = "v1" | "bare";

/** One load. Plain data. */
export interface LoadPlan {
  /** Where clients connect: the first to the first, and so on, and then from the first again. */
  urls: string[];
  wire: Wire;
  clients: number;
  /** How many of the clients publish: the first. Default: all. */
  speakers?: number;
  /**
   * Messages per second by all clients together; 0: they only stay connected. `"as heard"`: each client is
   * alone in its room, and publishes when it has heard what it published before.
   */
  ratePerSecond: number | "as heard";
  sizeBytes: number;
  /** Publishing before the window. */
  warmupMs: number;
  /** What is measured. */
  windowMs: number;
  /** Whether each message is sent within microseconds of being due; it costs a busy core. */
  precise: boolean;
}

/** What the generator saw in the window. */
export interface LoadResult {
  windowMs: number;
  /** Messages that fell due. */
  sent: number;
  /** Messages that reached a client, counted once for each client. */
  delivered: number;
  /** From the moment a message was due to its receipt by a client. */
  latency: { p50Ms: number; p99Ms: number; maxMs: number };
  /** How late the generator's own timer was, 99 % of the time at most. */
  lagP99Ms: number;
}

/** What the generator says, one JSON line each. */
export type LoadEvent =
  /** All are connected and the warm-up is over: the window begins. */
  | { event: "begin" }
  /** The window is over. The connections stay until the process is ended. */
  | { event: "end"; result: LoadResult }
  | { event: "failed"; reason: string };
