/**
 * A normal client of a server that has no acknowledgement and no resume: it publishes and reads on one
 * connection, and does not come back.
 *
 * @module
 */

import type { Journal } from "../journal/journal.ts";
import type { MessageCodec } from "../payload.ts";
import type { Participant } from "./participant.ts";
import { type WireData, WireSocket } from "./wire_socket.ts";

/** What a bystander needs. */
export interface BystanderSurroundings {
  origin: string;
  journal: Journal;
  codec: MessageCodec;
  /** The number of the batch that is one message. */
  batchOf: (n: number) => number;
}

/** More than this unsent, and the connection is not given any more. */
const MAX_BACKLOG_BYTES = 262_144;

/** One client with one connection. */
export class Bystander implements Participant {
  readonly seq = 0;
  readonly pending = 0;
  readonly #index: number;
  readonly #around: BystanderSurroundings;
  readonly #socket: WireSocket;
  #state: "connecting" | "open" | "closing" | "gone" = "connecting";
  #isOver = false;

  /** Connects to `url`, of server `s`, at once. */
  constructor(
    index: number,
    { url, s }: { url: string; s: number },
    around: BystanderSurroundings,
  ) {
    this.#index = index;
    this.#around = around;
    const { journal } = around;
    const c = journal.newConnection();
    const say: Journal["say"] = (event) => {
      if (!this.#isOver) journal.say(event);
    };
    say({ e: "connect", c, kind: "normal", r: index, s });
    this.#socket = new WireSocket(url, [], {
      origin: around.origin,
      watch: {
        opened: () => {
          this.#state = "open";
          say({ e: "open", c });
        },
        refused: (why) => say({ e: "refused", c, why }),
        closed: (end) => {
          this.#state = "closing";
          say({ e: "close", c, ...end });
        },
        gone: (bytes) => say({ e: "gone", c, ...bytes > 0 ? { bytesAfterClose: bytes } : {} }),
      },
    });
    this.#socket.addEventListener("message", ({ data }) => this.#take(data as WireData));
    this.#socket.addEventListener("close", () => this.#state = "gone");
  }

  get isLive(): boolean {
    return this.#state === "open";
  }

  get isClosed(): boolean {
    return this.#state === "gone";
  }

  publish(n: number): void {
    const { journal, codec } = this.#around;
    if (!this.isLive) journal.say({ e: "unsent", n, why: "notConnected" });
    else if (this.#socket.bufferedAmount > MAX_BACKLOG_BYTES) {
      journal.say({ e: "unsent", n, why: "blocked" });
    } else {
      journal.say({ e: "send", n, count: 1 });
      this.#socket.send(codec.encode(n, this.#index));
    }
  }

  /** Says goodbye; the journal shows that it was us. */
  leave(): void {
    if (this.isLive) this.#socket.leave();
  }

  release(): void {
    this.#socket.release();
    this.#isOver = true;
  }

  #take(data: WireData): void {
    if (this.#isOver) return;
    const { codec, journal, batchOf } = this.#around;
    journal.got(this.#index, batchOf(codec.decode(data.bytes)));
  }
}
