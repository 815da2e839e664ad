/**
 * Loads on one or two nodes: those that the coefficients come from, and others that they are held to.
 */

import { batchesOf, framesPerReader, type NatsWork, type NodeWork } from "./model.ts";

/** A load. The clients of each node are spread evenly over the rooms. */
export interface Scenario {
  name: string;
  replicas: 1 | 3;
  /** How many clients each node has. */
  clients: readonly number[];
  rooms: number;
  /** Messages per second in all rooms together. */
  ratePerSecond: number;
  /** Only the clients of the first node speak. */
  isOneSided?: boolean;
  /** Messages come in batches of so many. Default: as the model has it. */
  batchSize?: number;
}

/** What each node has to do. */
export function nodeWorks(scenario: Scenario): NodeWork[] {
  const { clients, rooms, ratePerSecond, batchSize } = scenario;
  const batches = (rate: number) => batchSize ? rate / batchSize : batchesOf(rate);
  const speaking = clients.map((count, i) => scenario.isOneSided && i > 0 ? 0 : count);
  const speakers = speaking.reduce((sum, count) => sum + count, 0);
  return clients.map((count, i) => {
    const readers = count / rooms;
    const roomRate = ratePerSecond / rooms;
    const publishes = speakers === 0 ? 0 : ratePerSecond * speaking[i]! / speakers;
    return {
      clients: count,
      publishes,
      batches: batches(publishes),
      heard: ratePerSecond,
      turns: batches(ratePerSecond),
      followed: count === 0 ? 0 : ratePerSecond,
      frames: count * framesPerReader({ readers, ratePerSecond: roomRate }),
      deliveries: count * roomRate,
    };
  });
}

/** What NATS has to do. */
export function natsWork(
  { replicas, clients, ratePerSecond, batchSize }: Scenario,
): NatsWork {
  const batches = batchSize ? ratePerSecond / batchSize : batchesOf(ratePerSecond);
  return { replicas, nodes: clients.length, publishes: ratePerSecond, batches };
}

/** As many messages as NATS takes, written by a program that is no node; one node hears them. */
export function floodOf(
  replicas: 1 | 3,
  { ratePerSecond, batchSize }: { ratePerSecond: number; batchSize: number },
): Scenario {
  return { name: "flood", replicas, clients: [0], rooms: 1, ratePerSecond, batchSize };
}

/** Who is where: the URL for each client in turn, those that speak first. */
export function seats(scenario: Scenario, urls: readonly string[]): string[] {
  const ofNode = urls.map((url, i) =>
    Array.from(
      { length: scenario.clients[i]! },
      (_, j) => `${url}?room=room-${j % scenario.rooms}`,
    )
  );
  if (scenario.isOneSided) return ofNode.flat();
  const longest = Math.max(...scenario.clients);
  return Array.from({ length: longest }, (_, j) => ofNode.flatMap((some) => some[j] ?? [])).flat();
}

/** How many of the seats speak. */
export function speakerCount({ clients, isOneSided }: Scenario): number {
  return isOneSided ? clients[0]! : clients.reduce((sum, count) => sum + count, 0);
}

const base = { rooms: 1, replicas: 1 } as const;

/** What the coefficients come from: each load has much of one kind of work and little of the others. */
export const CALIBRATION: readonly Scenario[] = [
  { ...base, name: "silence", clients: [10], ratePerSecond: 0 },
  { ...base, name: "silence, R3", replicas: 3, clients: [10], ratePerSecond: 0 },
  { ...base, name: "one hears, one speaks", clients: [100, 0], rooms: 100, ratePerSecond: 1_000 },
  { ...base, name: "alone, slow", clients: [200], rooms: 200, ratePerSecond: 200 },
  { ...base, name: "alone, quick", clients: [200], rooms: 200, ratePerSecond: 1_200 },
  { ...base, name: "alone, quickest", clients: [200], rooms: 200, ratePerSecond: 3_000 },
  { ...base, name: "one room, slow", clients: [500], ratePerSecond: 60 },
  { ...base, name: "one room, quick", clients: [500], ratePerSecond: 400 },
  { ...base, name: "rooms of ten", clients: [500], rooms: 50, ratePerSecond: 1_000 },
  { ...base, name: "one-sided", clients: [20, 200], isOneSided: true, ratePerSecond: 100 },
  {
    ...base,
    ...{ name: "one hears, one speaks, R3", replicas: 3, clients: [100, 0] },
    ...{ rooms: 100, ratePerSecond: 500 },
  },
  { ...base, name: "alone, R3", replicas: 3, clients: [200], rooms: 200, ratePerSecond: 1_000 },
  {
    ...base,
    ...{ name: "one hears, one speaks, slow, R3", replicas: 3, clients: [100, 0] },
    ...{ rooms: 100, ratePerSecond: 100 },
  },
  {
    ...base,
    ...{ name: "followed, not spoken", clients: [100, 100], isOneSided: true },
    ...{ rooms: 100, ratePerSecond: 500 },
  },
];

const CHECKED = [
  { name: "one room", rooms: 1, all: 400, ratePerSecond: 80 },
  { name: "rooms of ten", rooms: 40, all: 400, ratePerSecond: 600 },
  { name: "rooms of two", rooms: 200, all: 400, ratePerSecond: 900 },
];

/** Other loads, on one node and on two, with one replica and with three. */
export const CHECKS: readonly Scenario[] = ([1, 3] as const).flatMap((replicas) =>
  [1, 2].flatMap((nodes) =>
    CHECKED.map(({ all, ...load }) => ({
      ...load,
      ...{ replicas, clients: Array.from({ length: nodes }, () => all / nodes) },
    }))
  )
);
