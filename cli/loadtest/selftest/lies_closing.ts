/**
 * Ways not to leave.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { encode, type MessageItem, type ServerFrame } from "@lastcall/lastcall/client";
import { encodeFrame, OPCODE } from "../../frames.ts";
import { Conduct, type ConductOptions } from "./conduct.ts";
import type { Guest } from "./guest.ts";
import type { NewEntry } from "./shared_log.ts";
import { Turns, Victim } from "./turns.ts";

/** It has some messages first, so that there is something to lose. */
const EARLY = 40;

/** Gone, and everybody is cut. */
export class Cuts extends Conduct {
  override leave(): Promise<number> {
    return Promise.resolve(0);
  }
}

/** One is cut, and all others are asked to leave. */
export class CutsOne extends Conduct {
  readonly #victim = new Victim();

  override askToLeave(guest: Guest, i: number): void {
    if (this.#victim.is(guest)) guest.socket.terminate();
    else super.askToLeave(guest, i);
  }
}

/** As if the talk were over. */
export class Closes1000 extends Conduct {
  override close(guest: Guest): void {
    guest.close(1000, "");
  }
}

/** As if there had been no hello. */
export class Closes4000 extends Conduct {
  override close(guest: Guest): void {
    guest.close(4000, "");
  }
}

/** Somebody is closed whom nothing called away. */
export class ClosesEarly extends Conduct {
  readonly #turns = new Turns(EARLY);
  #hasClosed = false;

  override publish(guest: Guest, message: NewEntry): void {
    super.publish(guest, message);
    if (this.#hasClosed || this.log.isResumed || !this.#turns.isNow(message)) return;
    this.#hasClosed = true;
    guest.catchUp();
    guest.close(1011, "");
  }
}

/** After its Close frame comes another one. */
export class TalksOn extends Conduct {
  override close(guest: Guest): void {
    super.close(guest);
    sendAfterClose(guest, { type: "messages", items: [] });
  }
}

/** What was published last is acknowledged after the Close frame. */
export class AcksLate extends Conduct {
  readonly #held = new Map<Guest, MessageItem[]>();

  override askToLeave(guest: Guest, i: number): void {
    this.#held.set(guest, []);
    super.askToLeave(guest, i);
  }

  override deliver(guest: Guest, items: MessageItem[]): MessageItem[] {
    const held = this.#held.get(guest);
    if (!held) return items;
    held.push(...items);
    return [];
  }

  override sayGoodbye(guest: Guest): void {
    guest.catchUp();
    this.close(guest);
    sendAfterClose(guest, { type: "messages", items: this.#held.get(guest) ?? [] });
  }
}

/** It goes on welcoming for a while; all come back to it at once. */
export class Admits extends Conduct {
  #isEnding = false;

  constructor(options: ConductOptions) {
    super({ ...options, alternates: [] });
  }

  override admits(): boolean {
    return !this.#isEnding;
  }

  override async leave(): Promise<number> {
    await this.empty();
    await delay(STAY_MS);
    this.#isEnding = true;
    return await super.leave();
  }
}
const STAY_MS = 500;

/** As if something had failed. */
export class Exits7 extends Conduct {
  override async leave(): Promise<number> {
    await super.leave();
    return 7;
  }
}

/** Something keeps it from ending. */
export class Lingers extends Conduct {
  override async leave(): Promise<number> {
    await super.leave();
    return await new Promise(() => {});
  }
}

/** It ends by itself, once. */
export class Crashes extends Conduct {
  readonly #turns = new Turns(EARLY);

  override publish(guest: Guest, message: NewEntry): void {
    super.publish(guest, message);
    if (!this.log.isResumed && this.#turns.isNow(message)) Deno.exit(0);
  }
}

/** It cannot begin where another one ended. */
export class StaysAway extends Conduct {
  constructor(options: ConductOptions) {
    super(options);
    if (this.log.isResumed) Deno.exit(1);
  }
}

/** Past the library, which knows better. */
function sendAfterClose(guest: Guest, frame: ServerFrame): void {
  const { _socket } = guest.socket as unknown as { _socket: { write(bytes: Uint8Array): void } };
  const bytes = encodeFrame({ opcode: OPCODE.text, payload: encode(frame), mask: false });
  _socket.write(Buffer.from(bytes));
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
