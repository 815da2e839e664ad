import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { Children } from "../cli/bench/children.ts";
import { testThatNeeds } from "./needs.ts";
import { compare, costsOf, errorOf, medianOf } from "./scaling/findings.ts";
import { fit } from "./scaling/fit.ts";
import {
  type Assumption,
  batchesOf,
  extrapolate,
  followedShare,
  framesPerReader,
  type NatsCosts,
  natsCpuUs,
  type NodeCosts,
  nodeCpuUs,
  type Sizes,
} from "./scaling/model.ts";
import { type Observation, observe } from "./scaling/observe.ts";
import {
  CALIBRATION,
  CHECKS,
  floodOf,
  natsWork,
  nodeWorks,
  type Scenario,
  seats,
  speakerCount,
} from "./scaling/scenarios.ts";
import {
  coefficientRows,
  comparisonRows,
  errorText,
  extrapolationRows,
  fillIn,
} from "./scaling/tables.ts";

const NODE: NodeCosts = {
  ...{ base: 5_000, client: 2, publish: 90, batch: 100, heard: 20, turn: 60, followed: 15 },
  ...{ frame: 8, delivery: 0.5 },
};
const NATS: NatsCosts = {
  ...{ server: 2_000, publish1: 30, publish3: 110, batch1: 50, batch3: 150, heard: 5 },
};
const SIZES: Sizes = {
  ...{ nodeBytes: 70e6, clientBytes: 30e3, indexBytes: 50, diskBytes: 300, windowBytes: 200 },
  ...{ publishBytes: 300, heardBytes: 400, openedPerSecond: 1e5 },
};
const SCENARIO: Scenario = {
  ...{ name: "a load", replicas: 3, clients: [100, 50], rooms: 10, ratePerSecond: 300 },
};

Deno.test("framesPerReader() is one frame a message while there is time for it", () => {
  assertEquals(framesPerReader({ readers: 500, ratePerSecond: 100 }), 100);
  assertEquals(framesPerReader({ readers: 2, ratePerSecond: 0.1 }), 0.1);
});

Deno.test("framesPerReader() puts several messages into a frame under load", () => {
  // 5 ms to tell everybody, 20 ms of pause.
  assertAlmostEquals(framesPerReader({ readers: 500, ratePerSecond: 400 }), 40);
  // What comes while NATS answers is told together.
  assertEquals(framesPerReader({ readers: 1, ratePerSecond: 3_000 }), 500);
});

Deno.test("framesPerReader() never tells more often than there are messages", () => {
  const load = fc.record({
    readers: fc.integer({ min: 1, max: 20_000 }),
    ratePerSecond: fc.double({ min: 0.001, max: 10_000, noNaN: true }),
  });
  fc.assert(fc.property(load, (room) => {
    const frames = framesPerReader(room);
    assert(frames > 0 && frames <= room.ratePerSecond);
  }));
});

Deno.test("nodeCpuUs() and natsCpuUs() add up what each thing costs", () => {
  const work = {
    ...{ clients: 10, publishes: 5, batches: 2, heard: 20, turns: 3, followed: 10 },
    ...{ frames: 100, deliveries: 200 },
  };
  const parts = [5_000, 20, 450, 200, 400, 180, 150, 800, 100];
  assertEquals(nodeCpuUs(work, NODE), parts.reduce((sum, part) => sum + part));
  const nats = (replicas: 1 | 3) =>
    natsCpuUs({ replicas, nodes: 2, publishes: 500, batches: 20 }, NATS);
  assertEquals(nats(1), 2_000 + 15_000 + 20 * 50 + 5_000);
  assertEquals(nats(3), 6_000 + 55_000 + 20 * 150 + 5_000);
});

Deno.test("batchesOf() is one each for few messages, and has an upper bound", () => {
  assertAlmostEquals(batchesOf(1), 1, 0.01);
  assertEquals(batchesOf(500), 250);
  assert(batchesOf(1e6) < 500 && batchesOf(1e6) > 499);
});

Deno.test("nodeWorks() divides a load over the nodes", () => {
  const [first, second] = nodeWorks(SCENARIO);
  assertEquals(first, {
    ...{ clients: 100, publishes: 200, batches: batchesOf(200) },
    ...{ heard: 300, turns: batchesOf(300), followed: 300 },
    ...{ frames: 3_000, deliveries: 3_000 },
  });
  assertEquals([second!.publishes, second!.deliveries], [100, 1_500]);
  const [speaks, hears] = nodeWorks({ ...SCENARIO, clients: [100, 0], isOneSided: true });
  assertEquals([speaks!.publishes, hears!.publishes], [300, 0]);
  assertEquals([hears!.heard, hears!.followed, hears!.deliveries], [300, 0, 0]);
  const flood = floodOf(1, FLOOD);
  assertEquals([nodeWorks(flood)[0]!.turns, natsWork(flood).batches], [20, 20]);
  assertEquals(natsWork(SCENARIO), {
    replicas: 3,
    nodes: 2,
    publishes: 300,
    batches: batchesOf(300),
  });
});

