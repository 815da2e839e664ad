import { assert, assertEquals, assertRejects } from "@std/assert";
import net from "node:net";
import { closePayload, encodeFrame, OPCODE } from "../cli/frames.ts";
import { HandshakeError, RawSocket } from "../cli/raw_socket.ts";
import { turn } from "../src/turn.ts";

Deno.test("connect() opens a WebSocket that sends and receives", async () => {
  await using server = serve((socket) => {
    socket.onmessage = ({ data }) => socket.send(`echo: ${data}`);
  });
  await using client = await RawSocket.connect(server.url);
  assertEquals([client.status, client.headers.get("upgrade")], [101, "websocket"]);
  await client.send("hello");
  const frame = await client.nextFrame();
  assertEquals([frame?.opcode, frame?.fin, text(frame?.payload)], [1, true, "echo: hello"]);
});

Deno.test("connect() throws HandshakeError with the response when the server refuses", async () => {
  await using server = answer(() =>
    new Response("Full. Come back.", { status: 503, headers: { "retry-after": "7" } })
  );
  const error = await assertRejects(() => RawSocket.connect(server.url), HandshakeError);
  assertEquals([error.status, error.body], [503, "Full. Come back."]);
  assertEquals(error.headers.get("retry-after"), "7");
});

Deno.test("connect() adds, replaces and removes headers as told", async () => {
  await using server = answer(({ headers }) =>
    Response.json(Object.fromEntries(headers), { status: 400 })
  );
  const headersFrom = async (options: Parameters<typeof RawSocket.connect>[1]) => {
    const error = await assertRejects(() => RawSocket.connect(server.url, options), HandshakeError);
    return JSON.parse(error.body) as Record<string, string>;
  };
  const usual = await headersFrom({});
  assertEquals(usual["sec-websocket-version"], "13");
  assertEquals(atob(usual["sec-websocket-key"]!).length, 16);
  assertEquals(usual.origin, server.url.replace("ws:", "http:"));
  const changed = await headersFrom({
    version: "8",
    headers: { Origin: "http://elsewhere.test", "Sec-WebSocket-Key": null, "x-more": "1" },
  });
  assertEquals([changed["sec-websocket-version"], changed["x-more"]], ["8", "1"]);
  assertEquals(changed.origin, "http://elsewhere.test");
  assertEquals("sec-websocket-key" in changed, false);
});

Deno.test("connect() sends the method, path and HTTP version it is given", async () => {
  await using peer = await RawPeer.listen();
  const options = { method: "POST", httpVersion: "1.0" };
  const [{ head }, client] = await Promise.all([
    peer.acceptUpgrade(),
    RawSocket.connect(`${peer.url}/chat?room=1`, options),
  ]);
  await client.close();
  assertEquals(head.split("\r\n")[0], "POST /chat?room=1 HTTP/1.0");
});

Deno.test("connect() rejects when nobody listens", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  listener.close();
  const url = `ws://127.0.0.1:${listener.addr.port}`;
  await assertRejects(() => RawSocket.connect(url), Error, "ECONNREFUSED");
});

Deno.test("connect() rejects when the server hangs up instead of answering", async () => {
  await using peer = await RawPeer.listen();
  const connecting = RawSocket.connect(peer.url);
  const rejected = assertRejects(() => connecting, Deno.errors.UnexpectedEof);
  (await peer.accept()).end();
  await rejected;
});

Deno.test("connect() rejects when the answer is not HTTP", async () => {
  await using peer = await RawPeer.listen();
  const connecting = RawSocket.connect(peer.url);
  const rejected = assertRejects(() => connecting, Deno.errors.InvalidData, "SSH-2.0");
  (await peer.accept()).write("SSH-2.0-OpenSSH\r\n\r\n");
  await rejected;
});

Deno.test("connect() rejects when the deadline passes", async () => {
  await using peer = await RawPeer.listen();
  await assertRejects(
    () => RawSocket.connect(peer.url, { timeoutMs: 20 }),
    Deno.errors.TimedOut,
    "Cannot connect",
  );
});

Deno.test("connect() rejects with the signal's reason when aborted", async () => {
  await using peer = await RawPeer.listen();
  const controller = new AbortController();
  const connecting = RawSocket.connect(peer.url, { signal: controller.signal });
  const rejected = assertRejects(() => connecting, RangeError, "enough");
  await peer.accept();
  controller.abort(new RangeError("enough"));
  await rejected;
  await assertRejects(
    () => RawSocket.connect(peer.url, { signal: controller.signal }),
    RangeError,
    "enough",
  );
});

Deno.test("connect() rejects when the URL is not ws:", async () => {
  await assertRejects(
    () => RawSocket.connect("wss://localhost"),
    TypeError,
    "the URL must begin with ws:, got wss:",
  );
});

