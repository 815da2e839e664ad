/**
 * The socket under a `ChatClient`: a plain TCP connection that speaks WebSocket, tells a refusal, a Close
 * frame and a cut apart, and reads into a buffer of its own, so that ten thousand of them fit into one
 * process. `npm:ws` under Deno spends more on clearing and collecting buffers than on the messages.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { SocketEventLike, SocketEventName, SocketLike } from "@lastcall/lastcall/client";
import { closePayload, encodeFrame, OPCODE, parseClosePayload } from "../../frames.ts";
import { HANDSHAKE_TIMEOUT_MS, refusalOf } from "../client.ts";
import type { CloseEvent } from "../journal/events.ts";
import type { FrameMemory, KnownFrame } from "./frame_memory.ts";
import { FrameReader } from "./frame_reader.ts";
import { Refusal, upgrade, writeAll } from "./handshake.ts";

/** Who is told what happens on the wire. */
export interface WireWatch {
  /** The handshake is complete; a proxy may name the server that it chose, as `host:port`. */
  opened(servedBy?: string): void;
  refused(why: string): void;
  /** The connection ended; a second call corrects the first. */
  closed(end: Pick<CloseEvent, "how" | "code" | "reason" | "error">): void;
  /** TCP ended. */
  gone(bytesAfterClose: number): void;
}

/** What a socket must know. */
export interface WireSocketOptions {
  origin: string;
  /** Frames that are known already. Absent: each is read by itself, and valid during the event only. */
  memory?: FrameMemory;
  watch: WireWatch;
}

/** What arrives as the `data` of a message. */
export type WireData = KnownFrame | Buffer;

type Listener = (event: SocketEventLike) => void;
type State = "connecting" | "open" | "given up" | "closing" | "gone";

const READ_BYTES = 32_768;
/** How long the server may take to end TCP after the Close frames. */
const TCP_END_TIMEOUT_MS = 5_000;
const NORMAL = 1000;
const PROTOCOL_ERROR = 1002;
const NO_STATUS = 1005;
const NO_CLOSE_FRAME = 1006;

