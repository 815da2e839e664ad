/**
 * One connection of the faulty server, from `hello` to its end. What happens at each step is decided by
 * its host.
 *
 * @module
 */

import { createHash } from "node:crypto";
import {
  encode,
  type HelloFrame,
  type MessageItem,
  parseClientFrame,
  type PublishFrame,
  type ServerFrame,
  type WelcomeFrame,
} from "@lastcall/lastcall/client";
// @ts-types="npm:@types/ws@8.18.1"
import type { WebSocket } from "ws";
import type { Entry, NewEntry, SharedLog } from "./shared_log.ts";

/** What this server allows: nothing stands in the way of a load test. */
export const LIMITS = {
  maxMessageSize: 65_536,
  rateLimitBurst: 1_000_000,
  rateLimitRefillMs: 1_000,
};

const HELLO_MS = 5_000;

/** Who decides what guests are told. */
export interface Host {
  /** What a guest is answered to its `hello`; delivery goes on after its `seq`. */
  welcome(guest: Guest, welcome: WelcomeFrame): WelcomeFrame;
  /** A well-formed publish came. */
  publish(guest: Guest, message: NewEntry): void;
  /** What a guest gets of what is new to it; nothing of that comes again. `undefined`: not yet. */
  deliver(guest: Guest, items: MessageItem[]): MessageItem[] | undefined;
  /** A guest has said its last. */
  sayGoodbye(guest: Guest, lastId: number): void;
}

/** What a guest needs. */
export interface GuestOptions {
  socket: WebSocket;
  room: string;
  log: SharedLog;
  host: Host;
  /** It said who it is. */
  onName: (guest: Guest) => void;
}

/** A client, as long as it is connected. */
export class Guest {
  state: "greeting" | "live" | "leaving" | "drained" | "closed" = "greeting";
  /** Its public name, once it was welcomed. */
  from = "";
  /** It reads the log from its beginning, which nobody in a soak does but who checks it. */
  readsAll = false;
  readonly room: string;
  readonly socket: WebSocket;
  /** Resolves when the connection has ended. */
  readonly gone: Promise<void>;
  readonly #log: SharedLog;
  readonly #host: Host;
  readonly #onName: (guest: Guest) => void;
  /** Where it is in the log: the index of what it gets next. */
  #next = 0;

  constructor({ socket, room, log, host, onName }: GuestOptions) {
    this.socket = socket;
    this.room = room;
    this.#log = log;
    this.#host = host;
    this.#onName = onName;
    const greeting = setTimeout(() => this.close(4000, "no hello"), HELLO_MS);
    this.gone = new Promise((resolve) =>
      socket.on("close", () => {
        clearTimeout(greeting);
        this.state = "closed";
        resolve();
      })
    );
    socket.on("error", () => {});
    socket.on("message", (data, isBinary) => {
      if (this.state === "closed") return;
      if (isBinary) return this.close(1003, "binary frame");
      this.#hear(String(data));
      if (this.state !== "greeting") clearTimeout(greeting);
    });
  }

  /** Sends a frame; nothing once it was closed. */
  send(frame: ServerFrame): void {
    if (this.state !== "closed") this.socket.send(encode(frame));
  }

  /** Sends messages, if there are any. */
  tell(items: readonly MessageItem[]): void {
    if (items.length > 0) this.send({ type: "messages", items: [...items] });
  }

  /** Sends what is in the log and was not sent yet. */
  catchUp(): void {
    if (this.state === "greeting" || this.state === "closed") return;
    const entries = this.#log.entries.slice(this.#next).filter(({ room }) => room === this.room);
    const items = entries.length > 0 ? this.#host.deliver(this, entries.map(itemOf)) : [];
    if (!items) return;
    this.#next = this.#log.entries.length;
    this.tell(items);
  }

  /** Sends a Close frame, and nothing after it. */
  close(code: number, reason: string): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.socket.close(code, reason);
  }

  #hear(text: string): void {
    const frame = parseClientFrame(text);
    if ("wrong" in frame) return this.close(4500, "bad frame");
    const isHello = frame.type === "hello";
    if (isHello !== (this.state === "greeting")) return this.close(4500, "hello is first and once");
    if (frame.type === "hello") this.#welcome(frame);
    else if (frame.type === "publish") this.#publish(frame);
    else this.#drained(frame.lastId);
  }

  /** A session needs no memory: its public name follows from its secret. */
  #welcome(hello: HelloFrame): void {
    const session = hello.session ?? crypto.randomUUID();
    this.from = createHash("sha256").update(session).digest("hex").slice(0, 12);
    this.readsAll = hello.after?.seq === 0;
    this.#log.tail();
    const welcome = this.#host.welcome(this, {
      type: "welcome",
      ...{ session, from: this.from, epoch: this.#log.epoch, limits: LIMITS },
      lastId: this.#log.lastId(this.from),
      ...this.#placeOf(hello),
    });
    this.#next = this.#log.indexAfter(welcome.seq);
    this.state = "live";
    this.#onName(this);
    this.send(welcome);
    this.catchUp();
  }

  #placeOf({ after, history = 0 }: HelloFrame): Place {
    if (after?.epoch === this.#log.epoch) return { recovered: true, seq: after.seq };
    if (after) return { recovered: false, reason: "epoch_changed", seq: 0 };
    const ofRoom = this.#log.entries.filter(({ room }) => room === this.room);
    const first = history > 0 ? ofRoom.slice(-history)[0] : undefined;
    return { recovered: false, reason: "new", seq: first ? first.seq - 1 : this.#log.head };
  }

  #publish({ id, content }: PublishFrame): void {
    const reject = (code: "invalid" | "too_large" | "draining") =>
      this.send({ type: "rejected", id, code });
    if (typeof content !== "string") return reject("invalid");
    if (new TextEncoder().encode(content).length > LIMITS.maxMessageSize) {
      return reject("too_large");
    }
    if (this.state === "drained") return reject("draining");
    this.#host.publish(this, { from: this.from, id, content, room: this.room });
  }

  /** Everything up to `lastId` was appended when it came. */
  #drained(lastId: number): void {
    if (this.state !== "leaving") return;
    this.state = "drained";
    this.#log.tail();
    this.#host.sayGoodbye(this, lastId);
  }
}

type Place =
  & Pick<WelcomeFrame, "seq">
  & ({ recovered: true } | {
    recovered: false;
    reason: "new" | "epoch_changed";
  });

function itemOf({ seq, from, id, content, at }: Entry): MessageItem {
  return { seq, from, id, content, at };
}
