/**
 * A WebSocket client that does only what it is told. It never answers a ping or a Close, sends half
 * frames and illegal ones, and stops reading when nobody asks for a frame: the clients that a server
 * meets in the field and that a well-behaved library cannot play.
 *
 * It stands on `node:net` because `resetAndDestroy()` is the only way in Deno to send a TCP reset; a
 * closing `Deno.Conn` says FIN first.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import net from "node:net";
import {
  closePayload,
  type CloseReason,
  encodeFrame,
  type Frame,
  type FrameOptions,
  FrameParser,
  OPCODE,
  parseClosePayload,
} from "./frames.ts";

/** How to connect. */
export interface ConnectOptions {
  /** Headers to add or replace; `null` removes a default one, such as `origin`. */
  headers?: Record<string, string | null>;
  /** The request method. Default: `GET`. */
  method?: string;
  /** `Sec-WebSocket-Version`. Default: `13`. */
  version?: string;
  /** The version in the request line. Default: `1.1`. */
  httpVersion?: string;
  /** Aborts the connecting; it has no effect afterwards. */
  signal?: AbortSignal;
  /** How long connecting may take, and later each write, in milliseconds. Default: 5000. */
  timeoutMs?: number;
}

/** How the peer ended the connection. */
export type Ended = "fin" | "reset";

/** The Close frame that arrived, and whether the connection had ended with it. */
export interface CloseSeen extends CloseReason {
  /** `undefined`: the connection was still there. */
  ended: Ended | undefined;
}

/** The server answered the upgrade request with something else than 101. */
export class HandshakeError extends Error {
  /** Tells it apart in logs. */
  override name = "HandshakeError";

  /** Keeps the response, for whoever wants to know why. */
  constructor(
    /** The status of the response. */
    readonly status: number,
    /** The headers of the response. */
    readonly headers: Headers,
    /** The body, as far as `content-length` announced it; else what came along with the head. */
    readonly body: string,
  ) {
    super(`Cannot open a WebSocket: the response must be 101, got ${status}`);
  }
}

const DEFAULT_DEADLINE_MS = 5_000;
/** A response head longer than this is no answer to an upgrade request. */
const MAX_HEAD_BYTES = 65_536;

/** A connected client. Whatever it does not send and does not read, it leaves undone. */
export class RawSocket implements AsyncDisposable {
  /** The status of the handshake's response. */
  readonly status = 101;
  /** The headers of the handshake's response. */
  readonly headers: Headers;
  readonly #wire: Wire;
  readonly #timeoutMs: number;
  readonly #parser = new FrameParser();
  readonly #frames: Frame[] = [];

  private constructor(wire: Wire, headers: Headers, rest: Uint8Array, timeoutMs: number) {
    this.#wire = wire;
    this.headers = headers;
    this.#timeoutMs = timeoutMs;
    this.#frames.push(...this.#parser.push(rest));
  }

