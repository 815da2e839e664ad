/**
 * Reads the whole log as somebody new would: with a client of its own that leaves nothing out. It says
 * a last word itself; when that comes back, everything acknowledged before has come.
 *
 * This module loads `npm:ws`, which reads the environment while loading.
 *
 * @module
 */

import {
  type ClientFrame,
  encode,
  type HelloFrame,
  parseServerFrame,
  type ServerFrame,
  SUBPROTOCOL,
} from "@lastcall/lastcall/client";
// @ts-types="npm:@types/ws@8.18.1"
import WebSocket from "ws";
import { HANDSHAKE_TIMEOUT_MS } from "../client.ts";
import { within } from "../wait.ts";
import type { LogCopy } from "./checker.ts";
import type { FrameDecoder } from "./frame_decoder.ts";

/** What reading needs. */
export interface LogReaderOptions {
  origin: string;
  decoder: FrameDecoder;
  deadlineMs: number;
  abort: AbortSignal;
}

const LAST_WORD = "the last word";

/** Reads the log behind `url`. Never rejects: what went wrong is in `missing`. */
export async function readLog(url: string, options: LogReaderOptions): Promise<LogCopy> {
  const copy: LogCopy = { ns: [], seqs: [] };
  const reading = (async () => {
    const epoch = await readEpoch(url, options);
    await copyAll(url, { epoch, copy, ...options });
  })();
  let missing: string | undefined = "the log could not be read to its end in time";
  reading.then(() => missing = undefined, (error) => missing = (error as Error).message);
  await within(options.deadlineMs, reading, options.abort);
  // What comes later must not change what was handed out.
  const { ns, seqs } = copy;
  return { ns: [...ns], seqs: [...seqs], ...missing === undefined ? {} : { missing } };
}

async function readEpoch(url: string, options: LogReaderOptions): Promise<string> {
  using talk = new Talk(url, { type: "hello" }, options);
  for await (const frame of talk.frames()) if (frame.type === "welcome") return frame.epoch;
  throw new Error("the log could not be read: there was no welcome");
}

async function copyAll(
  url: string,
  { epoch, copy, ...options }: LogReaderOptions & { epoch: string; copy: LogCopy },
): Promise<void> {
  using talk = new Talk(url, { type: "hello", after: { epoch, seq: 0 } }, options);
  let me = "";
  for await (const frame of talk.frames()) {
    if (frame.type === "welcome") {
      if (!frame.recovered) throw new Error(`the log is not complete: ${frame.reason}`);
      me = frame.from;
      talk.say({ type: "publish", id: 1, content: LAST_WORD });
    } else if (frame.type === "messages") {
      const { ns, seqs } = options.decoder.batch(frame.items);
      copy.ns.push(...ns);
      copy.seqs.push(...seqs);
      if (frame.items.some(({ from, id }) => from === me && id === 1)) return;
    } else if (frame.type === "rejected") {
      throw new Error(`the last word was rejected: ${frame.code}`);
    }
  }
  throw new Error("the connection ended before the log had been read to its end");
}

/** One conversation, without any help. */
class Talk implements Disposable {
  readonly #socket: WebSocket;
  readonly #frames: ReadableStream<ServerFrame>;

  constructor(url: string, hello: HelloFrame, { origin }: LogReaderOptions) {
    const socket = this.#socket = new WebSocket(url, [SUBPROTOCOL], {
      origin,
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    });
    socket.on("open", () => this.say(hello));
    this.#frames = new ReadableStream({
      start(controller) {
        socket.on("message", (data) => {
          const frame = parseServerFrame(String(data));
          if (frame && "wrong" in frame) controller.error(new Error(frame.wrong));
          else if (frame) controller.enqueue(frame);
        });
        socket.on("error", (error) => controller.error(error));
        socket.on("close", () => {
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
    this.#socket.terminate();
  }
}
