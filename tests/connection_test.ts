import { assertEquals } from "@std/assert";
import { Guest } from "../src/chat/guest.ts";
import { classifyEnd } from "../src/errors.ts";
import { ConnectionSet } from "../src/shutdown/connection_set.ts";
import { Stats } from "../src/stats.ts";
import { FakeClock } from "./fake_clock.ts";
import { testConfig, TestLog, within } from "./harness.ts";

/** A socket that does nothing by itself. */
class InertSocket extends EventTarget {
  readonly closes: number[] = [];
  readonly bufferedAmount = 0;

  close(code: number): void {
    this.closes.push(code);
  }
}

function track() {
  const socket = new InertSocket();
  const connections = new ConnectionSet();
  const connection = connections.track(socket as unknown as WebSocket);
  return { socket, connections, connection };
}

/** Timers that wait a thousandth of their time, until disposed. */
function hastyTimers(): Disposable {
  const { setTimeout } = globalThis;
  globalThis.setTimeout = ((act: () => void, ms = 0) => setTimeout(act, ms / 1_000)) as never;
  return {
    [Symbol.dispose]() {
      globalThis.setTimeout = setTimeout;
    },
  };
}

Deno.test("a handshake that is not done in time is given up, and counts no more", async () => {
  using _ = hastyTimers();
  const { connection, connections } = track();
  const end = await within(connection.ended, "the join to be given up");
  assertEquals([classifyEnd(end), connections.size], ["never_opened", 0]);
});

Deno.test("a handshake that is done after it was given up does not join, and is closed", async () => {
  using _ = hastyTimers();
  const { connection, connections, socket } = track();
  let opened = 0;
  connection.whenOpen(() => opened++);
  await within(connection.ended, "the join to be given up");
  socket.dispatchEvent(new Event("open"));
  assertEquals([connection.state, connections.size, opened], ["closed", 0, 0]);
  assertEquals(socket.closes, [1013]);
});

Deno.test("a connection told to go before it opened is closed when it opens", async () => {
  const { connection, socket } = track();
  connection.close(1012, "restart");
  socket.dispatchEvent(new Event("open"));
  assertEquals([connection.state, socket.closes.at(-1)], ["closing", 1012]);
  socket.dispatchEvent(new CloseEvent("close", { code: 1012 }));
  assertEquals(await connection.ended, { code: 1012, reason: "", opened: true, sent: 1012 });
});

Deno.test("a close that is reported twice ends the connection once, with the first report", async () => {
  const { connection, socket } = track();
  socket.dispatchEvent(new Event("open"));
  socket.dispatchEvent(new ErrorEvent("error", { message: "No response from ping frame." }));
  socket.dispatchEvent(new CloseEvent("close", { code: 1001 }));
  socket.dispatchEvent(new CloseEvent("close", { code: 1005 }));
  const end = await connection.ended;
  assertEquals([end.code, classifyEnd(end)], [1001, "idle_timeout"]);
});

Deno.test("a guest is closed for a flood within one second, not for as many frames over several", async () => {
  const { connection, socket } = track();
  const clock = new FakeClock();
  const around = {
    limits: testConfig({ floodLimit: 10 }),
    log: new TestLog(),
    stats: new Stats(),
    clock,
  };
  new Guest(connection, around, 512).listen(() => {});
  socket.dispatchEvent(new Event("open"));
  const hear = () => socket.dispatchEvent(new MessageEvent("message", { data: "x" }));
  for (let second = 0; second < 5; second++) {
    for (let i = 0; i < 10; i++) hear();
    await clock.advance(1_000);
  }
  assertEquals(socket.closes, []);
  for (let i = 0; i < 11; i++) hear();
  assertEquals(socket.closes, [1008]);
  socket.dispatchEvent(new CloseEvent("close", { code: 1008 }));
  await connection.ended;
});
