import { assertEquals } from "@std/assert";
import { closePayload, encodeFrame, FrameParser, OPCODE } from "../cli/frames.ts";
import { FrameMemory } from "../cli/loadtest/load/frame_memory.ts";
import { type WireData, WireSocket } from "../cli/loadtest/load/wire_socket.ts";
import { within } from "../cli/loadtest/wait.ts";
import { type Behaviour, serveRaw } from "./peers/raw_ws_server.ts";

const frame = (opcode: number, payload: string | Uint8Array = "") =>
  encodeFrame({ opcode, payload, mask: false });
const closeFrame = (code: number) => frame(OPCODE.close, closePayload(code, "bye"));
const text = frame(OPCODE.text, "hello");
const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

/** What a socket tells: to its client, and to who watches the wire. */
interface Told {
  client: unknown[];
  wire: unknown[];
}

const encoder = new TextDecoder();
const words = ({ bytes }: WireData) => encoder.decode(bytes);

/** Connects, lets `act` happen, and waits for the end. */
async function observe(
  behaviour: Behaviour | { url: string },
  act: (socket: WireSocket) => void = () => {},
): Promise<Told> {
  await using server = "url" in behaviour ? null : await serveRaw(behaviour);
  const told: Told = { client: [], wire: [] };
  const ended = Promise.withResolvers<void>();
  const url = "url" in behaviour ? behaviour.url : server!.url;
  const socket = new WireSocket(url, [], {
    ...{ origin: "http://a.example", memory: new FrameMemory() },
    watch: {
      opened: () => told.wire.push("opened"),
      refused: (why) => told.wire.push(["refused", why]),
      closed: (end) => told.wire.push(end),
      gone: (bytes) => told.wire.push(["gone", bytes]),
    },
  });
  socket.addEventListener("open", () => act(socket));
  socket.addEventListener("message", ({ data }) => told.client.push(words(data as WireData)));
  socket.addEventListener("close", ({ code, reason }) => {
    told.client.push([code, reason]);
    ended.resolve();
  });
  await within(1_000, ended.promise);
  socket.release();
  return told;
}

const restarted = { how: "closed", code: 1012, reason: "bye" };

Deno.test("WireSocket reads, tells the Close frame and the end of TCP, and answers", async () => {
  const parser = new FrameParser();
  const heard: unknown[] = [];
  const { client, wire } = await observe({
    opened: (socket) => socket.write(join(text, frame(OPCODE.ping, "?"), closeFrame(1012))),
    heard(socket, bytes) {
      heard.push(...parser.push(bytes).map(({ opcode }) => opcode));
      if (heard.includes(OPCODE.close)) socket.end();
    },
  });
  assertEquals(client, ["hello", [1012, "bye"]]);
  assertEquals(wire, ["opened", restarted, ["gone", 0]]);
  assertEquals(heard, [OPCODE.pong, OPCODE.close]);
});

Deno.test("WireSocket counts what comes after the Close frame, at once or later", async () => {
  const together = await observe({ opened: (socket) => socket.end(join(closeFrame(1012), text)) });
  assertEquals(together.wire.at(-1), ["gone", text.length]);
  const apart = await observe({
    opened(socket) {
      socket.write(closeFrame(1012));
      setTimeout(() => socket.end(text), 50);
    },
  });
  assertEquals(apart.wire.at(-1), ["gone", text.length]);
  assertEquals(together.client, [[1012, "bye"]]);
});

Deno.test("WireSocket says cut when TCP ends without a Close frame", async () => {
  const fin = await observe({ opened: (socket) => socket.end(text) });
  assertEquals(fin.wire, ["opened", { how: "cut" }, ["gone", 0]]);
  assertEquals(fin.client, ["hello", [1006, ""]]);
  const reset = await observe({ opened: (socket) => socket.resetAndDestroy() });
  assertEquals([reset.wire.length, reset.client], [3, [[1006, ""]]]);
});

for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000]) {
  Deno.test(`WireSocket says cut when the code of the Close frame is ${code}`, async () => {
    const { client, wire } = await observe({ opened: (socket) => socket.write(closeFrame(code)) });
    const error = `the server broke the protocol: a Close frame with ${code}`;
    assertEquals(wire, ["opened", { how: "cut", error }, ["gone", 0]]);
    assertEquals(client, [[1006, ""]]);
  });
}

Deno.test("WireSocket takes a Close frame without a code for 1005", async () => {
  const { wire } = await observe({ opened: (socket) => socket.end(frame(OPCODE.close)) });
  assertEquals(wire, ["opened", { how: "closed", code: 1005, reason: "" }, ["gone", 0]]);
});

Deno.test("WireSocket says who gave up, and what the server answered", async () => {
  const { client, wire } = await observe({
    heard: (socket) => socket.end(closeFrame(1000)),
  }, (socket) => socket.close(3008, "late"));
  assertEquals(wire, ["opened", { how: "given up", code: 3008, reason: "late" }, ["gone", 0]]);
  assertEquals(client, [[1000, "bye"]]);
});

Deno.test("WireSocket says why there is no connection", async () => {
  const response = (line: string) => `HTTP/1.1 ${line}\r\ncontent-length: 0\r\n\r\n`;
  const refused: [string, string][] = [
    [response("503 Service Unavailable"), "HTTP 503"],
    [response("101 Switching Protocols"), "a wrong Sec-WebSocket-Accept"],
    ["hello\r\n\r\n", "no HTTP"],
    ["HTTP/1.1 101", "cut in the handshake"],
    [`HTTP/1.1 200 OK\r\nx: ${"x".repeat(20_000)}`, "a head that is too long"],
  ];
  for (const [text, why] of refused) {
    const { client, wire } = await observe({ response: text });
    assertEquals([wire, client], [[["refused", why]], [[1006, ""]]]);
  }
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr;
  free.close();
  const { wire } = await observe({ url: `ws://127.0.0.1:${port}/` });
  assertEquals(wire, [["refused", "ECONNREFUSED"]]);
});
