/**
 * Looks at the stream now and then: whether it is there, whether the tail has missed its end, what NATS
 * has removed from it, and which marks grow old.
 */

import type { JetStreamManager } from "@nats-io/jetstream";
import type { Clock } from "../../clock.ts";
import { MessageLogError } from "../message_log.ts";
import { isPassing, reasonOf } from "./errors.ts";
import type { Health } from "./health.ts";
import type { Link } from "./link.ts";
import type { Rooms } from "./rooms.ts";
import type { Tail } from "./tail.ts";
import type { StreamNames } from "./wire.ts";

/** What watching needs. */
export interface StreamWatchOptions {
  manager: { streams: Pick<JetStreamManager["streams"], "info"> };
  names: StreamNames;
  /** When the stream was made. */
  epoch: string;
  tail: Pick<Tail, "position" | "catchUp">;
  rooms: Pick<Rooms, "all" | "mark">;
  /** Whether NATS answers. */
  reading: Health;
  /** Whether it takes messages. */
  writing: Health;
  /** Told whether NATS answers. */
  link: Pick<Link, "doubt" | "trust">;
  /** Tries to write. */
  probe: () => Promise<void>;
  /** How long NATS keeps a message; 0 is for ever. */
  maxAgeMs: number;
  clock: Clock;
}

const LOOK_MS = 1_000;
/** So many looks in a row may find the stream shorter than it was. */
const LOOKS_BACK = 15;
/** Marks are renewed in this part of the time that messages are kept. */
const MARKS_PER_AGE = 4;

/** An eye on the stream. */
export class StreamWatch {
  readonly #options: StreamWatchOptions;
  readonly #closed = new AbortController();
  readonly #running: Promise<void>;
  #pause = new AbortController();
  #bytes = 0;
  #looksBack = 0;

  /** Begins to look. */
  constructor(options: StreamWatchOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** What the stream took on a disk when it was last looked at. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Looks at once. */
  lookNow(): void {
    this.#pause.abort();
  }

  /** Looks no more. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#pause.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#closed.signal.aborted) {
      this.#pause = new AbortController();
      await clock.sleep(LOOK_MS, AbortSignal.any([this.#pause.signal, this.#closed.signal]));
      if (this.#closed.signal.aborted) return;
      await this.#look().catch((error) => this.#fail(error));
    }
  }

  async #fail(error: unknown): Promise<void> {
    const { reading, link } = this.#options;
    reading.failed(reasonOf(error).why);
    if (isPassing(error)) await link.doubt();
  }

  async #look(): Promise<void> {
    const { manager, names, epoch, tail, rooms, reading, writing, link, probe } = this.#options;
    const { state, created } = await manager.streams.info(names.stream);
    link.trust();
    if (created !== epoch) {
      throw new MessageLogError(
        "failed",
        "the stream was made anew; this server must be started anew",
      );
    }
    this.#checkEnd(state.last_seq);
    reading.succeeded();
    this.#bytes = state.bytes;
    tail.catchUp(state.last_seq);
    for (const { index } of rooms.all) index.dropThrough(state.first_seq - 1);
    // Nobody is sent to a server that cannot write, so that it can again is to be found out.
    if (writing.isDown) await probe().catch(() => {});
    await this.#renewMarks();
  }

  /** A leader that is new, or no leader any more, may be behind for a moment; longer is another matter. */
  #checkEnd(lastSeq: number): void {
    this.#looksBack = lastSeq < this.#options.tail.position ? this.#looksBack + 1 : 0;
    if (this.#looksBack < LOOKS_BACK) return;
    throw new MessageLogError(
      "failed",
      "the stream has lost messages that were accepted; see to its disks",
    );
  }

  async #renewMarks(): Promise<void> {
    const { rooms, maxAgeMs, clock } = this.#options;
    if (maxAgeMs === 0) return;
    const oldest = clock.now() - maxAgeMs / MARKS_PER_AGE;
    for (const room of rooms.all) {
      if (room.index.head > 0 && room.mark.at < oldest) await rooms.mark(room);
    }
  }
}
