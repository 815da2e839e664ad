import type { ClientFrame, ServerFrame } from "../src/client/frames.ts";
import { ORIGIN, type TestClose, until, within } from "./harness.ts";

type Of<T extends ServerFrame["type"]> = Extract<ServerFrame, { type: T }>;

/** A client of `lastcall.v1` that does nothing by itself: each frame is the test's. */
export class V1TestClient implements AsyncDisposable {
  readonly frames: ServerFrame[] = [];
  readonly closed: Promise<TestClose>;
  readonly socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener("message", ({ data }) => this.frames.push(JSON.parse(data)));
    this.closed = new Promise((resolve) =>
      socket.addEventListener("close", ({ code, reason, wasClean }) => {
        resolve({ code, reason, wasClean });
      })
    );
  }

  /** Connects. */
  static async connect(url: string): Promise<V1TestClient> {
    const socket = new WebSocket(url, {
      headers: { origin: ORIGIN },
      protocols: ["lastcall.v1"],
    });
    const client = new V1TestClient(socket);
    const opened = new Promise((resolve) => socket.addEventListener("open", resolve));
    await within(opened, "the connection to open");
    return client;
  }

  /** Connects and says hello. */
  static async welcomed(
    url: string,
    hello: Omit<Extract<ClientFrame, { type: "hello" }>, "type"> = {},
  ): Promise<V1TestClient> {
    const client = await V1TestClient.connect(url);
    client.send({ type: "hello", ...hello });
    await client.next("welcome");
    return client;
  }

  /** The welcome, once it was said. */
  get welcome(): Of<"welcome"> & { reason?: string } {
    return this.frames.find((frame) => frame.type === "welcome") as Of<"welcome">;
  }

  /** Every message delivered so far. */
  get items(): Of<"messages">["items"] {
    return this.frames.flatMap((frame) => frame.type === "messages" ? frame.items : []);
  }

  /** The contents delivered so far. */
  get contents(): string[] {
    return this.items.map(({ content }) => content);
  }

  /** Sends a frame. */
  send(frame: ClientFrame): void {
    this.socket.send(JSON.stringify(frame));
  }

  /** Publishes. */
  publish(id: number, content: string): void {
    this.send({ type: "publish", id, content });
  }

  /** Waits for the first frame of a type. */
  next<T extends ServerFrame["type"]>(type: T): Promise<Of<T>> {
    return until(
      () => this.frames.find((frame) => frame.type === type) as Of<T> | undefined,
      () => `a ${type} frame; got ${this.frames.map((frame) => frame.type)}`,
    );
  }

  /** Waits for so many messages. */
  heard(count: number): Promise<string[]> {
    return until(
      () => this.items.length >= count && this.contents,
      () => `${count} messages; got ${this.items.length}`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.readyState < WebSocket.CLOSING) this.socket.close();
    await within(this.closed, "the close");
  }
}
