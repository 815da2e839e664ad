/**
 * Who is in a room, as this process sees it, told to those who asked for it.
 *
 * It is told when it has changed, at most once a second, and the more seldom the more listen: a restart
 * moves everybody at once, and must not be made dearer by telling all of them of each other.
 */

import type { Clock } from "../clock.ts";
import { turn } from "../turn.ts";

/** Somebody in a room. */
export interface Person {
  /** The name to be shown by. */
  name?: string | undefined;
  /** Tells who is here; without it nobody asked. */
  tell?: (frame: string) => void;
}

/** Names that are told at most. */
const NAMES = 50;
/** The least time between two frames, in ms. */
const LEAST_MS = 1_000;
/** What it is lengthened by for each listener, in ms: a hundred times what telling it costs. */
const MS_PER_LISTENER = 1;
/** After how many sends to yield to the event loop. */
const SENDS_PER_TURN = 500;

/** The people of one room. */
export class People {
  readonly #clock: Clock;
  readonly #closed: AbortSignal;
  readonly #here = new Set<Person>();
  /** Who listens, and what each was told last. */
  readonly #told = new Map<Person, string>();
  #state: "quiet" | "telling" | "stale" = "quiet";

  /** Tells nothing more once `closed` is aborted. */
  constructor(clock: Clock, closed: AbortSignal) {
    this.#clock = clock;
    this.#closed = closed;
  }

  /** Somebody came. */
  join(person: Person): void {
    this.#here.add(person);
    if (person.tell) this.#told.set(person, "");
    this.#change();
  }

  /** Somebody went. */
  leave(person: Person): void {
    if (!this.#here.delete(person)) return;
    this.#told.delete(person);
    this.#change();
  }

  #change(): void {
    if (this.#told.size === 0) return;
    if (this.#state === "quiet") void this.#tell();
    else this.#state = "stale";
  }

  async #tell(): Promise<void> {
    do {
      this.#state = "telling";
      await turn();
      await this.#tellAll(this.#frame());
      const pauseMs = Math.max(LEAST_MS, MS_PER_LISTENER * this.#told.size);
      await this.#clock.sleep(pauseMs, this.#closed);
    } while (this.#isStale() && !this.#closed.aborted);
    this.#state = "quiet";
  }

  #isStale(): boolean {
    return this.#state === "stale";
  }

  async #tellAll(frame: string): Promise<void> {
    let sends = 0;
    for (const [person, told] of [...this.#told]) {
      if (told === frame || !this.#told.has(person)) continue;
      this.#told.set(person, frame);
      person.tell!(frame);
      if (++sends % SENDS_PER_TURN === 0) await turn();
    }
  }

  #frame(): string {
    const names: string[] = [];
    for (const { name } of this.#here) {
      if (name !== undefined) names.push(name);
      if (names.length === NAMES) break;
    }
    return JSON.stringify({ type: "people", here: this.#here.size, names });
  }
}