/** One connection. */
export class WireSocket implements SocketLike {
  readonly #watch: WireWatch;
  readonly #listeners = new Map<SocketEventName, Listener>();
  readonly #reader: FrameReader;
  #tcp: Deno.Conn | undefined;
  #protocol = "";
  #isOpened = false;
  #state: State = "connecting";
  #end = { code: NO_CLOSE_FRAME, reason: "" };
  #bytesAfterClose = 0;
  #unsentBytes = 0;
  #writes: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string, protocols: string[], { origin, memory, watch }: WireSocketOptions) {
    this.#watch = watch;
    this.#reader = new FrameReader(memory, {
      text: (data) => this.#emit({ type: "message", data }),
      control: (opcode, payload) => this.#control(opcode, payload),
      broke: (why) => this.#broke(why),
    });
    this.#deadline(HANDSHAKE_TIMEOUT_MS);
    void this.#run(new URL(url), { origin, protocols });
  }

  get protocol(): string {
    return this.#protocol;
  }

  /** Bytes that the system has not taken yet. */
  get bufferedAmount(): number {
    return this.#unsentBytes;
  }

  send(text: string): void {
    this.#write(OPCODE.text, text);
  }

  /** The client gives up on it. */
  close(code = NORMAL, reason = ""): void {
    if (this.#state === "open") this.#sayGoodbye({ how: "given up", code, reason });
    else if (this.#state === "connecting") this.#cut();
  }

  /** The run is over: a goodbye that is nobody's fault. */
  leave(): void {
    if (this.#state === "open") this.#sayGoodbye({ how: "left" });
  }

  /** Frees it at once, without a goodbye. */
  release(): void {
    this.#listeners.clear();
    if (this.#state === "open") this.#watch.closed({ how: "left" });
    this.#cut();
  }

  addEventListener(type: SocketEventName, listener: Listener): void {
    this.#listeners.set(type, listener);
  }

  removeEventListener(type: SocketEventName): void {
    this.#listeners.delete(type);
  }

  #sayGoodbye(end: { how: "given up"; code: number; reason: string } | { how: "left" }): void {
    const { code, reason } = { code: NORMAL, reason: "", ...end };
    this.#watch.closed(end);
    this.#write(OPCODE.close, closePayload(code, reason));
    this.#state = "given up";
    this.#deadline(TCP_END_TIMEOUT_MS);
  }

  async #run(url: URL, options: { origin: string; protocols: string[] }): Promise<void> {
    try {
      const tcp = await connect(url);
      if (this.#state === "gone") return tcp.close();
      this.#tcp = tcp;
      const { protocol, servedBy, rest } = await upgrade(tcp, { url, ...options });
      this.#open(protocol, servedBy);
      this.#take(rest);
      await this.#read(tcp);
    } catch (error) {
      this.#failed(error);
    }
    this.#gone();
  }

  async #read(tcp: Deno.Conn): Promise<void> {
    const buffer = Buffer.alloc(READ_BYTES);
    for (let size: number | null = 0; size !== null; size = await tcp.read(buffer)) {
      this.#take(buffer.subarray(0, size));
    }
  }

  #take(bytes: Buffer): void {
    this.#bytesAfterClose += this.#reader.push(bytes);
  }

  #open(protocol: string, servedBy: string | undefined): void {
    if (this.#state === "gone") return;
    clearTimeout(this.#timer);
    this.#protocol = protocol;
    this.#state = "open";
    this.#isOpened = true;
    this.#watch.opened(servedBy);
    this.#emit({ type: "open" });
  }

  #control(opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.ping) this.#write(OPCODE.pong, payload);
    else if (opcode === OPCODE.close) this.#closing(payload);
  }

  #closing(payload: Buffer): void {
    const said = parseClosePayload(payload);
    if (!said) return this.#broke("a Close frame that cannot be read");
    // An empty one is legal; its code stands for that, and must not be on the wire.
    if (payload.length > 0 && !isLegal(said.code)) {
      return this.#broke(`a Close frame with ${said.code}`);
    }
    this.#end = said;
    this.#reader.stop();
    if (this.#state === "open") {
      this.#watch.closed({ how: "closed", ...said });
      this.#write(OPCODE.close, said.code === NO_STATUS ? "" : closePayload(said.code));
    }
    this.#state = "closing";
    this.#deadline(TCP_END_TIMEOUT_MS);
  }

  #broke(why: string): void {
    if (this.#state !== "open" && this.#state !== "given up") return;
    this.#watch.closed({ how: "cut", error: `the server broke the protocol: ${why}` });
    this.#write(OPCODE.close, closePayload(PROTOCOL_ERROR));
    this.#state = "closing";
    void this.#writes.then(() => this.#cut());
  }

  #failed(error: unknown): void {
    if (this.#state === "connecting") {
      this.#state = "gone";
      this.#watch.refused(error instanceof Refusal ? error.message : refusalOf(error));
    } else if (this.#state === "open") {
      this.#state = "closing";
      this.#watch.closed({ how: "cut", error: (error as Error).message });
    }
  }

  /** TCP has ended. */
  #gone(): void {
    const { code, reason } = this.#end;
    if (this.#state === "open") this.#watch.closed({ how: "cut" });
    if (this.#isOpened) this.#watch.gone(this.#bytesAfterClose);
    this.#cut();
    this.#emit({ type: "close", code, reason });
  }

  #cut(): void {
    clearTimeout(this.#timer);
    if (this.#state === "connecting") this.#watch.refused("given up in the handshake");
    this.#state = "gone";
    try {
      this.#tcp?.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
    this.#tcp = undefined;
  }

  #deadline(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#cut(), ms);
  }

  /** One after the other; a connection that does not take it any more has ended, and reading tells. */
  #write(opcode: number, payload: string | Uint8Array): void {
    const tcp = this.#tcp;
    if (!tcp) return;
    const bytes = encodeFrame({ opcode, payload });
    this.#unsentBytes += bytes.length;
    this.#writes = this.#writes.then(() => writeAll(tcp, bytes)).catch(() => {})
      .then(() => void (this.#unsentBytes -= bytes.length));
  }

  #emit(event: SocketEventLike & { type: SocketEventName }): void {
    this.#listeners.get(event.type)?.(event);
  }
}

async function connect({ protocol, hostname, port }: URL): Promise<Deno.Conn> {
  const host = hostname.replace(/^\[|\]$/g, "");
  if (protocol === "wss:") {
    return await Deno.connectTls({ hostname: host, port: Number(port) || 443 });
  }
  const tcp = await Deno.connect({ hostname: host, port: Number(port) || 80 });
  tcp.setNoDelay(true);
  return tcp;
}

/** The codes that may be on the wire (RFC 6455 section 7.4). */
function isLegal(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
    (code >= 3000 && code <= 4999);
}
