import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { type SeatingPlan, seatsOf } from "../cli/loadtest/seating.ts";

const PLAN: SeatingPlan = {
  kinds: { normal: 40, mute: 10, slow: 6, "half-open": 4, flood: 0 },
  seed: 7,
  instances: 2,
  rooms: 2,
  rampPerSecond: 500,
};

Deno.test("seatsOf() gives every client a kind, an index, a server, a room and a time", () => {
  const seats = seatsOf(PLAN);
  assertEquals(seats.length, 60);
  const mute = seats.filter(({ kind }) => kind === "mute");
  assertEquals(mute.map(({ index }) => index), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assertEquals(seats.filter(({ server }) => server === 1).length, 30);
  assertEquals([seats[0]!.atMs, seats[1]!.atMs, seats[59]!.atMs], [0, 2, 118]);
  for (const { index, room } of seats) assertEquals(room, index % 2);
});

Deno.test("seatsOf() has every room on every server", () => {
  const places = seatsOf(PLAN).filter(({ kind }) => kind === "normal")
    .map(({ server, room }) => `${server} ${room}`);
  assertEquals(new Set(places), new Set(["0 0", "0 1", "1 0", "1 1"]));
});

Deno.test("seatsOf() depends on the seed, and on nothing else", () => {
  assertEquals(seatsOf(PLAN), seatsOf({ ...PLAN }));
  assertNotEquals(seatsOf(PLAN), seatsOf({ ...PLAN, seed: 8 }));
  const kinds = (seed: number) => seatsOf({ ...PLAN, seed }).map(({ kind }) => kind).join();
  const servers = (seed: number) => seatsOf({ ...PLAN, seed }).map(({ server }) => server).join();
  assert(kinds(1) !== kinds(2) && servers(1) !== servers(2));
});
