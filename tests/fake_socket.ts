import {
  type ClientFrame,
  encode,
  parseClientFrame,
  type ServerFrame,
  SUBPROTOCOL,
  type WelcomeFrame,
} from "../src/client/frames.ts";
import type { SocketEventLike, SocketEventName, SocketLike } from "../src/client/socket.ts";

type Listener = (event: SocketEventLike) => void;

/** A socket without a network: the test is the server. As strict as a browser's. */
export class FakeSocket implements SocketLike {
  readonly url: string;
  protocol = "";
  /** What the client sent. */
  readonly sent: ClientFrame[] = [];
  /** How the client closed it. */
  closedWith: { code: number | undefined; reason: string | undefined } | undefined;
  #state: "connecting" | "open" | "closing" | "closed" = "connecting";
  readonly #listeners = new Map<SocketEventName, Set<Listener>>();

  constructor(url: string) {
    this.url = url;
  }

  /** How many listen to what can still happen. */
  get listening(): number {
    const names = ["open", "message", "close"] as const;
    return names.reduce((total, name) => total + (this.#listeners.get(name)?.size ?? 0), 0);
  }

  addEventListener(type: SocketEventName, listener: Listener): void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
  }

  removeEventListener(type: SocketEventName, listener: Listener): void {
    this.#listeners.get(type)?.delete(listener);
  }

  send(text: string): void {
    if (this.#state === "connecting") throw new Error("Cannot send: the socket is connecting");
    if (this.#state !== "open") return;
    const frame = parseClientFrame(text);
    if ("wrong" in frame) throw new Error(frame.wrong);
    this.sent.push(frame);
  }

  close(code?: number, reason?: string): void {
    const isAllowed = code === undefined || code === 1000 || (code >= 3000 && code <= 4999);
    if (!isAllowed) throw new Error(`Cannot close: code must be 1000 or 3000 to 4999, got ${code}`);
    if (new TextEncoder().encode(reason).length > 123) throw new Error("Cannot close: reason");
    if (this.#state === "closing" || this.#state === "closed") return;
    this.#state = "closing";
    this.closedWith = { code, reason };
  }

  /** The server takes the connection. */
  open(protocol = SUBPROTOCOL): void {
    this.protocol = protocol;
    this.#state = "open";
    this.#fire({ type: "open" });
  }

  /** The server says something. */
  say(frame: ServerFrame | string | ArrayBuffer): void {
    const data = typeof frame === "string" || frame instanceof ArrayBuffer ? frame : encode(frame);
    this.#fire({ type: "message", data });
  }

  /** The server welcomes. */
  welcome(fields: Partial<WelcomeFrame> = {}): void {
    this.say({
      type: "welcome",
      session: "s1",
      from: "me",
      epoch: "e1",
      seq: 0,
      lastId: 0,
      recovered: true,
      limits: { maxMessageSize: 512, rateLimitBurst: 101, rateLimitRefillMs: 1_000 },
      ...fields,
    } as WelcomeFrame);
  }

  /** The server passes messages on; those with an id are the client's own. */
  deliver(...items: { seq: number; id?: number; content?: string }[]): void {
    this.say({
      type: "messages",
      items: items.map(({ seq, id, content = `at ${seq}` }) => ({
        seq,
        from: id === undefined ? "somebody" : "me",
        ...id === undefined ? {} : { id },
        content,
        at: 0,
      })),
    });
  }

  /** The connection ends. */
  end(code = 1006, reason = "", error?: string): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    if (error !== undefined) this.#fire({ type: "error", message: error });
    this.#fire({ type: "close", code, reason });
  }

  #fire(event: SocketEventLike): void {
    for (const listener of [...this.#listeners.get(event.type as SocketEventName) ?? []]) {
      listener(event);
    }
  }
}

/** Where a client under test gets its sockets. */
export class FakeNet {
  readonly sockets: FakeSocket[] = [];

  readonly createSocket = (url: string, protocols: string[]): FakeSocket => {
    if (protocols.join() !== SUBPROTOCOL) throw new Error(`Cannot connect: ${protocols.join()}`);
    const socket = new FakeSocket(url);
    this.sockets.push(socket);
    return socket;
  };

  /** The last one. */
  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }
}
