import { assertEquals } from "@std/assert";
import { classifyEnd } from "../src/errors.ts";
import { ConnectionSet } from "../src/shutdown/connection_set.ts";
import { within } from "./harness.ts";

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
