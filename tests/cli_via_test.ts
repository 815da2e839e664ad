/** The load test behind a proxy: where clients connect, and how it is known which server they got. */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { OptionError, resolveOptions } from "@lastcall/lastcall";
import { Connections } from "../cli/loadtest/check/connections.ts";
import { figuresOf } from "../cli/loadtest/check/figures.ts";
import { judge } from "../cli/loadtest/check/judge.ts";
import { describePlan } from "../cli/loadtest/describe_plan.ts";
import { dryRunText } from "../cli/loadtest/dry_run.ts";
import { WireSocket } from "../cli/loadtest/load/wire_socket.ts";
import { makePlan } from "../cli/loadtest/plan.ts";
import type { ConnectionRecord, Run } from "../cli/loadtest/run.ts";
import { SETTINGS } from "../cli/loadtest/settings.ts";
import { within } from "../cli/loadtest/wait.ts";
import { connection, CUT, restarted, run } from "./cli_run_fixture.ts";

const VIA = ["--via", "ws://127.0.0.1:8080/ws", "--ports", "9001,9002"];

function plan(...args: string[]) {
  const { settings, words } = resolveOptions(SETTINGS, args);
  return makePlan(settings, words);
}

Deno.test("--via has clients connect to a proxy, and as many servers as it knows ports", () => {
  const { via, ports, instances, faults } = plan(...VIA);
  assertEquals([via, ports, instances, faults], ["ws://127.0.0.1:8080/ws", [9001, 9002], 2, 2]);
  assertStringIncludes(describePlan(plan(...VIA)).join("\n"), "via      ws://127.0.0.1:8080/ws");
  assertEquals(plan("--ports", "9001").instances, 1);
  assertEquals("via" in plan(), false);
});

Deno.test("--dry-run does not say which server a proxy will choose", () => {
  const text = dryRunText(plan(...VIA, "--seed", "7"));
  assertStringIncludes(text, "server 2 at port 9002: main.ts");
  assertStringIncludes(text, "200 normal connect to the proxy:");
  assertStringIncludes(text, "clients connect to ws://127.0.0.1:8080/ws, which must lead to them");
});

Deno.test("--via and --ports reject what contradicts them", () => {
  const via = VIA.slice(0, 2);
  for (
    const [args, wanted] of [
      [via, "--via needs --ports, for the proxy must know the servers"],
      [[...VIA, "--instances", "3"], "--ports must name one port for each of 3 servers"],
      [["--ports", "1,1"], "--ports must be different ports from 1 to 65535"],
      [["--ports", "0"], "--ports must be different ports from 1 to 65535"],
      [["--via", "ws://x.example/", "--ports", "1"], "--via must be on this machine"],
      [["--via", "ws://127.0.0.1:{port}/", "--ports", "1"], "--via must name the proxy's port"],
      [[...via, "--target", "ws://127.0.0.1:1/"], "--via needs servers that are started here"],
      [["--ports", "1", "--target", "ws://127.0.0.1:1/"], "--ports needs servers that are started"],
      [[...VIA, "--mix", "normal=90%,mute=10%"], "--via needs normal clients alone"],
    ] as [string[], string][]
  ) assertStringIncludes(assertThrows(() => plan(...args), OptionError).message, wanted);
});

/** What a socket is told of its server when the answer to its upgrade has these headers. */
async function servedBy(headers: Record<string, string>): Promise<string | undefined> {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => socket.close();
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
    return response;
  });
  const told = Promise.withResolvers<string | undefined>();
  const gone = Promise.withResolvers<void>();
  const socket = new WireSocket(`ws://127.0.0.1:${server.addr.port}/`, [], {
    origin: "http://a.example",
    watch: {
      opened: told.resolve,
      refused: (why) => told.reject(new Error(why)),
      closed() {},
      gone: () => gone.resolve(),
    },
  });
  await within(2_000, Promise.allSettled([told.promise, gone.promise]));
  socket.release();
  return told.promise;
}

Deno.test("a socket is told by X-Served-By which server a proxy chose, the last of its list", async () => {
  assertEquals(await servedBy({}), undefined);
  assertEquals(await servedBy({ "X-Served-By": "127.0.0.1:9001" }), "127.0.0.1:9001");
  assertEquals(
    await servedBy({ "X-Served-By": "127.0.0.1:9001, 127.0.0.1:9002" }),
    "127.0.0.1:9002",
  );
});

Deno.test("a connection through a proxy belongs to the server that its opening names", () => {
  const connections = new Connections();
  connections.take({ e: "connect", t: 1, c: 0, kind: "normal", r: 0 });
  connections.take({ e: "connect", t: 1, c: 1, kind: "normal", r: 1 });
  connections.take({ e: "open", t: 2, c: 0, s: 1 });
  connections.take({ e: "open", t: 2, c: 1 });
  assertEquals(connections.all.map(({ instance }) => instance), [1, undefined]);
});

function unplaced({ instance: _, ...record }: ConnectionRecord): ConnectionRecord {
  return record;
}

/** A run of one server behind a proxy that does not name it. */
function judged(connections: ConnectionRecord[], more: Partial<Run> = {}) {
  const seen = run(["--via", "ws://127.0.0.1:8080/ws", "--ports", "9001"], {
    connections,
    ...more,
  });
  return judge(seen, figuresOf(seen));
}

Deno.test("judge() cannot say of a proxy that does not name its servers", () => {
  const { verdict, failures, missing } = judged([...restarted(0), ...restarted(1)].map(unplaced));
  assertEquals([verdict, failures], ["unknown", []]);
  assertEquals(missing, [
    "fault 1: no normal client was connected at the signal",
    "4 connections were to an unknown server: the proxy must name it in X-Served-By when it " +
    "answers an upgrade, as HOST:PORT",
  ]);
});

Deno.test("judge() fails a connection to an unknown server that ended without any fault", () => {
  const stray = connection(0, { end: CUT, endedAtMs: 500, goneAtMs: 500 });
  const { verdict, failures } = judged(
    [stray, ...restarted(0), ...restarted(1)].map(unplaced),
  );
  assertEquals(verdict, "fail");
  assertEquals(failures, ["connections ended without a fault of their server: 1006 (1)"]);
});
