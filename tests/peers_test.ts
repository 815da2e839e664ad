import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { testThatNeeds } from "./needs.ts";
import { combine, readReport } from "./peers/observation.ts";
import { PEERS } from "./peers/peers.ts";
import { prepare } from "./peers/prepare.ts";
import { runPeer } from "./peers/run_peer.ts";
import { tableRow } from "./peers/table.ts";

const PROCESSES = {
  permissions: ["run", "read", "write", "env"] as Deno.PermissionName[],
  programs: ["node", "npm"],
};
const LOAD = [
  ...["--protocol", "plain", "--clients", "20", "--ramp", "1000", "--rate", "200"],
  ...["--warmup", "200ms", "--fault-at", "500ms", "--grace", "5s", "--settle", "2s"],
];

/** What docs/peers.md says of some servers, in kind. */
const CLAIMS: { name: string; code: number; exitCode: string }[] = [
  { name: "lastcall", code: 1012, exitCode: "0" },
  { name: "ws", code: 1006, exitCode: "143 (SIGTERM)" },
  { name: "ws-closes", code: 1001, exitCode: "0" },
  { name: "socketio", code: 1006, exitCode: "143 (SIGTERM)" },
  { name: "socketio-closes", code: 1005, exitCode: "0" },
  { name: "deno", code: 1006, exitCode: "143 (SIGTERM)" },
  { name: "deno-shutdown", code: 1001, exitCode: "0" },
];

testThatNeeds(PROCESSES, "peers end their clients as docs/peers.md says", async (t) => {
  const peers = CLAIMS.map(({ name }) => PEERS.find((peer) => peer.name === name)!);
  const home = await Deno.makeTempDir();
  try {
    await prepare(peers, home);
    for (const [i, peer] of peers.entries()) {
      await t.step(peer.name, async () => {
        const { code, exitCode } = CLAIMS[i]!;
        const seen = await runPeer(peer, { home, load: LOAD });
        assertEquals([...seen.closes], [[code, 20]]);
        assertEquals([...seen.exitCodes], [exitCode]);
        assert(seen.before.all > 100, `the chat passed on ${seen.before.all} messages`);
      });
    }
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

testThatNeeds(
  { permissions: ["read"] },
  "docs/peers.md has a row and a command for each peer",
  async () => {
    const page = await Deno.readTextFile("docs/peers.md");
    const rows = page.split("\n").map((line) => line.split("|").map((cell) => cell.trim()))
      .filter(([, name]) => name);
    for (const { name, title, onSigterm, command } of PEERS) {
      const own = rows.filter(([, first]) => first === name).map((cells) => cells.join("|"));
      assertStringIncludes(own.join("\n"), `|${name}|${title}|${onSigterm}|`);
      if (command) assertStringIncludes(own.join("\n"), `|${name}|\`${command}\`|`);
    }
  },
);

const FAULT = { signalAtMs: 2_000, exit: { atMs: 2_031.4, code: 143, signal: "SIGTERM" } };
const REPORT = {
  version: 2,
  verdict: "fail",
  failures: ["the process ended with exit code 143 (SIGTERM); allowed: 0"],
  missing: [],
  closes: [
    { kind: "normal", code: "1006", count: 3 },
    { kind: "normal", code: "left", count: 1 },
    { kind: "mute", code: "1006", count: 2 },
  ],
  phases: [
    row("warm-up", { seenByAll: 10 }),
    row("before signal", { seenByAll: 20, seenBySome: 1, withoutReader: 2, missedDeliveries: 2 }),
    row("signal to exit", { seenByNone: 1, missedDeliveries: 3 }),
    row("after exit", {}),
  ],
  faults: [FAULT],
};

function row(phase: string, counts: Record<string, number>) {
  const nothing = { seenByAll: 0, seenBySome: 0, seenByNone: 0, withoutReader: 0 };
  return { phase, ...nothing, missedDeliveries: 0, ...counts };
}

Deno.test("readReport() tells how normal clients and the process ended", () => {
  const { closes, exitsMs, exitCodes } = readReport(JSON.stringify(REPORT));
  assertEquals([...closes], [[1006, 3], [undefined, 1]]);
  assertEquals(exitsMs.map(Math.round), [31]);
  assertEquals([...exitCodes], ["143 (SIGTERM)"]);
});

Deno.test("readReport() counts what was said before and after the signal", () => {
  const { before, after } = readReport(JSON.stringify(REPORT));
  assertEquals(before, { all: 32, some: 1, nobody: 0, missed: 2 });
  assertEquals(after, { all: 0, some: 0, nobody: 1, missed: 3 });
});

Deno.test("readReport() refuses a run in which nothing exited", () => {
  const missing = ["the target did not start"];
  const refused = { ...REPORT, verdict: "not started", failures: [], missing, faults: [] };
  assertThrows(
    () => readReport(JSON.stringify(refused)),
    Error,
    "no exit was seen; not started: the target did not start",
  );
});

Deno.test("readReport() refuses a report of another version, and an empty one", () => {
  assertThrows(
    () => readReport(JSON.stringify({ ...REPORT, version: 1 })),
    Error,
    "must be 2; got 1",
  );
  assertThrows(() => readReport("{}"), Error, "no exit was seen; no verdict");
});

Deno.test("a row of peers adds up its runs", () => {
  const one = readReport(JSON.stringify(REPORT));
  const fault = { signalAtMs: 2_000, exit: { atMs: 7_012, code: 0 } };
  const other = readReport(JSON.stringify({ ...REPORT, faults: [fault] }));
  const peer = { name: "x", title: "X", onSigterm: "nothing" };
  assertEquals(
    tableRow(peer, combine(one, other)),
    "| x | X | nothing | 1006 × 6, no end × 2 | 64 / 2 / 0, overloaded | 0 / 0 / 2 | 10 | 31ms–5s | " +
      "143 (SIGTERM), 0 |",
  );
});
