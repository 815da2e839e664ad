/**
 * When each client leaves.
 *
 * The window is cut into as many equal slots as there are clients. Each slot holds one exit, at a
 * random moment inside it: evenly spread over the window, never two in step, and since every moment
 * is a fixed offset from the start, a late dispatch delays nobody after it.
 *
 * @module
 */

/**
 * Who leaves when.
 *
 * - `paced`: random order, spread over the window.
 * - `idle-first`: the longest silent first, spread over the window.
 * - `immediate`: all at once. Hazard: all of them come back at once, too.
 */
export type DrainStrategy = "paced" | "idle-first" | "immediate";

/** What a schedule is made from. */
export interface ScheduleOptions<T> {
  /** The order in which clients leave. */
  strategy: DrainStrategy;
  /** Over how many milliseconds. */
  windowMs: number;
  /** A number from 0 up to, not including, 1. Default `Math.random`. */
  random?: () => number;
  /** When a client was last heard, in ms; needed by `idle-first`. Default: all the same. */
  lastHeardAt?: (client: T) => number;
}

/** One client's exit. */
export interface Slot<T> {
  /** Who leaves. */
  client: T;
  /** Milliseconds after the start of the drain. */
  offsetMs: number;
}

/** A slot for each client, in the order of time. */
export function scheduleExits<T>(clients: Iterable<T>, options: ScheduleOptions<T>): Slot<T>[] {
  const { strategy, windowMs, random = Math.random } = options;
  const order = inOrder([...clients], options);
  if (strategy === "immediate") return order.map((client) => ({ client, offsetMs: 0 }));
  const slotMs = windowMs / order.length;
  return order.map((client, index) => ({ client, offsetMs: slotMs * (index + random()) }));
}

function inOrder<T>(clients: T[], options: ScheduleOptions<T>): T[] {
  const { strategy, random = Math.random, lastHeardAt = () => 0 } = options;
  if (strategy === "immediate") return clients;
  const shuffled = shuffle(clients, random);
  if (strategy === "paced") return shuffled;
  // A stable sort of a shuffled list: equally idle clients leave in random order.
  return shuffled.sort((a, b) => lastHeardAt(a) - lastHeardAt(b));
}

/** Fisher–Yates. */
function shuffle<T>(items: T[], random: () => number): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const pick = Math.floor(random() * (last + 1));
    [items[last], items[pick]] = [items[pick]!, items[last]!];
  }
  return items;
}
