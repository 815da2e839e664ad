/**
 * One socket, for as long as it matters.
 */

import type { SocketEventLike, SocketLike } from "./socket.ts";

/** Who is told what happens on a link. */
export interface LinkListener {
  opened(protocol: string): void;
  heard(data: unknown): void;
  ended(end: { code: number; reason: string }): void;
}

/** Listens to a socket until it has ended; tells of it until it was hung up. */
export class Link {
  /** Resolves when the socket has ended. */
  readonly gone: Promise<void>;
  readonly #socket: SocketLike;
  readonly #noteGone: () => void;
  #listener: LinkListener | undefined;
  #error = "";

  constructor(socket: SocketLike, listener: LinkListener) {
    let noteGone = () => {};
    this.gone = new Promise((resolve) => noteGone = resolve);
    this.#noteGone = noteGone;
    this.#socket = socket;
    this.#listener = listener;
    socket.addEventListener("open", this.#open);
    socket.addEventListener("message", this.#message);
    socket.addEventListener("error", this.#fail);
    socket.addEventListener("close", this.#close);
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  /** Closes; what comes after this is told to nobody. */
  hangUp(code: number, reason: string): void {
    this.#listener = undefined;
    this.#socket.close(code, reason);
  }

  readonly #open = (): void => this.#listener?.opened(this.#socket.protocol);

  readonly #message = ({ data }: SocketEventLike): void => this.#listener?.heard(data);

  /** A close follows; without a listener some runtimes would take the error for unhandled. */
  readonly #fail = ({ message }: SocketEventLike): void => {
    this.#error = message ?? "";
  };

  readonly #close = ({ code = 1006, reason = "" }: SocketEventLike): void => {
    this.#socket.removeEventListener("open", this.#open);
    this.#socket.removeEventListener("message", this.#message);
    this.#socket.removeEventListener("close", this.#close);
    this.#listener?.ended({ code, reason: reason || this.#error });
    this.#listener = undefined;
    this.#noteGone();
  };
}
