import { assertEquals } from "@std/assert";
import type { JournalEvent } from "../cli/loadtest/journal/events.ts";
import { Journal } from "../cli/loadtest/journal/journal.ts";
import { FrameDecoder } from "../cli/loadtest/load/frame_decoder.ts";
import { readLog } from "../cli/loadtest/load/log_reader.ts";
import { MessageCodec } from "../cli/loadtest/payload.ts";
import { createChat } from "../src/chat.ts";
import { MemoryLog } from "../src/message_log/memory_log.ts";
import { ORIGIN, TestLog } from "./harness.ts";

/** Reads the log of a chat that turns away so many who come first; what was read, and who came. */
async function readBehind({ refusals, patienceMs }: { refusals: number; patienceMs: number }) {
  const messageLog = new MemoryLog();
  const chat = await createChat({ allowedOrigins: [ORIGIN], softLagMs: 0, hardLagMs: 0 }, {
    ...{ messageLog, log: new TestLog() },
  });
  let came = 0;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request, info) =>
      ++came > refusals ? chat.handle(request, info) : new Response("", { status: 503 }),
  );
  const codec = new MessageCodec({ run: 7, protocol: "v1", sizeBytes: 80 });
  const events: JournalEvent[] = [];
  const journal = new Journal({
    now: () => 0,
    sink: (event) => void events.push(event),
    readers: 1,
  });
  const read = await readLog(`ws://127.0.0.1:${server.addr.port}/ws`, {
    ...{ origin: ORIGIN, patienceMs, abort: new AbortController().signal, onBatch() {} },
    decoder: new FrameDecoder({ codec, journal, room: 0, offered: () => 0 }),
  });
  await chat.shutdownWith(server).start("over");
  return { read, came };
}

Deno.test("readLog() reads up to its own last word, and comes again after a 503", async () => {
  assertEquals(await readBehind({ refusals: 1, patienceMs: 5_000 }), {
    ...{ read: { head: 1 }, came: 3 },
  });
});

Deno.test("readLog() says so when it is never welcomed", async () => {
  const { read } = await readBehind({ refusals: Infinity, patienceMs: 100 });
  assertEquals(read, {
    head: 0,
    missing: "nobody was welcomed to read it, or nothing more came before its end",
  });
});
