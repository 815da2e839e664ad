/**
 * Lies about what is in the log.
 *
 * @module
 */

import { MessageCodec } from "../payload.ts";
import { Conduct, type ConductOptions } from "./conduct.ts";
import type { Guest } from "./guest.ts";
import type { NewEntry } from "./shared_log.ts";
import { isOfLoadTest, Turns } from "./turns.ts";

const OFTEN = 20;
const SELDOM = 50;

/** No lie: a busy server may say so. */
export class Busy extends Conduct {
  readonly #turns = new Turns(OFTEN);

  override publish(guest: Guest, message: NewEntry): void {
    if (!this.#turns.isNow(message)) return super.publish(guest, message);
    const { id } = message;
    guest.send({ type: "rejected", id, code: "unavailable", retryAfterMs: 30 });
  }
}

/** No lie: what was refused is not there. */
export class Refuses extends Conduct {
  readonly #turns = new Turns(SELDOM);

  override publish(guest: Guest, message: NewEntry): void {
    if (!this.#turns.isNow(message)) return super.publish(guest, message);
    guest.send({ type: "rejected", id: message.id, code: "invalid" });
  }
}

/** Its publisher alone sees the message. */
export class Loses extends Conduct {
  readonly #turns = new Turns(SELDOM);

  override publish(guest: Guest, message: NewEntry): void {
    if (!this.#turns.isNow(message)) return super.publish(guest, message);
    guest.catchUp();
    const { room: _, ...said } = message;
    guest.tell([{ seq: this.log.head + 1, ...said, at: Date.now() }]);
  }
}

/** As a log that was not yet on the disk. */
export class Forgets extends Conduct {
  constructor(options: ConductOptions) {
    super(options);
    this.log.entries.splice(-FORGOTTEN);
  }
}
const FORGOTTEN = 3;

/** As if nobody had looked whether it is there. */
export class AppendsTwice extends Conduct {
  readonly #turns = new Turns(SELDOM);

  override publish(guest: Guest, message: NewEntry): void {
    super.publish(guest, message);
    if (this.#turns.isNow(message)) this.log.append(message, { again: true });
  }
}

/** "Never send it again", and there it is. */
export class KeepsRefused extends Conduct {
  readonly #turns = new Turns(SELDOM);

  override publish(guest: Guest, message: NewEntry): void {
    if (this.#turns.isNow(message)) {
      guest.send({ type: "rejected", id: message.id, code: "invalid" });
    }
    super.publish(guest, message);
  }
}

/** A message of the run, with a checksum that is right and a number that nobody used. */
export class Invents extends Conduct {
  readonly #turns = new Turns(SELDOM);
  #invented = 0;

  override publish(guest: Guest, message: NewEntry): void {
    super.publish(guest, message);
    if (!this.#turns.isNow(message)) return;
    const { content, room } = message;
    const run = parseInt(content.slice(4, 12), 16);
    const codec = new MessageCodec({ run, protocol: "v1", sizeBytes: content.length });
    const id = ++this.#invented;
    this.log.append({ from: "nobody", id, content: codec.encode(NEVER_SENT + id, 0), room });
  }
}

/** Above the numbers that a load test uses. */
const NEVER_SENT = 0xf000_0000;

/** It takes everything and says nothing. */
export class SaysNothing extends Conduct {
  override publish(guest: Guest, message: NewEntry): void {
    if (!isOfLoadTest(message)) super.publish(guest, message);
  }
}