Deno.test("seats() fills every room on every node, and seats those that speak first", () => {
  const scenario = { ...SCENARIO, clients: [3, 2], rooms: 2 };
  const nodes = ["ws://a/ws", "ws://b/ws"];
  assertEquals(seats(scenario, nodes), [
    ...["ws://a/ws?room=room-0", "ws://b/ws?room=room-0", "ws://a/ws?room=room-1"],
    ...["ws://b/ws?room=room-1", "ws://a/ws?room=room-0"],
  ]);
  assertEquals(speakerCount(scenario), 5);
  const oneSided = { ...scenario, isOneSided: true };
  assertEquals(seats(oneSided, nodes).slice(0, 3).filter((url) => url.includes("a/ws")).length, 3);
  assertEquals(speakerCount(oneSided), 3);
});

Deno.test("each load spreads its clients evenly over its rooms", () => {
  for (const { name, clients, rooms } of [...CALIBRATION, ...CHECKS]) {
    for (const count of clients) assertEquals(count % rooms, 0, name);
  }
  assertEquals(
    new Set(CHECKS.map(({ replicas, clients }) => `R${replicas} × ${clients.length}`)).size,
    4,
  );
});

Deno.test("fit() finds the coefficients behind samples without error", () => {
  const costs = fc.record({
    a: fc.integer({ max: 50, min: 1 }),
    b: fc.integer({ max: 9, min: 1 }),
  });
  fc.assert(fc.property(costs, ({ a, b }) => {
    const works = [{ a: 1, b: 0 }, { a: 3, b: 100 }, { b: 7 }, { a: 10, b: 2 }];
    const samples = works.map((work) => ({ work, cost: a * (work.a ?? 0) + b * (work.b ?? 0) }));
    const found = fit(["a", "b"], samples, 1);
    assertAlmostEquals(found.a, a, 1e-6);
    assertAlmostEquals(found.b, b, 1e-6);
  }));
});

Deno.test("fit() leaves out what would have to be negative, and what was not measured", () => {
  const samples = [{ work: { a: 1, b: 1 }, cost: 9 }, { work: { a: 1, b: 0 }, cost: 10 }];
  const found = fit(["a", "b", "c"], samples, 1);
  assertEquals([found.b, found.c], [0, 0]);
  assertAlmostEquals(found.a, 9.4, 0.2);
});

/** What would be seen if the model were true. */
function ideal(scenario: Scenario, change: Partial<Observation> = {}): Observation {
  const works = nodeWorks(scenario);
  return {
    nodesUs: works.map((work) => nodeCpuUs(work, NODE)),
    natsUs: natsCpuUs(natsWork(scenario), NATS),
    deliveriesPerSecond: works.reduce((sum, { deliveries }) => sum + deliveries, 0),
    ...{ p50Ms: 2, p99Ms: 5, lagP99Ms: 1 },
    ...change,
  };
}

const FLOOD = { ratePerSecond: 10_000, batchSize: 500 };

Deno.test("costsOf() finds the coefficients again from the loads that are played", () => {
  const loads = [...CALIBRATION, floodOf(1, FLOOD), floodOf(3, FLOOD)];
  const observed = loads.map((scenario) => ({ scenario, seen: ideal(scenario) }));
  const costs = costsOf(observed, { nodeBytes: 0, clientBytes: 0, pingUs: 60 });
  for (const [name, value] of Object.entries(NODE)) {
    assertAlmostEquals(costs.node[name as keyof NodeCosts], value, 1e-3, name);
  }
  for (const [name, value] of Object.entries(NATS)) {
    assertAlmostEquals(costs.nats[name as keyof NatsCosts], value, 1e-3, name);
  }
});

Deno.test("compare() puts predictions beside what was seen, and tells a load that was too much", () => {
  const costs = { node: NODE, nats: NATS };
  const seen = ideal(SCENARIO, { natsUs: natsCpuUs(natsWork(SCENARIO), NATS) / 2 });
  const compared = compare({ scenario: SCENARIO, seen }, costs);
  assertAlmostEquals(errorOf(compared.nodes), 0);
  assertAlmostEquals(errorOf(compared.nats), 1);
  assertEquals(compared.isStrained, false);
  const late = ideal(SCENARIO, { deliveriesPerSecond: 4_000 });
  assertEquals(compare({ scenario: SCENARIO, seen: late }, costs).isStrained, true);
});

Deno.test("medianOf() takes the middle of each figure", () => {
  const rounds = [1, 9, 2].map((p50Ms) => ideal(SCENARIO, { p50Ms, nodesUs: [p50Ms, 3] }));
  assertEquals([medianOf(rounds).p50Ms, medianOf(rounds).nodesUs], [2, [2, 3]]);
});

