/**
 * Makes one connection, ends it, and writes down what it saw. Loads `npm:ws`, which reads the
 * environment while loading.
 *
 * @module
 */

import type { IncomingMessage } from "node:http";
import { ObservedSocket } from "./observed_socket.ts";
import { within } from "../loadtest/wait.ts";
import type { Trace } from "./trace.ts";

/** What to do with the connection. */
export interface ConnectOptions {
  origin: string;
  /** The Close frame to send; absent: wait for the server's. */
  close?: { code: number; reason: string };
  /** For everything together. */
  timeoutMs: number;
}

const MAX_BODY_CHARS = 500;

/** Connects, closes or waits, and resolves when TCP has ended or the time is over. */
export async function traceClose(url: string, options: ConnectOptions): Promise<Trace> {
  const { origin, timeoutMs } = options;
  const startMs = performance.now();
  const elapsed = () => performance.now() - startMs;
  const trace: Trace = {
    url,
    origin,
    timeoutMs,
    handshake: { how: "failed", atMs: timeoutMs, error: "no answer in time" },
    messages: 0,
    bytesAfterClose: 0,
  };
  const socket = new ObservedSocket(url, {
    origin,
    perMessageDeflate: false,
    handshakeTimeout: timeoutMs,
    closeTimeout: timeoutMs * 2,
  });
  const over = Promise.withResolvers<void>();
  watchHandshake(socket, trace, { ...options, elapsed, fail: over.resolve });
  watchEnd(socket, trace, elapsed);
  socket.on("close", () => over.resolve());
  await within(timeoutMs - elapsed(), over.promise);
  trace.bytesAfterClose = socket.bytesAfterClose;
  socket.terminate();
  return trace;
}

interface Watching extends ConnectOptions {
  elapsed: () => number;
  fail: () => void;
}

function watchHandshake(socket: ObservedSocket, trace: Trace, options: Watching): void {
  const { close, elapsed, fail } = options;
  socket.once("upgrade", (response: IncomingMessage) => {
    const headers = plainHeaders(response);
    trace.handshake = { how: "open", atMs: elapsed(), headers, subprotocol: "" };
  });
  socket.once("open", () => {
    if (trace.handshake.how === "open") trace.handshake.subprotocol = socket.protocol;
    if (!close) return;
    trace.sent = { atMs: elapsed(), ...close };
    socket.sendClose(close.code, close.reason);
  });
  socket.once("unexpected-response", async (_, response) => {
    const { statusCode = 0 } = response;
    const atMs = elapsed();
    const refused = { how: "refused" as const, atMs, status: statusCode, body: "" };
    trace.handshake = { ...refused, headers: plainHeaders(response) };
    trace.handshake.body = await readSome(response);
    fail();
  });
  socket.on("error", (error: Error & { code?: string }) => {
    const { how } = trace.handshake;
    if (how === "open") {
      // What looked like a Close frame was none: the library was about to send its own.
      delete trace.received;
      trace.broken ??= { atMs: elapsed(), error: error.message };
    } else if (how === "failed") {
      trace.handshake = { how, atMs: elapsed(), error: error.code ?? error.message };
    }
  });
}

function watchEnd(socket: ObservedSocket, trace: Trace, elapsed: () => number): void {
  socket.on("message", () => trace.messages++);
  socket.onCloseFrame = () => trace.received ??= { atMs: elapsed(), ...socket.closeFrame! };
  socket.once("upgrade", ({ socket: tcp }: IncomingMessage) => {
    tcp.once("end", () => trace.tcp ??= { atMs: elapsed(), how: "fin" });
    tcp.once("error", () => trace.tcp ??= { atMs: elapsed(), how: "reset" });
  });
}

function plainHeaders({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, String(value)]),
  );
}

async function readSome(response: IncomingMessage): Promise<string> {
  let body = "";
  response.setEncoding("utf8");
  for await (const chunk of response) {
    body += chunk;
    if (body.length > MAX_BODY_CHARS) break;
  }
  return body.slice(0, MAX_BODY_CHARS);
}
