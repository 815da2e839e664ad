/**
 * Gives a machine hands: a socket, and a timer.
 */

import { Alarm } from "./alarm.ts";
import type { Effect } from "./effects.ts";
import { encode, SUBPROTOCOL } from "./frames.ts";
import { Link } from "./link.ts";
import type { Machine } from "./machine.ts";
import type { Settings } from "./settings.ts";

/** What is for the user, not for the socket. */
export type Notice = Exclude<Effect, { do: "connect" | "send" | "hangUp" }>;

/** How long a server may take to answer our Close frame, in ms. */
const CLOSE_MS = 2_000;

/** Does what the machine says, in its order, and tells it what happens. */
export class Driver {
  /** Resolves when the machine is closed and its last socket has ended. */
  readonly closed: Promise<void>;
  readonly #machine: Machine;
  readonly #settings: Settings;
  readonly #tell: (notice: Notice) => void;
  readonly #alarm: Alarm;
  readonly #effects: Effect[] = [];
  #noteClosed = () => {};
  #isActing = false;
  #link: Link | undefined;

  constructor(machine: Machine, settings: Settings, tell: (notice: Notice) => void) {
    this.#machine = machine;
    this.#settings = settings;
    this.#tell = tell;
    this.#alarm = new Alarm(settings.clock, () => this.tick());
    this.closed = new Promise((resolve) => this.#noteClosed = resolve);
  }

  /** Lets the machine look what there is to do. */
  tick(): void {
    this.#act(this.#machine.tick(this.#now));
  }

  /** Lets the machine come to its end. */
  close(flushMs: number): void {
    this.#act(this.#machine.close(flushMs, this.#now));
  }

  get #now(): number {
    return this.#settings.clock.now();
  }

  /** A listener may publish or close in the middle of this: what follows from it comes after it. */
  #act(effects: Effect[]): void {
    this.#effects.push(...effects);
    if (this.#isActing) return;
    this.#isActing = true;
    try {
      for (let next = this.#effects.shift(); next; next = this.#effects.shift()) this.#do(next);
    } finally {
      this.#isActing = false;
      this.#alarm.ringBy(this.#machine.wakeAt);
    }
  }

  #do(effect: Effect): void {
    if (effect.do === "connect") this.#connect(effect.url);
    else if (effect.do === "send") this.#link?.send(encode(effect.frame));
    else if (effect.do === "hangUp") this.#link?.hangUp(effect.code, effect.reason);
    else {
      if (effect.do === "state" && effect.state.name === "closed") void this.#finish();
      this.#tell(effect);
    }
  }

  #connect(url: string): void {
    this.#link = undefined;
    try {
      this.#link = new Link(this.#settings.createSocket(url, [SUBPROTOCOL]), {
        opened: (protocol) => this.#act(this.#machine.opened(protocol, this.#now)),
        heard: (data) => this.#act(this.#machine.took(this.#settings.readFrame(data), this.#now)),
        ended: (end) => this.#act(this.#machine.ended(end, this.#now)),
      });
    } catch (error) {
      this.#act(this.#machine.ended({ code: 1006, reason: String(error) }, this.#now));
    }
  }

  async #finish(): Promise<void> {
    const over = new AbortController();
    this.#alarm.cancel();
    await Promise.race([
      this.#link?.gone,
      this.#settings.clock.sleep(CLOSE_MS, over.signal),
    ]);
    over.abort();
    this.#noteClosed();
  }
}