Deno.test("connect() keeps frames that came along with the handshake", async () => {
  await using peer = await RawPeer.listen();
  const welcome = encodeFrame({ opcode: OPCODE.text, payload: "welcome", mask: false });
  const [, client] = await Promise.all([
    peer.acceptUpgrade(welcome),
    RawSocket.connect(peer.url),
  ]);
  await using _client = client;
  assertEquals(text((await client.nextFrame())?.payload), "welcome");
});

Deno.test("nextFrame() throws when the deadline passes, and later returns the frame", async () => {
  await using peer = await RawPeer.listen();
  const { client, conn } = await peer.pair();
  await using _client = client;
  await assertRejects(() => client.nextFrame(10), Deno.errors.TimedOut, "read a frame");
  conn.write(encodeFrame({ opcode: OPCODE.text, payload: "late", mask: false }));
  assertEquals(text((await client.nextFrame())?.payload), "late");
});

Deno.test("nextFrame() returns undefined and ended tells fin when the peer hangs up", async () => {
  await using peer = await RawPeer.listen();
  const { client, conn } = await peer.pair();
  await using _client = client;
  assertEquals(client.ended, undefined);
  conn.end(encodeFrame({ opcode: OPCODE.text, payload: "last", mask: false }));
  assertEquals(text((await client.nextFrame())?.payload), "last");
  assertEquals([await client.nextFrame(), client.ended], [undefined, "fin"]);
});

Deno.test("nextFrame() returns undefined and ended tells reset when the peer resets", async () => {
  await using peer = await RawPeer.listen();
  const { client, conn } = await peer.pair();
  await using _client = client;
  conn.resetAndDestroy();
  assertEquals([await client.nextFrame(), client.ended], [undefined, "reset"]);
});

Deno.test("nextFrame() still returns what arrived before a reset", async () => {
  await using peer = await RawPeer.listen();
  const { client, conn } = await peer.pair();
  await using _client = client;
  conn.write(encodeFrame({ opcode: OPCODE.text, payload: "kept", mask: false }));
  await new Promise((resolve) => conn.write(encodeFrame({ opcode: OPCODE.ping }), resolve));
  conn.resetAndDestroy();
  const deadline = performance.now() + 5_000;
  while (!client.ended && performance.now() < deadline) await turn();
  assertEquals(client.ended, "reset");
  assertEquals(text((await client.nextFrame())?.payload), "kept");
  assertEquals((await client.nextFrame())?.opcode, OPCODE.ping);
  assertEquals(await client.nextFrame(), undefined);
});

Deno.test("nextFrame() returns undefined after close()", async () => {
  await using server = serve(() => {});
  const client = await RawSocket.connect(server.url);
  await client.close();
  await client.close();
  assertEquals([await client.nextFrame(), client.ended], [undefined, undefined]);
});

Deno.test("frames() yields every frame until the connection is over", async () => {
  await using server = serve((socket) => {
    for (const word of ["a", "b", "c"]) socket.send(word);
    socket.close(1000, "done");
  });
  await using client = await RawSocket.connect(server.url);
  const seen: string[] = [];
  for await (const { opcode, payload } of client.frames()) {
    seen.push(text(payload));
    if (opcode === OPCODE.close) await client.sendBytes(encodeFrame({ opcode, payload }));
  }
  assertEquals(seen, ["a", "b", "c", text(closePayload(1000, "done"))]);
});

Deno.test("untilClose() skips data and returns what the Close frame says", async () => {
  await using server = serve((socket) => {
    socket.send("skipped");
    socket.close(1012, "restart");
  });
  await using client = await RawSocket.connect(server.url);
  assertEquals(await client.untilClose(), { code: 1012, reason: "restart", ended: undefined });
});

Deno.test("untilClose() returns undefined when the connection ends without a Close", async () => {
  await using peer = await RawPeer.listen();
  const { client, conn } = await peer.pair();
  await using _client = client;
  conn.end(encodeFrame({ opcode: OPCODE.text, payload: "no close", mask: false }));
  assertEquals([await client.untilClose(), client.ended], [undefined, "fin"]);
});

Deno.test("untilClose() throws at the deadline though frames keep coming", async () => {
  await using peer = await RawPeer.listen();
  const { client, conn } = await peer.pair();
  await using _client = client;
  const frame = encodeFrame({ opcode: OPCODE.text, payload: "more", mask: false });
  const flood = setInterval(() => conn.write(frame), 1);
  await assertRejects(() => client.untilClose(50), Deno.errors.TimedOut).finally(() =>
    clearInterval(flood)
  );
});

Deno.test("RawSocket answers neither a ping nor a Close", async () => {
  await using peer = await RawPeer.listen();
  const { client, conn } = await peer.pair();
  conn.write(encodeFrame({ opcode: OPCODE.ping, payload: "are you there", mask: false }));
  conn.write(encodeFrame({ opcode: OPCODE.close, payload: closePayload(1000), mask: false }));
  assertEquals((await client.untilClose())?.code, 1000);
  await client.finish();
  assertEquals(await readAll(conn), new Uint8Array(0));
  await client.close();
});