const LIMITS = { cpu: 0.6, memoryBytes: 2e9 };
const ASSUMPTION: Assumption = {
  ...{ name: "groups", clients: 1e6, roomSize: 20, everySeconds: 200, keptSeconds: 3_600 },
};
const ALL = { node: NODE, nats: NATS, sizes: SIZES, limits: LIMITS };

Deno.test("extrapolate() takes the fewest nodes that are within both limits", () => {
  const found = extrapolate(ASSUMPTION, ALL);
  assertEquals([found.publishes, found.deliveries, found.keptMessages], [5_000, 1e5, 18e6]);
  assert(found.nodes! > 1e6 * SIZES.clientBytes / LIMITS.memoryBytes);
  assert(found.nodeCpu <= LIMITS.cpu && found.nodeBytes <= LIMITS.memoryBytes);
  assertEquals(found.diskBytes, 18e6 * 300);
  assertEquals(found.natsOutBytes, 5_000 * found.nodes! * 400);
});

Deno.test("extrapolate() says when no number of nodes is enough: each hears everything", () => {
  const rate = LIMITS.cpu * 1e6 / NODE.heard;
  const everySeconds = ASSUMPTION.clients / rate;
  assertEquals(extrapolate({ ...ASSUMPTION, everySeconds }, ALL).nodes, undefined);
});

Deno.test("followedShare() is all with one node, and less with more", () => {
  assertEquals(followedShare(20, 1), 1);
  assertAlmostEquals(followedShare(1, 10), 0.1);
  assert(followedShare(20, 100) < 0.2);
});

Deno.test("the tables have a row for each coefficient, load and figure", () => {
  const costs = { node: NODE, nats: NATS };
  const rows = coefficientRows(costs, SIZES);
  assertEquals(rows.length, 1 + 23);
  assertEquals(rows[5], ["c_h", "a message of the stream, heard", "20.0 µs"]);
  const compared = compare({ scenario: SCENARIO, seen: ideal(SCENARIO) }, costs);
  const [, row] = comparisonRows([{ ...compared, use: "checked" }]);
  assertEquals(row!.slice(0, 4), [
    ...["a load: 100 + 50 clients, 10 rooms, 300 messages/s", "checked", "2", "3"],
  ]);
  assertEquals(row!.slice(6, 7), ["+0 %"]);
  assertStringIncludes(errorText([compared]), "half of the predictions within 0 %");
  const none = { ...ASSUMPTION, name: "too much", everySeconds: 10 };
  const table = extrapolationRows([ASSUMPTION, none].map((assumption) => ({
    assumption,
    result: extrapolate(assumption, ALL),
  })));
  const nodes = table.find(([title]) => title === "**nodes**")!;
  assertEquals(nodes[2], "**no number is enough**");
});

Deno.test("fillIn() replaces one part of a page, and refuses a page without it", () => {
  const page = "a\n<!-- measured: x -->\n\nold\n\n<!-- end -->\nb\n";
  const filled = fillIn(page, "x", "new");
  assertEquals(filled, "a\n<!-- measured: x -->\n\nnew\n\n<!-- end -->\nb\n");
  assertEquals(fillIn(filled, "x", "new"), filled);
  assertThrows(() => fillIn(page, "y", "new"), Error, "must have <!-- measured: y -->");
});

testThatNeeds(
  { permissions: ["read"] },
  "docs/scaling.md has a place for each measured part, and each is filled in",
  async () => {
    const page = await Deno.readTextFile("docs/scaling.md");
    for (const name of ["machine", "coefficients", "checks", "million"]) {
      const filled = fillIn(page, name, "NEW");
      assert(filled !== page && filled.length < page.length, name);
    }
    for (const [symbol, what] of coefficientRows({ node: NODE, nats: NATS }, SIZES).slice(1)) {
      assert(new RegExp(`\\| ${symbol} +\\| ${what} `).test(page), `no row of ${symbol}`);
    }
  },
);

const PROCESSES = {
  permissions: ["run", "read", "write", "env"] as Deno.PermissionName[],
  programs: ["nats-server", "cat"],
};

testThatNeeds(PROCESSES, "observe() plays a load on two nodes and sees what they use", async () => {
  const options = {
    ...{ children: new Children(), signal: new AbortController().signal },
    ...{ warmupMs: 300, windowMs: 1_000, sizeBytes: 128 },
  };
  const scenario: Scenario = {
    ...{ name: "tiny", replicas: 1, clients: [4, 4], rooms: 2, ratePerSecond: 100 },
  };
  const seen = await observe(scenario, options);
  assert(seen.deliveriesPerSecond > 200, JSON.stringify(seen));
  assertEquals(seen.nodesUs.length, 2);
  assert(seen.nodesUs.every((us) => us > 0), JSON.stringify(seen));
  assert(seen.p50Ms > 0 && seen.p50Ms <= seen.p99Ms, JSON.stringify(seen));
});
