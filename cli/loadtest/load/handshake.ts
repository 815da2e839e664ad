/**
 * The client's side of the opening handshake (RFC 6455 section 4.1).
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";

/** A connection to read from and write to. */
export interface Duplex {
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
}

/** The server did not agree. The message is a word or two: `HTTP 503`. */
export class Refusal extends Error {
  /** Tells it apart. */
  override name = "Refusal";
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

/** Upgrades a connection. Throws {@linkcode Refusal}. */
export async function upgrade(
  connection: Duplex,
  { url, protocols, origin }: { url: URL; protocols: readonly string[]; origin: string },
): Promise<Agreement> {
  const key = randomBytes(16).toString("base64");
  const request = [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    ...[`Host: ${url.host}`, `Origin: ${origin}`, "Connection: Upgrade", "Upgrade: websocket"],
    ...[`Sec-WebSocket-Key: ${key}`, "Sec-WebSocket-Version: 13"],
    ...protocols.length > 0 ? [`Sec-WebSocket-Protocol: ${protocols.join(", ")}`] : [],
  ];
  await writeAll(connection, Buffer.from(request.join("\r\n") + END));
  const { head, rest } = await readHead(connection);
  const lines = head.split("\r\n");
  const servedBy = serverNamed(headerOf(lines, "x-served-by"));
  const protocol = agreedProtocol(lines, { key, protocols });
  return { protocol, ...servedBy ? { servedBy } : {}, rest };
}

/** Writes all of it: a connection may take less at a time. */
export async function writeAll(connection: Duplex, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

async function readHead(connection: Duplex): Promise<{ head: string; rest: Buffer }> {
  const buffer = Buffer.alloc(MAX_HEAD_BYTES);
  let length = 0;
  while (length < MAX_HEAD_BYTES) {
    const read = await connection.read(buffer.subarray(length));
    if (read === null) throw new Refusal("cut in the handshake");
    length += read;
    const end = buffer.subarray(0, length).indexOf(END);
    if (end < 0) continue;
    const head = buffer.toString("latin1", 0, end);
    return { head, rest: Buffer.from(buffer.subarray(end + END.length, length)) };
  }
  throw new Refusal("a head that is too long");
}

function headerOf(lines: readonly string[], name: string): string | undefined {
  return lines.find((line) => line.toLowerCase().startsWith(`${name}:`))?.slice(name.length + 1)
    .trim();
}

/** Of `a:1, b:2` the last: nginx lists all that it tried. */
function serverNamed(header = ""): string | undefined {
  return header.split(/[\s,]+/).at(-1);
}

function agreedProtocol(
  [statusLine, ...lines]: readonly string[],
  { key, protocols }: { key: string; protocols: readonly string[] },
): string {
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(statusLine!)?.[1];
  if (status === undefined) throw new Refusal("no HTTP");
  if (status !== "101") throw new Refusal(`HTTP ${status}`);
  const accept = createHash("sha1").update(key + GUID).digest("base64");
  if (headerOf(lines, "sec-websocket-accept") !== accept) {
    throw new Refusal("a wrong Sec-WebSocket-Accept");
  }
  const protocol = headerOf(lines, "sec-websocket-protocol") ?? "";
  if (protocol === "" || protocols.includes(protocol)) return protocol;
  throw new Refusal("a subprotocol that was not asked for");
}