  /** Connects and upgrades. Throws {@linkcode HandshakeError} when the server refuses. */
  static async connect(url: string | URL, options: ConnectOptions = {}): Promise<RawSocket> {
    const { timeoutMs = DEFAULT_DEADLINE_MS, signal } = options;
    signal?.throwIfAborted();
    const target = new URL(url);
    if (target.protocol !== "ws:" && target.protocol !== "http:") {
      throw new TypeError(`Cannot connect: the URL must begin with ws:, got ${target.protocol}`);
    }
    const wire = new Wire(target);
    const abort = () => void wire.close();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      const { headers, rest } = await before(timeoutMs, "connect", upgrade(wire, target, options));
      return new RawSocket(wire, headers, rest, timeoutMs);
    } catch (error) {
      await wire.close();
      throw signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** How the peer ended the connection, as far as it did. Frames may still be waiting to be read. */
  get ended(): Ended | undefined {
    return this.#wire.ended;
  }

  /** Sends a text message in one frame. */
  async send(text: string): Promise<void> {
    await this.sendFrame({ opcode: OPCODE.text, payload: text });
  }

  /** Sends one frame, legal or not. */
  async sendFrame(options: FrameOptions): Promise<void> {
    await this.sendBytes(encodeFrame(options));
  }

  /** Sends a Close frame; without a code, an empty one. Does not wait for an answer. */
  async sendClose(code?: number, reason?: string): Promise<void> {
    const payload = code === undefined ? "" : closePayload(code, reason);
    await this.sendFrame({ opcode: OPCODE.close, payload });
  }

  /** Sends bytes as they are. Throws when the connection is gone or the peer stopped reading. */
  async sendBytes(bytes: Uint8Array): Promise<void> {
    await before(this.#timeoutMs, "write", this.#wire.write(bytes));
  }

  /** The next frame, or `undefined` once the connection is over. */
  async nextFrame(deadlineMs = DEFAULT_DEADLINE_MS): Promise<Frame | undefined> {
    const end = performance.now() + deadlineMs;
    while (this.#frames.length === 0) {
      const chunk = this.#wire.read();
      if (chunk) this.#frames.push(...this.#parser.push(chunk));
      else if (this.#wire.over) return undefined;
      else await before(end - performance.now(), "read a frame", this.#wire.change());
    }
    return this.#frames.shift();
  }

  /** Frames until the connection is over; each may take `deadlineMs`. */
  async *frames(deadlineMs = DEFAULT_DEADLINE_MS): AsyncIterableIterator<Frame> {
    for (let frame; (frame = await this.nextFrame(deadlineMs));) yield frame;
  }

  /**
   * Skips to the Close frame and returns what it says, without answering it: 1005 when it has no
   * code, 1002 when it is malformed. `undefined`: the connection was over without one.
   */
  async untilClose(deadlineMs = DEFAULT_DEADLINE_MS): Promise<CloseSeen | undefined> {
    for await (const { opcode, payload } of this.#framesUntil(performance.now() + deadlineMs)) {
      if (opcode !== OPCODE.close) continue;
      const said = parseClosePayload(payload) ?? { code: 1002, reason: "malformed Close frame" };
      return { ...said, ended: this.ended };
    }
    return undefined;
  }

  /** Skips everything until the peer ends the connection. */
  async untilEnd(deadlineMs = DEFAULT_DEADLINE_MS): Promise<Ended | undefined> {
    for await (const _ of this.#framesUntil(performance.now() + deadlineMs));
    return this.ended;
  }

  /** Half-closes: FIN follows what was written. Reading goes on. */
  async finish(): Promise<void> {
    await before(this.#timeoutMs, "half-close", this.#wire.finish());
  }

  /** Cuts the connection with a TCP reset. */
  async reset(): Promise<void> {
    await this.#wire.reset();
  }

  /** Closes the TCP connection without a Close frame. */
  async close(): Promise<void> {
    await this.#wire.close();
  }

  /** Closes the TCP connection, as {@linkcode close} does. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async *#framesUntil(end: number): AsyncIterableIterator<Frame> {
    for (;;) {
      const leftMs = end - performance.now();
      // A peer that floods always has a next frame ready, so the clock is asked each time.
      if (leftMs <= 0) throw new Deno.errors.TimedOut("Cannot wait on: the deadline has passed");
      const frame = await this.nextFrame(leftMs);
      if (!frame) return;
      yield frame;
    }
  }
}

/** A TCP connection that is read by asking for bytes. Node reads ahead 64 KiB and then stops. */
class Wire {
  readonly #socket: net.Socket;
  readonly #connected = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  #change = Promise.withResolvers<void>();
  #ended: Ended | undefined;
  #over = false;

  constructor(url: URL) {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    // Half-open, or Node would answer the peer's FIN with ours.
    this.#socket = net.connect({ host, port: Number(url.port || 80), allowHalfOpen: true })
      .setNoDelay(true)
      .on("connect", () => this.#connected.resolve())
      .on("readable", () => this.#notify())
      .on("end", () => this.#end("fin"))
      .on("error", (error) => {
        this.#connected.reject(error);
        this.#end("reset");
      })
      .on("close", () => {
        this.#connected.reject(new Deno.errors.Interrupted("Cannot connect: it was given up"));
        this.#end();
        this.#closed.resolve();
      });
    // The rejection is for whoever waits to be connected; nobody may be waiting any more.
    this.#connected.promise.catch(() => {});
  }

  /** Rejects with the system's error when nobody answers. */
  connected(): Promise<void> {
    return this.#connected.promise;
  }

  /** How the peer ended the connection, as far as it did. */
  get ended(): Ended | undefined {
    return this.#ended;
  }

  /** No more bytes will come. */
  get over(): boolean {
    return this.#over;
  }

  /** The bytes that are here, or `undefined` when there are none. */
  read(): Uint8Array | undefined {
    const bytes: Buffer | null = this.#socket.read();
    return bytes ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : undefined;
  }

  /** Resolves when there may be something to read, or no more to come. */
  change(): Promise<void> {
    return this.#change.promise;
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve());
    });
  }

  finish(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.end(resolve);
    });
  }

  reset(): Promise<void> {
    this.#socket.resetAndDestroy();
    return this.#closed.promise;
  }

  close(): Promise<void> {
    this.#socket.destroy();
    return this.#closed.promise;
  }

  #end(how?: Ended): void {
    this.#ended ??= how;
    this.#over = true;
    this.#notify();
  }

  #notify(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}

interface ResponseHead {
  status: number;
  headers: Headers;
  /** What came after the head. */
  rest: Uint8Array;
}

async function upgrade(wire: Wire, url: URL, options: ConnectOptions): Promise<ResponseHead> {
  await wire.connected();
  await wire.write(Buffer.from(upgradeRequest(url, options)));
  const head = await readHead(wire);
  if (head.status === 101) return head;
  throw new HandshakeError(head.status, head.headers, await readBody(wire, head));
}

function upgradeRequest(url: URL, options: ConnectOptions): string {
  const key = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
  const headers = new Map<string, string | null>([
    ["host", url.host],
    ["origin", `http://${url.host}`],
    ["connection", "Upgrade"],
    ["upgrade", "websocket"],
    ["sec-websocket-key", key],
    ["sec-websocket-version", options.version ?? "13"],
  ]);
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    headers.set(name.toLowerCase(), value);
  }
  const { method = "GET", httpVersion = "1.1" } = options;
  const lines = [`${method} ${url.pathname}${url.search} HTTP/${httpVersion}`];
  for (const [name, value] of headers) if (value !== null) lines.push(`${name}: ${value}`);
  return lines.join("\r\n") + "\r\n\r\n";
}

async function readHead(wire: Wire): Promise<ResponseHead> {
  let bytes = Buffer.alloc(0);
  let end = -1;
  while ((end = bytes.indexOf("\r\n\r\n")) < 0) {
    if (bytes.length > MAX_HEAD_BYTES) throw new Deno.errors.InvalidData(noHead("it is too long"));
    const chunk = await readSome(wire);
    if (!chunk) throw new Deno.errors.UnexpectedEof(noHead(`got ${wire.ended ?? "closed"}`));
    bytes = Buffer.concat([bytes, chunk]);
  }
  const [statusLine, ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(statusLine!)?.[1];
  if (!status) throw new Deno.errors.InvalidData(noHead(`got ${JSON.stringify(statusLine)}`));
  const headers = new Headers(lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  }));
  return { status: Number(status), headers, rest: new Uint8Array(bytes.subarray(end + 4)) };
}

async function readBody(wire: Wire, { headers, rest }: ResponseHead): Promise<string> {
  const length = Number(headers.get("content-length") ?? rest.length);
  let bytes = Buffer.from(rest);
  while (bytes.length < length) {
    const chunk = await readSome(wire);
    if (!chunk) break;
    bytes = Buffer.concat([bytes, chunk]);
  }
  return bytes.toString("utf8");
}

/** The next bytes, or `undefined` when no more will come. */
async function readSome(wire: Wire): Promise<Uint8Array | undefined> {
  for (;;) {
    const chunk = wire.read();
    if (chunk || wire.over) return chunk;
    await wire.change();
  }
}

function noHead(why: string): string {
  return `Cannot read the handshake: the server must answer in HTTP, ${why}`;
}

async function before<T>(deadlineMs: number, what: string, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Deno.errors.TimedOut(`Cannot ${what}: the deadline has passed`));
  }, deadlineMs);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
