/**
 * A client on the plain protocol: no session, no acknowledgement, no history. What it says goes into the
 * log of its room like everything else; it is told what others say.
 */

import { randomBytes } from "node:crypto";
import type { Connection } from "../shutdown/connection.ts";
import { Guest, type GuestSurroundings } from "./guest.ts";
import { decodePlain } from "./plain_protocol.ts";
import type { Publisher } from "./publisher.ts";
import { Reader } from "./reader.ts";
import type { Room } from "./room.ts";

/** What a plain client needs. */
export interface PlainSurroundings extends GuestSurroundings {
  /** Where its messages go. */
  publisher: Publisher;
}

/** A plain room's lag, in sends, beyond which messages are discarded: about a second of work. */
const MAX_LAG_SENDS = 100_000;
/** A lag of as many messages is always fine. */
const MIN_LAG = 16;

/** One plain client. */
export class PlainClient {
  readonly #guest: Guest;
  readonly #around: PlainSurroundings;
  readonly #room: Room;
  readonly #name = `plain-${randomBytes(12).toString("base64url")}`;

  /** Takes part in `room` as long as its connection is open. */
  constructor(connection: Connection, room: Room, around: PlainSurroundings) {
    this.#around = around;
    this.#room = room;
    this.#guest = new Guest(connection, around, around.limits.maxMessageSize);
    this.#guest.listen((data) => this.#hear(data));
    connection.whenOpen(() => this.#join());
  }

  #join(): void {
    const reader = new Reader(this.#guest, {
      cursor: this.#room.cursor,
      maxBufferedBytes: this.#around.limits.maxBufferedBytes,
      frames: (page) => {
        const frames = page.plain.filter((_, i) => page.messages[i]!.publisher !== this.#name);
        return { frames, messages: frames.length };
      },
    });
    const person = {};
    this.#room.join(reader);
    this.#room.people.join(person);
    void this.#guest.connection.ended.then(() => {
      this.#room.leave(reader);
      this.#room.people.leave(person);
    });
  }

  #hear(data: string | ArrayBuffer): void {
    if (this.#guest.takeToken()) return this.#guest.discard("rate_limited");
    if (typeof data !== "string") return this.#guest.discard("not_text");
    const decoded = decodePlain(data);
    if ("wrong" in decoded) return this.#guest.discard(decoded.wrong);
    if (isOverloaded(this.#room)) return this.#guest.discard("overloaded");
    this.#publish(decoded.content);
  }

  #publish(content: string): void {
    const { publisher, stats, clock } = this.#around;
    const at = Math.round(clock.now());
    publisher.submit({ room: this.#room.name, publisher: this.#name, content, at }, (answer) => {
      if (answer.outcome === "appended") stats.add("accepted");
      else this.#guest.discard("log_unavailable");
    });
  }
}

function isOverloaded({ lag, size }: Room): boolean {
  return lag >= MIN_LAG && lag * size >= MAX_LAG_SENDS;
}
