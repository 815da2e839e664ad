import { assert, assertEquals } from "@std/assert";
import { closePayload, encodeFrame, FrameParser, OPCODE } from "../cli/frames.ts";
import type { LoadClient } from "../cli/loadtest/client.ts";
import { CLIENT_KINDS, type ClientKind } from "../cli/loadtest/mix.ts";
import type { ClientRecord } from "../cli/loadtest/run.ts";
import { within } from "../cli/loadtest/wait.ts";
import { testThatNeeds } from "./needs.ts";
import { type Behaviour, serveRaw } from "./peers/raw_ws_server.ts";

// npm:ws reads the environment while loading.
const NEEDS = { permissions: ["env"] as Deno.PermissionName[] };

const frame = (opcode: number, payload: string | Uint8Array = "") =>
  encodeFrame({ opcode, payload, mask: false });
const closeFrame = (code: number) => frame(OPCODE.close, closePayload(code, "bye"));
const text = frame(OPCODE.text, "hello");
const ping = frame(OPCODE.ping, "?");
const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

interface Observed {
  record: ClientRecord;
  messages: string[];
}

/** Connects a client of `kind`, lets `act` happen, waits for its end if it comes, and releases it. */
async function observe(
  kind: ClientKind,
  behaviour: Behaviour,
  act: (client: LoadClient) => void | Promise<void> = () => {},
): Promise<Observed> {
  await using server = await serveRaw(behaviour);
  const messages: string[] = [];
  const onMessage = (payload: Uint8Array) => void messages.push(new TextDecoder().decode(payload));
  const client = await create(kind, server.url, onMessage);
  await client.connect();
  await act(client);
  await within(400, client.over);
  client.release();
  await client.over;
  return { record: client.record, messages };
}

async function create(
  kind: ClientKind,
  url: string,
  onMessage: (payload: Uint8Array) => void,
): Promise<LoadClient> {
  const options = { url, origin: "http://a.example", now: () => performance.now() };
  if (kind !== "normal") {
    const { createOddClient } = await import("../cli/loadtest/odd_clients.ts");
    return createOddClient(kind, { ...options, protocol: "echo", index: 0 });
  }
  const { WsClient } = await import("../cli/loadtest/ws_client.ts");
  return new WsClient({ ...options, onMessage });
}

const restarted = { how: "closed" as const, code: 1012, reason: "bye" };

testThatNeeds(NEEDS, "a normal client reads, and records the Close frame", async () => {
  const { record, messages } = await observe("normal", {
    opened: (socket) => {
      socket.write(text);
      socket.end(closeFrame(1012));
    },
  });
  assertEquals([record.end, record.bytesAfterClose], [restarted, 0]);
  assertEquals(messages, ["hello"]);
  assert(record.endedAtMs! >= record.openedAtMs!);
});

testThatNeeds(NEEDS, "a normal client counts a Close frame although TCP goes on", async () => {
  const { record } = await observe("normal", {
    opened: (socket) => socket.write(closeFrame(1012)),
  });
  assertEquals(record.end, restarted);
});

testThatNeeds(NEEDS, "a normal client records a Close frame without a code", async () => {
  const { record } = await observe("normal", {
    opened: (socket) => socket.end(frame(OPCODE.close)),
  });
  assertEquals(record.end, { how: "closed", code: 1005, reason: "" });
});

testThatNeeds(
  NEEDS,
  "a normal client is cut when TCP ends, or the Close frame is illegal",
  async () => {
    const fin = await observe("normal", { opened: (socket) => socket.end() });
    assertEquals(fin.record.end, { how: "cut" });
    const reset = await observe("normal", { opened: (socket) => socket.resetAndDestroy() });
    assertEquals(reset.record.end?.how, "cut");
    const illegal = await observe("normal", { opened: (socket) => socket.end(closeFrame(1005)) });
    assertEquals(illegal.record.end?.how, "cut");
  },
);

testThatNeeds(NEEDS, "a normal client counts what comes after the Close frame", async () => {
  const together = await observe("normal", {
    opened: (socket) => socket.end(join(closeFrame(1012), text)),
  });
  assertEquals(together.record.bytesAfterClose, text.length);
  const apart = await observe("normal", {
    opened: (socket) => {
      socket.write(closeFrame(1012));
      setTimeout(() => socket.write(text), 50);
    },
  });
  assertEquals(apart.record.bytesAfterClose, text.length);
  assertEquals([together.messages, apart.messages], [[], []]);
});

testThatNeeds(NEEDS, "a client of any kind records why it was refused", async () => {
  const response = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
  for (const kind of CLIENT_KINDS) {
    const { record } = await observe(kind, { response });
    assertEquals([record.refusal, record.openedAtMs], ["HTTP 503", undefined], kind);
  }
});

testThatNeeds(NEEDS, "a mute client answers pings and no Close", async () => {
  const parser = new FrameParser();
  const heard: number[] = [];
  const { record } = await observe("mute", {
    opened: (socket) => socket.write(join(text, ping, closeFrame(1012), ping)),
    heard: (_, bytes) => heard.push(...parser.push(bytes).map(({ opcode }) => opcode)),
  });
  assertEquals(heard, [OPCODE.pong]);
  assertEquals(record.end, restarted);
});

testThatNeeds(
  NEEDS,
  "a half-open client never says a thing, and nothing ends it but us",
  async () => {
    let heard = 0;
    const { record } = await observe("half-open", {
      opened: (socket) => socket.end(join(ping, closeFrame(1012))),
      heard: () => heard++,
    });
    assertEquals([heard, record.end], [0, { how: "left" }]);
  },
);
