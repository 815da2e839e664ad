/**
 * Who connects when, as what, and to which server and room: decided by the plan and its seed.
 *
 * @module
 */

import { arrange, CLIENT_KINDS, type ClientKind } from "./mix.ts";
import type { Plan } from "./plan.ts";
import { seededRandom, shuffle } from "./random.ts";

/** The place of one client. */
export interface Seat {
  kind: ClientKind;
  /** Counted within its kind, in the order of connecting. */
  index: number;
  /** Which server, from 0. */
  server: number;
  /** Which room, from 0: for normal clients, that of the messages `n` with `n % normal === index`. */
  room: number;
  /** When it begins to connect, in ms after the first. */
  atMs: number;
}

/** What seating depends on. */
export type SeatingPlan = Pick<Plan, "kinds" | "seed" | "instances" | "rooms" | "rampPerSecond">;

/**
 * The seats in the order of connecting. Servers have equal shares and are drawn, so that every room is on
 * every server.
 */
export function seatsOf({ kinds, seed, instances, rooms, rampPerSecond }: SeatingPlan): Seat[] {
  const order = arrange(kinds, seed);
  // Another sequence than that of the kinds, or kind and server would go together.
  const servers = shuffle(order.map((_, i) => i % instances), seededRandom(seed ^ 0x5ea7));
  const counts = Object.fromEntries(CLIENT_KINDS.map((kind) => [kind, 0])) as Record<
    ClientKind,
    number
  >;
  return order.map((kind, i) => {
    const index = counts[kind]++;
    return {
      kind,
      index,
      server: servers[i]!,
      room: index % rooms,
      atMs: i * 1_000 / rampPerSecond,
    };
  });
}
