/**
 * Reads the whole log of a room as somebody new would: with a client of its own that leaves nothing out.
 * It says a last word itself; when that comes back, everything acknowledged before has come.
 *
 * @module
 */

import {
  type ClientFrame,
  encode,
  type HelloFrame,
  type ServerFrame,
  SUBPROTOCOL,
} from "@lastcall/lastcall/client";
import { sleep, within } from "../wait.ts";
import type { FrameDecoder } from "./frame_decoder.ts";
import { type WireData, WireSocket } from "./wire_socket.ts";

/** What reading needs. */
export interface LogReaderOptions {
  origin: string;
  decoder: FrameDecoder;
  /** How long to wait for more, in ms. */
  patienceMs: number;
  abort: AbortSignal;
  /** Gets each batch of the log, in order. */
  onBatch: (b: number) => void;
}

/** How far reading came. */
export interface LogRead {
  /** The seq of the last message that was read. */
  head: number;
  /** Why not all was read. Absent: it was. */
  missing?: string;
}

const RETRY_MS = 500;
const LAST_WORD = "the last word";

/** Reads the log behind `url`. Never rejects: what went wrong is in `missing`. */
export async function readLog(url: string, options: LogReaderOptions): Promise<LogRead> {
  const read: LogRead = {
    head: 0,
    missing: "nobody was welcomed to read it, or nothing more came before its end",
  };
  const over = new AbortController();
  const abort = AbortSignal.any([options.abort, over.signal]);
  let batches = 0;
  const reading = (async () => {
    const epoch = await readEpoch(url, { ...options, abort });
    await readAll(url, epoch, {
      ...options,
      onItems(items) {
        // What comes later must not be told any more.
        if (over.signal.aborted) return;
        batches++;
        options.onBatch(options.decoder.batch(items));
        read.head = Math.max(read.head, ...items.map(({ seq }) => seq));
      },
    });
  })();
  reading.then(() => delete read.missing, (error) => read.missing = (error as Error).message);
  for (let before = -1; before < batches && !options.abort.aborted;) {
    before = batches;
    if (await within(options.patienceMs, reading, options.abort)) break;
  }
  over.abort();
  return { ...read };
}

type Items = Extract<ServerFrame, { type: "messages" }>["items"];

/** A server that was hit a moment ago may turn newcomers away for a while. */
async function readEpoch(url: string, options: LogReaderOptions): Promise<string> {
  while (!options.abort.aborted) {
    using talk = new Talk(url, { type: "hello" }, options);
    for await (const frame of talk.frames()) if (frame.type === "welcome") return frame.epoch;
    await sleep(RETRY_MS, options.abort);
  }
  throw new Error("the log could not be read: there was no welcome");
}

async function readAll(
  url: string,
  epoch: string,
  { onItems, ...options }: LogReaderOptions & { onItems: (items: Items) => void },
): Promise<void> {
  using talk = new Talk(url, { type: "hello", after: { epoch, seq: 0 } }, options);
  let me = "";
  for await (const frame of talk.frames()) {
    if (frame.type === "welcome") {
      if (!frame.recovered) throw new Error(`the log is not complete: ${frame.reason}`);
      me = frame.from;
      talk.say({ type: "publish", id: 1, content: LAST_WORD });
    } else if (frame.type === "messages") {
      onItems(frame.items);
      if (frame.items.some(({ from, id }) => from === me && id === 1)) return;
    } else if (frame.type === "rejected") {
      throw new Error(`the last word was rejected: ${frame.code}`);
    }
  }
  throw new Error("the connection ended before the log had been read to its end");
}

/** One conversation, without any help. */
class Talk implements Disposable {
  readonly #socket: WireSocket;
  readonly #frames: ReadableStream<ServerFrame>;

  constructor(url: string, hello: HelloFrame, { origin, decoder }: LogReaderOptions) {
    const none = () => {};
    const socket = this.#socket = new WireSocket(url, [SUBPROTOCOL], {
      ...{ origin, memory: decoder.memory },
      watch: { opened: none, refused: none, closed: none, gone: none },
    });
    this.#frames = new ReadableStream({
      start(controller) {
        socket.addEventListener("open", () => socket.send(encode(hello)));
        socket.addEventListener("message", ({ data }) => {
          const frame = decoder.decode(data as WireData);
          if (frame && "wrong" in frame) controller.error(new Error(frame.wrong));
          else if (frame) controller.enqueue(frame);
        });
        socket.addEventListener("close", () => {
          try {
            controller.close();
          } catch {
            // It had failed before.
          }
        });
      },
    });
  }

  say(frame: ClientFrame): void {
    this.#socket.send(encode(frame));
  }

  frames(): AsyncIterable<ServerFrame> {
    return this.#frames;
  }

  [Symbol.dispose](): void {
    this.#socket.release();
  }
}
