/** Shared by the tests that pin what Deno's WebSockets do: a server that writes down every event. */

import { type Frame, OPCODE, parseClosePayload } from "../cli/frames.ts";
import { RawSocket } from "../cli/raw_socket.ts";

const DEADLINE_MS = 5_000;

/** One connection, seen from both ends. */
export interface Pair {
  server: RecordingServer;
  client: RawSocket;
  /** The server's end. */
  socket: WebSocket;
  /** What happened to `socket`, in words: `message hi`, `error …`, `close 1000 "bye" clean`. */
  events: string[];
}

type ServerEnd = Pick<Pair, "socket" | "events">;

/** How a {@linkcode RecordingServer} upgrades. */
export interface RecordingOptions {
  /** Seconds; 0 turns Deno's pings off, so that nothing happens unasked. */
  idleTimeout?: number;
  /** Called before the socket opens. */
  onSocket?: (socket: WebSocket) => void;
}

/** A WebSocket server that records what each of its sockets reports. */
export class RecordingServer implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #opened = new Map<string, PromiseWithResolvers<ServerEnd>>();
  #stopped: Promise<void> | undefined;

  constructor(options: RecordingOptions = {}) {
    const listen = { port: 0, hostname: "127.0.0.1", onListen() {} };
    this.#server = Deno.serve(listen, (request) => {
      const { idleTimeout = 0 } = options;
      const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout });
      const events = record(socket);
      const opened = this.#opened.get(new URL(request.url).pathname);
      socket.addEventListener("open", () => opened?.resolve({ socket, events }));
      options.onSocket?.(socket);
      return response;
    });
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Connects a client and waits until the server's end is open. */
  async connect(options: Parameters<typeof RawSocket.connect>[1] = {}): Promise<Pair> {
    const path = `/${this.#opened.size}`;
    const opened = Promise.withResolvers<ServerEnd>();
    this.#opened.set(path, opened);
    const client = await RawSocket.connect(this.url + path, options);
    return { server: this, client, ...await within(DEADLINE_MS, opened.promise, "open") };
  }

  shutdown(): Promise<void> {
    return this.#stopped ??= this.#server.shutdown();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await within(DEADLINE_MS, this.shutdown(), "shut down");
  }
}

function record(socket: WebSocket): string[] {
  const events: string[] = [];
  socket.addEventListener("message", ({ data }) => events.push(`message ${data}`));
  socket.addEventListener("error", (event) => {
    // The number is the system's, not Deno's.
    const message = (event as ErrorEvent).message.replace(/os error \d+/, "os error N");
    events.push(`error ${message}`);
  });
  socket.addEventListener("close", ({ code, reason, wasClean }) => {
    events.push(`close ${code} "${reason}" ${wasClean ? "clean" : "unclean"}`);
  });
  return events;
}

/** What a client sees until its connection ends: `close 1000 "bye", fin`. */
export async function everythingSeenBy(client: RawSocket): Promise<string> {
  const seen: string[] = [];
  for await (const frame of client.frames(DEADLINE_MS)) seen.push(describe(frame));
  return [...seen, client.ended].join(", ");
}

function describe({ opcode, payload }: Frame): string {
  if (opcode !== OPCODE.close) return new TextDecoder().decode(payload);
  const said = parseClosePayload(payload);
  return said ? `close ${said.code} "${said.reason}"` : "close malformed";
}

/** Waits until `condition` holds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > end) throw new Deno.errors.TimedOut(`Cannot wait longer until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** The value of `promise`, which must settle within `ms`. */
export async function within<T>(ms: number, promise: Promise<T>, what: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Deno.errors.TimedOut(`Cannot ${what} within ${ms} ms`));
  }, ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

const MEBIBYTE = "x".repeat(2 ** 20);

/** How many messages of 1 MiB are more than the kernel buffers. */
export const STUCK_MESSAGES = 32;

/** Fills the way to a peer that does not read: some bytes stay queued, and nothing moves. */
export async function fillSendQueue(socket: WebSocket): Promise<void> {
  for (let i = 0; i < STUCK_MESSAGES; i++) socket.send(MEBIBYTE);
  let last = NaN;
  let still = 0;
  await until(() => {
    still = socket.bufferedAmount === last ? still + 1 : 0;
    last = socket.bufferedAmount;
    return still >= 10;
  }, "the send queue is stuck");
}
