import type { SocketEventLike, SocketEventName, SocketLike } from "../src/client/mod.ts";

/** A socket that does what the test says. */
export class FakeSocket implements SocketLike {
  readonly protocol = "";
  readonly sent: string[] = [];
  readonly #listeners: [SocketEventName, (event: SocketEventLike) => void][] = [];

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {}

  addEventListener(name: SocketEventName, listener: (event: SocketEventLike) => void): void {
    this.#listeners.push([name, listener]);
  }

  removeEventListener(): void {}

  tell(type: SocketEventName, event: Omit<SocketEventLike, "type"> = {}): void {
    for (const [name, listener] of this.#listeners) if (name === type) listener({ type, ...event });
  }
}
