/**
 * The socket under a `ChatClient`: a plain TCP connection that speaks WebSocket, and tells a refusal, a
 * Close frame and a cut apart.
 *
 * Ten thousand of them fit into one process because all read into one buffer: a chunk is looked at before
 * the next one is read, and nothing of it is kept that is known already. `npm:ws` under Deno spends more
 * on clearing and collecting buffers than on the messages, and reads of `Deno.connect` that wait cost each
 * other, the more of them there are.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import net from "node:net";
import tls from "node:tls";
import type { SocketEventLike, SocketEventName, SocketLike } from "@lastcall/lastcall/client";
import { closePayload, encodeFrame, OPCODE, parseClosePayload } from "../../frames.ts";
import { HANDSHAKE_TIMEOUT_MS, refusalOf } from "../client.ts";
import type { CloseEvent } from "../journal/events.ts";
import type { FrameMemory, KnownFrame, Unread } from "./frame_memory.ts";
import { FrameReader } from "./frame_reader.ts";
import { type Agreement, Handshake, Refusal } from "./handshake.ts";

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
export type WireData = KnownFrame | Unread;

type Listener = (event: SocketEventLike) => void;

/** `closing`: a Close frame came, or the server broke the protocol; nothing more is read. */
type State = "connecting" | "open" | "leaving" | "closing" | "gone";

const READ_BYTES = 65_536;
/** How long the server may take to end TCP after the Close frames. */
const TCP_END_TIMEOUT_MS = 5_000;
const NORMAL = 1000;
const PROTOCOL_ERROR = 1002;
const NO_STATUS = 1005;
const NO_CLOSE_FRAME = 1006;

const readBuffer = Buffer.alloc(READ_BYTES);

/** One connection. */
export class WireSocket implements SocketLike {
  readonly #watch: WireWatch;
  readonly #listeners = new Map<SocketEventName, Listener>();
  readonly #reader: FrameReader;
  readonly #tcp: net.Socket;
  #handshake: Handshake | undefined;
  #protocol = "";
  #state: State = "connecting";
  #end = { code: NO_CLOSE_FRAME, reason: "" };
  #bytesAfterClose = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(href: string, protocols: string[], { origin, memory, watch }: WireSocketOptions) {
    const url = new URL(href);
    const handshake = this.#handshake = new Handshake({ url, protocols, origin });
    this.#watch = watch;
    this.#reader = new FrameReader(memory, {
      message: (data) => this.#emit({ type: "message", data }),
      control: (opcode, payload) => this.#control(opcode, payload),
      broke: (why) => this.#broke(why),
    });
    this.#deadline(HANDSHAKE_TIMEOUT_MS);
    this.#tcp = connect(url, (bytes) => this.#take(bytes));
    this.#tcp.on("connect", () => void this.#tcp.write(handshake.request));
    this.#tcp.on("end", () => this.#ended());
    this.#tcp.on("error", (error) => this.#failed(error));
    this.#tcp.on("close", () => this.#gone());
  }

  get protocol(): string {
    return this.#protocol;
  }

  /** Bytes that the system has not taken yet. */
  get bufferedAmount(): number {
    return this.#tcp.writableLength;
  }

  send(text: string): void {
    this.#write(OPCODE.text, text);
  }

  /** The client gives up on it. */
  close(code = NORMAL, reason = ""): void {
    if (this.#state === "open") this.#sayGoodbye({ how: "given up", code, reason });
    else if (this.#state === "connecting") this.#refuse("given up in the handshake");
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
    this.#state = "leaving";
    this.#deadline(TCP_END_TIMEOUT_MS);
  }

  #take(bytes: Buffer): void {
    if (this.#state === "gone") return;
    if (!this.#handshake) return this.#read(bytes);
    try {
      const agreement = this.#handshake.push(bytes);
      if (!agreement) return;
      this.#open(agreement);
      this.#read(agreement.rest);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#refuse(error.message);
    }
  }

  #read(bytes: Buffer): void {
    this.#bytesAfterClose += this.#reader.push(bytes);
  }

  #open({ protocol, servedBy }: Agreement): void {
    clearTimeout(this.#timer);
    this.#handshake = undefined;
    this.#protocol = protocol;
    this.#state = "open";
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
    if (this.#state === "open") {
      this.#watch.closed({ how: "cut", error: `the server broke the protocol: ${why}` });
    }
    this.#write(OPCODE.close, closePayload(PROTOCOL_ERROR));
    this.#state = "closing";
    // It is told why, and not waited for.
    this.#tcp.end(() => this.#cut());
  }

  /** The server's FIN. */
  #ended(): void {
    if (this.#state === "connecting") this.#refuse("cut in the handshake");
    else if (this.#state === "open") this.#watch.closed({ how: "cut" });
    if (this.#state === "open") this.#state = "closing";
  }

  #failed(error: Error): void {
    if (this.#state === "connecting") this.#refuse(refusalOf(error));
    else if (this.#state === "open") {
      this.#state = "closing";
      this.#watch.closed({ how: "cut", error: error.message });
    }
  }

  #refuse(why: string): void {
    this.#watch.refused(why);
    this.#state = "gone";
    this.#cut();
  }

  /** TCP has ended. */
  #gone(): void {
    const { code, reason } = this.#end;
    if (this.#state === "connecting") this.#refuse("cut in the handshake");
    if (!this.#handshake) this.#watch.gone(this.#bytesAfterClose);
    clearTimeout(this.#timer);
    this.#state = "gone";
    this.#emit({ type: "close", code, reason });
  }

  #cut(): void {
    clearTimeout(this.#timer);
    this.#tcp.destroy();
  }

  #deadline(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#state === "connecting") this.#refuse("no answer in the handshake");
      else this.#cut();
    }, ms);
  }

  #write(opcode: number, payload: string | Uint8Array): void {
    if (this.#tcp.writable) this.#tcp.write(encodeFrame({ opcode, payload }));
  }

  #emit(event: SocketEventLike & { type: SocketEventName }): void {
    this.#listeners.get(event.type)?.(event);
  }
}

/** Bytes are valid during the call. */
function connect({ protocol, hostname, port }: URL, onBytes: (bytes: Buffer) => void): net.Socket {
  const host = hostname.replace(/^\[|\]$/g, "");
  if (protocol === "wss:") {
    return tls.connect({ host, port: Number(port) || 443, servername: host })
      .on("data", onBytes) as net.Socket;
  }
  const onread = {
    buffer: readBuffer,
    callback(size: number) {
      onBytes(readBuffer.subarray(0, size));
      return true;
    },
  };
  return net.connect({ host, port: Number(port) || 80, noDelay: true, onread });
}

/** The codes that may be on the wire (RFC 6455 section 7.4). */
function isLegal(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
    (code >= 3000 && code <= 4999);
}
