import { assertEquals } from "@std/assert";
import { People, type Person } from "../src/chat/people.ts";
import { FakeClock } from "./fake_clock.ts";
import { until } from "./harness.ts";

/** A room's people, somebody who listens, and what he is told: how many, and the names. */
function setUp() {
  const clock = new FakeClock();
  const closed = new AbortController();
  const people = new People(clock, closed.signal);
  const told: [number, string[]][] = [];
  const listener = (into = told): Person => ({
    name: "Ann",
    tell: (frame) => {
      const { here, names } = JSON.parse(frame);
      into.push([here, names]);
    },
  });
  return { clock, closed, people, told, listener };
}

Deno.test("People tells who comes and goes, at most once a second", async () => {
  const { clock, people, told, listener } = setUp();
  people.join(listener());
  await clock.advance(0);
  const bob = { name: "Bob" };
  people.join(bob);
  people.join({});
  await clock.advance(999);
  assertEquals(told, [[1, ["Ann"]]]);
  await clock.advance(1);
  people.leave(bob);
  await clock.advance(1_000);
  assertEquals(told, [[1, ["Ann"]], [3, ["Ann", "Bob"]], [2, ["Ann"]]]);
});

Deno.test("People tells nothing again that has not changed, and newcomers all the same", async () => {
  const { clock, people, told, listener } = setUp();
  people.join(listener());
  await clock.advance(5_000);
  const bob = { name: "Bob" };
  people.join(bob);
  people.leave(bob);
  await clock.advance(5_000);
  assertEquals(told, [[1, ["Ann"]]]);
  const seen: [number, string[]][] = [];
  people.join(listener(seen));
  await clock.advance(2_000);
  assertEquals(seen, [[2, ["Ann", "Ann"]]]);
  assertEquals(told.at(-1), [2, ["Ann", "Ann"]]);
});

Deno.test("People costs nothing while nobody listens, and sleeps no more once all is told", async () => {
  const { clock, people, listener } = setUp();
  for (let i = 0; i < 100; i++) people.join({});
  await clock.advance(0);
  assertEquals(clock.sleeping, 0);
  people.join(listener());
  await clock.advance(2_000);
  assertEquals(clock.sleeping, 0);
});

Deno.test("People tells 50 names at most, and the more seldom the more listen", async () => {
  const { clock, closed, people, told, listener } = setUp();
  people.join(listener());
  for (let i = 1; i < 3_000; i++) people.join(listener([]));
  // It yields every 500 of them.
  for (let i = 0; i < 5; i++) await clock.advance(0);
  assertEquals([told[0]![0], told[0]![1].length], [3_000, 50]);
  people.join({});
  await clock.advance(2_900);
  assertEquals(told.length, 1);
  await clock.advance(200);
  await until(() => told.length === 2, () => "the second frame");
  closed.abort();
  await clock.advance(0);
  assertEquals(clock.sleeping, 0);
});
