/**
 * One client of the load generator: a TCP connection that speaks just enough WebSocket.
 *
 * @module
 */

import { encodeFrame, OPCODE } from "../frames.ts";
import { FrameScanner } from "./frame_scanner.ts";
import { type Dialect, textFrame, upgradeRequest } from "./wire.ts";

/** What a connection needs. */
export interface LoadConnectionOptions {
  url: URL;
  dialect: Dialect;
  /** The most that one read takes. */
  readBytes: number;
  /** Gets the payload of each text frame, valid during the call. */
  onText: (payload: Uint8Array) => void;
}

const MAX_HEAD_BYTES = 4_096;
const CONNECT_DEADLINE_MS = 10_000;

/** A connected client. It reads until the server ends the connection, or it is disposed. */
export class LoadConnection implements Disposable {
  readonly #tcp: Deno.TcpConn;
  readonly #dialect: Dialect;
  readonly #buffer: Uint8Array<ArrayBuffer>;
  readonly #scanner: FrameScanner;
  readonly #ready = Promise.withResolvers<void>();
  #published = 0;
  #isOpen = true;

  private constructor(tcp: Deno.TcpConn, { dialect, readBytes, onText }: LoadConnectionOptions) {
    this.#tcp = tcp;
    this.#dialect = dialect;
    this.#buffer = new Uint8Array(readBytes);
    // Not everybody waits for it.
    this.#ready.promise.catch(() => {});
    this.#scanner = new FrameScanner((opcode, payload) => {
      if (opcode === OPCODE.text) {
        this.#ready.resolve();
        onText(payload);
      } else if (opcode === OPCODE.ping) {
        this.#write(encodeFrame({ opcode: OPCODE.pong, payload }));
      }
    });
  }

  /** Connects, upgrades and says hello. */
  static async open(options: LoadConnectionOptions): Promise<LoadConnection> {
    const { hostname, port } = options.url;
    const signal = AbortSignal.timeout(CONNECT_DEADLINE_MS);
    const tcp = await Deno.connect({ hostname, port: Number(port), signal });
    tcp.setNoDelay(true);
    const connection = new LoadConnection(tcp, options);
    const cut = () => connection[Symbol.dispose]();
    signal.addEventListener("abort", cut);
    try {
      await connection.#upgrade(options.url);
      return connection;
    } catch (error) {
      cut();
      throw error;
    } finally {
      signal.removeEventListener("abort", cut);
    }
  }

  /** Whether the server has not ended it. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Publishes a message. */
  publish(text: string): void {
    this.#write(textFrame(this.#dialect.publish(++this.#published, text)));
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#tcp.close();
  }

  async #upgrade(url: URL): Promise<void> {
    this.#write(new TextEncoder().encode(upgradeRequest(url, this.#dialect)));
    this.#scanner.push(await this.#readHead());
    void this.#read();
    const { hello } = this.#dialect;
    if (hello === undefined) return;
    this.#write(textFrame(hello));
    await this.#ready.promise;
  }

  /** Reads the head of the response; returns what came after it. */
  async #readHead(): Promise<Uint8Array> {
    let head = "";
    while (head.length < MAX_HEAD_BYTES) {
      const size = await this.#tcp.read(this.#buffer);
      if (size === null) break;
      head += String.fromCharCode(...this.#buffer.subarray(0, size));
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) continue;
      if (!head.startsWith("HTTP/1.1 101 ")) break;
      return Uint8Array.from(head.slice(end + 4), (char) => char.charCodeAt(0));
    }
    throw new Error(`Cannot open a WebSocket: got ${JSON.stringify(head.split("\r\n")[0])}`);
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        const size = await this.#tcp.read(this.#buffer);
        if (size === null) break;
        this.#scanner.push(this.#buffer.subarray(0, size));
      }
    } catch {
      // Reset, or disposed.
    }
    this.#ready.reject(new Error("Cannot open a WebSocket: the server closed it"));
    this[Symbol.dispose]();
  }

  #write(bytes: Uint8Array): void {
    void (async () => {
      for (let at = 0; at < bytes.length;) at += await this.#tcp.write(bytes.subarray(at));
    })().catch(() => this[Symbol.dispose]());
  }
}