Deno.test("finish() sends FIN after what was written, and reading goes on", async () => {
  await using peer = await RawPeer.listen();
  const { client, conn } = await peer.pair();
  await using _client = client;
  await client.sendBytes(Uint8Array.of(1, 2, 3));
  await client.finish();
  assertEquals(await readAll(conn), Uint8Array.of(1, 2, 3));
  conn.write(encodeFrame({ opcode: OPCODE.text, payload: "still here", mask: false }));
  assertEquals(text((await client.nextFrame())?.payload), "still here");
});

Deno.test("reset() makes the peer see a reset, though everything sent was read", async () => {
  const failed = Promise.withResolvers<string>();
  await using server = serve((socket) => {
    socket.onmessage = ({ data }) => socket.send(data);
    socket.onerror = (event) => failed.resolve((event as ErrorEvent).message);
  });
  const client = await RawSocket.connect(server.url);
  await client.send("read me");
  await client.nextFrame();
  await client.reset();
  assert(/reset by peer/.test(await failed.promise), await failed.promise);
});

Deno.test("close() makes the peer see FIN", async () => {
  await using peer = await RawPeer.listen();
  const { client, conn } = await peer.pair();
  await client.close();
  assertEquals(await readAll(conn), new Uint8Array(0));
});

Deno.test("sendClose() sends a code and reason, or none", async () => {
  const closes: [number, string][] = [];
  const twice = Promise.withResolvers<void>();
  await using server = serve((socket) => {
    socket.onclose = ({ code, reason }) => {
      if (closes.push([code, reason]) === 2) twice.resolve();
    };
  });
  for (const said of [[4001, "bye"], []] as [number?, string?][]) {
    await using client = await RawSocket.connect(server.url);
    await client.sendClose(...said);
    await client.untilEnd();
  }
  await twice.promise;
  assertEquals(closes, [[4001, "bye"], [1005, ""]]);
});

Deno.test("sendBytes() throws when the peer does not read", async () => {
  await using peer = await RawPeer.listen();
  const { client } = await peer.pair({ timeoutMs: 200 });
  await using _client = client;
  const tooMuch = new Uint8Array(32 * 2 ** 20);
  await assertRejects(() => client.sendBytes(tooMuch), Deno.errors.TimedOut, "Cannot write");
});

Deno.test("sendBytes() throws when the connection is gone", async () => {
  await using server = serve(() => {});
  const client = await RawSocket.connect(server.url);
  await client.close();
  await assertRejects(() => client.send("too late"), Error);
});

/** A server of WebSockets, each handed to `onOpen`. */
function serve(onOpen: (socket: WebSocket) => void) {
  return answer((request) => {
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    socket.onopen = () => onOpen(socket);
    return response;
  });
}

function answer(handler: (request: Request) => Response) {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, handler);
  return {
    url: `ws://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** The other end of a RawSocket, byte by byte: it reads nothing unless the test does. */
class RawPeer implements AsyncDisposable {
  readonly #server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
  readonly #conns = new Set<net.Socket>();
  readonly #waiting: ((conn: net.Socket) => void)[] = [];
  readonly #accepted: net.Socket[] = [];

  static async listen(): Promise<RawPeer> {
    const peer = new RawPeer();
    peer.#server.on("connection", (conn) => {
      conn.on("error", () => {});
      peer.#conns.add(conn);
      const next = peer.#waiting.shift();
      if (next) next(conn);
      else peer.#accepted.push(conn);
    });
    await new Promise<void>((resolve) => peer.#server.listen(0, "127.0.0.1", resolve));
    return peer;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as net.AddressInfo).port}`;
  }

  accept(): Promise<net.Socket> {
    const conn = this.#accepted.shift();
    return conn
      ? Promise.resolve(conn)
      : new Promise((resolve) => void this.#waiting.push(resolve));
  }

  /** Answers 101, with `extra` bytes in the same write. */
  async acceptUpgrade(extra = new Uint8Array(0)): Promise<{ conn: net.Socket; head: string }> {
    const conn = await this.accept();
    const head = await new Promise<string>((resolve) => {
      conn.once("data", (bytes) => resolve(bytes.toString()));
      conn.resume();
    });
    conn.pause();
    const answer = new TextEncoder().encode(
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
    );
    conn.write(Uint8Array.from([...answer, ...extra]));
    return { conn, head };
  }

  async pair(options: { timeoutMs?: number } = {}) {
    const connecting = RawSocket.connect(this.url, options);
    const { conn } = await this.acceptUpgrade();
    return { conn, client: await connecting };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const conn of this.#conns) conn.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function readAll(conn: net.Socket): Promise<Uint8Array> {
  const chunks: number[] = [];
  for await (const chunk of conn.iterator({ destroyOnReturn: false })) chunks.push(...chunk);
  return Uint8Array.from(chunks);
}

function text(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}
