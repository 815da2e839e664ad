/**
 * The client's side of the opening handshake (RFC 6455 section 4.1).
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";

/** The server did not agree. The message is a word or two: `HTTP 503`. */
export class Refusal extends Error {
  /** Tells it apart. */
  override name = "Refusal";
}

/** What is asked for. */
export interface Wish {
  url: URL;
  protocols: readonly string[];
  origin: string;
}

/** What was agreed. */
export interface Agreement {
  protocol: string;
  /** The server that a proxy chose, if it says so by `X-Served-By`. */
  servedBy?: string;
  /** What came after the head, already. */
  rest: Buffer;
}

const MAX_HEAD_BYTES = 16_384;
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const END = "\r\n\r\n";
/** One for all: it is there to notice caches and servers that do not know what they say yes to. */
const KEY = randomBytes(16).toString("base64");
const ACCEPT = createHash("sha1").update(KEY + GUID).digest("base64");

/** One handshake. */
export class Handshake {
  /** What to send first. */
  readonly request: Buffer;
  readonly #protocols: readonly string[];
  #head = Buffer.alloc(0);

  constructor({ url, protocols, origin }: Wish) {
    this.#protocols = protocols;
    const lines = [
      `GET ${url.pathname}${url.search} HTTP/1.1`,
      ...[`Host: ${url.host}`, `Origin: ${origin}`, "Connection: Upgrade", "Upgrade: websocket"],
      ...[`Sec-WebSocket-Key: ${KEY}`, "Sec-WebSocket-Version: 13"],
      ...protocols.length > 0 ? [`Sec-WebSocket-Protocol: ${protocols.join(", ")}`] : [],
    ];
    this.request = Buffer.from(lines.join("\r\n") + END);
  }

  /**
   * Takes the next bytes of the answer, which the caller may overwrite afterwards. Throws a
   * {@linkcode Refusal}; `undefined`: more must come.
   */
  push(chunk: Uint8Array): Agreement | undefined {
    this.#head = Buffer.concat([this.#head, chunk]);
    const end = this.#head.indexOf(END);
    if (end > MAX_HEAD_BYTES || (end < 0 && this.#head.length > MAX_HEAD_BYTES)) {
      throw new Refusal("a head that is too long");
    }
    if (end < 0) return undefined;
    const [statusLine, ...lines] = this.#head.toString("latin1", 0, end).split("\r\n");
    const protocol = this.#agreed(statusLine!, lines);
    const servedBy = serverNamed(headerOf(lines, "x-served-by"));
    return {
      ...{ protocol, ...servedBy ? { servedBy } : {} },
      rest: this.#head.subarray(end + END.length),
    };
  }

  /** The subprotocol that a head agrees to. */
  #agreed(statusLine: string, lines: readonly string[]): string {
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1];
    if (status === undefined) throw new Refusal("no HTTP");
    if (status !== "101") throw new Refusal(`HTTP ${status}`);
    if (headerOf(lines, "sec-websocket-accept") !== ACCEPT) {
      throw new Refusal("a wrong Sec-WebSocket-Accept");
    }
    const protocol = headerOf(lines, "sec-websocket-protocol") ?? "";
    if (protocol === "" || this.#protocols.includes(protocol)) return protocol;
    throw new Refusal("a subprotocol that was not asked for");
  }
}

function headerOf(lines: readonly string[], name: string): string | undefined {
  return lines.find((line) => line.toLowerCase().startsWith(`${name}:`))?.slice(name.length + 1)
    .trim();
}

/** Of `a:1, b:2` the last: nginx lists all that it tried. */
function serverNamed(header = ""): string | undefined {
  return header.split(/[\s,]+/).at(-1);
}
