/**
 * A client behind a very slow line: it reads 1 KiB/s, a little at a time, and answers pings and Close
 * when it gets to them. It stands on `Deno.connect`, which reads no more than it is asked for; what the
 * system's own buffers hold for it cannot be made smaller from here.
 *
 * @module
 */

import { encodeFrame, type Frame, FrameParser, OPCODE } from "../frames.ts";
import {
  type ClientOptions,
  HANDSHAKE_TIMEOUT_MS,
  type LoadClient,
  newRecord,
  refusalOf,
} from "./client.ts";
import { Handshake, Refusal, type Wish } from "./load/handshake.ts";
import { sleep, within } from "./wait.ts";
import { noteEnd, noteFrame, noteRelease } from "./wire_record.ts";

const SLICE_BYTES = 256;
const SLICES_PER_SECOND = 4;
/** When it is to catch up. */
const FAST_SLICE_BYTES = 65_536;

/** A client that reads slowly. */
export class SlowClient implements LoadClient {
  readonly record = newRecord("slow");
  readonly #options: ClientOptions;
  readonly #over = Promise.withResolvers<void>();
  readonly #hurry = new AbortController();
  readonly #parser = new FrameParser();
  #connection: Deno.TcpConn | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  get over(): Promise<void> {
    return this.#over.promise;
  }

  async connect(): Promise<void> {
    const opening = this.#open();
    if (await within(HANDSHAKE_TIMEOUT_MS, opening)) return await opening;
    this.record.refusal ??= "no answer in the handshake";
    this.release();
    await opening;
  }

  /** Reads what is left as fast as it comes. */
  hurry(): void {
    this.#hurry.abort();
  }

  release(): void {
    noteRelease(this.record);
    this.#over.resolve();
    this.#hurry.abort();
    this.#close();
  }

  async #open(): Promise<void> {
    const { url: href, origin, greeting, now } = this.#options;
    const url = new URL(href);
    try {
      const hostname = url.hostname.replace(/^\[|\]$/g, "");
      const connection = this.#connection = await Deno.connect({
        hostname,
        port: Number(url.port || 80),
      });
      const protocols = greeting ? [greeting.protocol] : [];
      const rest = await this.#upgrade(connection, { url, protocols, origin });
      if (greeting) await this.#send(OPCODE.text, greeting.text);
      this.record.openedAtMs = now();
      void this.#listen(connection, rest);
    } catch (error) {
      this.record.refusal ??= refusalOf(error);
      this.#over.resolve();
      this.#close();
    }
  }

  /** Returns what came after the handshake. */
  async #upgrade(connection: Deno.TcpConn, wish: Wish): Promise<Uint8Array> {
    const handshake = new Handshake(wish);
    await writeAll(connection, handshake.request);
    const bytes = new Uint8Array(SLICE_BYTES);
    for (let length; (length = await connection.read(bytes)) !== null;) {
      const agreement = handshake.push(bytes.subarray(0, length));
      if (agreement) return agreement.rest;
    }
    throw new Refusal("cut in the handshake");
  }

  async #listen(connection: Deno.TcpConn, rest: Uint8Array): Promise<void> {
    try {
      await this.#take(rest);
      for (let bytes; (bytes = await this.#read(connection));) await this.#take(bytes);
    } catch {
      // Reset, or an answer that could not be written: the connection is over.
    }
    noteEnd(this.record, this.#options.now());
    this.#over.resolve();
    this.#close();
  }

  /** The next few bytes, in their time; `undefined` at the end. */
  async #read(connection: Deno.TcpConn): Promise<Uint8Array | undefined> {
    const { signal } = this.#hurry;
    await sleep(1_000 / SLICES_PER_SECOND, signal);
    const bytes = new Uint8Array(signal.aborted ? FAST_SLICE_BYTES : SLICE_BYTES);
    const length = await connection.read(bytes);
    return length === null ? undefined : bytes.subarray(0, length);
  }

  async #take(bytes: Uint8Array): Promise<void> {
    for (const frame of this.#parser.push(bytes)) {
      const isFirst = !this.record.end;
      noteFrame(this.record, frame, this.#options.now());
      if (isFirst) await this.#answer(frame);
    }
  }

  async #answer({ opcode, payload }: Frame): Promise<void> {
    if (opcode === OPCODE.close) await this.#send(OPCODE.close, payload);
    if (opcode === OPCODE.ping) await this.#send(OPCODE.pong, payload);
  }

  async #send(opcode: number, payload: Uint8Array | string): Promise<void> {
    await writeAll(this.#connection!, encodeFrame({ opcode, payload }));
  }

  #close(): void {
    try {
      this.#connection?.close();
    } catch {
      // It was closed before.
    }
  }
}

/** A connection may take less at a time. */
async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}
