/**
 * The rooms that somebody here follows, each with the places of its messages.
 *
 * A room is opened by reading the headers of what is kept of it, and then follows the tail.
 */

import { DeliverPolicy, type JetStreamClient, type JetStreamManager } from "@nats-io/jetstream";
import type { Clock } from "../../clock.ts";
import { MessageLogError, type Retention } from "../message_log.ts";
import type { KeptMark, Marks } from "./marks.ts";
import { type Place, RoomIndex } from "./room_index.ts";
import { placeOf, type StreamNames } from "./wire.ts";
import { within } from "./within.ts";

/** What opening needs. */
export interface RoomsOptions {
  manager: JetStreamManager;
  client: JetStreamClient;
  names: StreamNames;
  marks: Marks;
  /** How long NATS keeps a message; 0 is for ever. */
  maxAgeMs: number;
  clock: Clock;
}

/** A room that is followed. */
export interface OpenRoom {
  readonly name: string;
  readonly index: RoomIndex;
  /** Its newest mark, as far as is known here. */
  mark: KeptMark;
}

interface State {
  /** The place of its last message that the tail has brought. */
  lastSeq: number;
  open?: OpenRoom;
  opening?: Promise<OpenRoom>;
  /** What the tail brought while it was being opened. */
  pending?: Place[];
}

/** A mark that is older, less this, may not count all that has been removed. */
const CLOCKS_DIFFER_MS = 60_000;
const ATTEMPTS = 5;
/** How many messages of a room are removed at once, at most. */
const TRIM_STEP = 10_000;
/** What is less than this part of what is kept of a room is not worth a request. */
const TRIM_WORTH = 100;
const FOLD_MS = 10_000;
const FOLD_UNDER_WAY = 5_000;

/** Rooms by name. */
export class Rooms {
  readonly #options: RoomsOptions;
  readonly #states = new Map<string, State>();

  /** None is open yet. */
  constructor(options: RoomsOptions) {
    this.#options = options;
  }

  /** The rooms that are open. */
  get all(): OpenRoom[] {
    return [...this.#states.values()].flatMap(({ open }) => open ?? []);
  }

  /** A room, if it is open. */
  get(room: string): OpenRoom | undefined {
    return this.#states.get(room)?.open;
  }

  /** Whether somebody here follows a room, or is about to. */
  isFollowed(room: string): boolean {
    const state = this.#states.get(room);
    return state?.open !== undefined || state?.opening !== undefined;
  }

  /** Counts what the tail brought. Returns the room if it is open and has grown. */
  hear(room: string, place: Place): OpenRoom | undefined {
    const state = this.#stateOf(room);
    state.lastSeq = place.streamSeq;
    state.pending?.push(place);
    return state.open?.index.add(place) ? state.open : undefined;
  }

  /** Follows a room no more. */
  release(room: string): void {
    const state = this.#states.get(room);
    // Names of rooms in which nothing was ever said are anybody's to make up.
    if (state?.lastSeq === 0 && !state.opening) this.#states.delete(room);
    else delete state?.open;
  }

  /** A room, opened if need be. */
  async open(room: string): Promise<OpenRoom> {
    const state = this.#stateOf(room);
    if (state.open) return state.open;
    return await (state.opening ??= this.#open(room, state).finally(() => {
      delete state.opening;
      delete state.pending;
    }));
  }

  /** Makes a mark of a room as it is, or learns of one that counts as much. */
  async mark(room: OpenRoom): Promise<void> {
    for (let i = 0; i < ATTEMPTS; i++) {
      const wanted = room.index.mark;
      const written = await this.#options.marks.write(room.name, wanted, room.mark);
      room.mark = written ?? await this.#options.marks.read(room.name);
      if (room.mark.streamSeq >= wanted.streamSeq && room.mark.revision > 0) return;
    }
    throw unsettled(room.name);
  }

  /** Removes what retention no longer keeps of a room: here, and for all. */
  async trim(room: OpenRoom, retention: Retention, now: number): Promise<void> {
    const { manager, names } = this.#options;
    const { index } = room;
    const { maxMessages, maxAgeMs } = retention;
    const all = index.lastToTrim({ maxMessages, before: now - maxAgeMs });
    const count = Math.min(TRIM_STEP, index.countThrough(all));
    const kept = index.head - index.first + 1;
    if (count === 0 || count * TRIM_WORTH < kept) return;
    const last = index.after(index.first - 1, count).at(-1)!.streamSeq;
    // First the mark, then the messages: else who counts later would not know of them.
    if (room.mark.streamSeq < last) await this.mark(room);
    await manager.streams.purge(names.stream, {
      filter: names.subjectOf(room.name),
      seq: last + 1,
    });
    index.dropThrough(last);
  }

  #stateOf(room: string): State {
    const state = this.#states.get(room) ?? { lastSeq: 0 };
    this.#states.set(room, state);
    return state;
  }

  async #open(name: string, state: State): Promise<OpenRoom> {
    const { marks } = this.#options;
    state.pending = [];
    for (let i = 0; i < ATTEMPTS; i++) {
      const known = await marks.read(name);
      const kept = await this.#readKept(name, { atLeast: state.lastSeq, mark: known });
      // Whoever removes messages makes a mark first: a newer one says that some may have gone under us.
      if ((await marks.read(name)).revision !== known.revision) continue;
      const mark = await this.#settle(name, known, kept);
      if (!mark) continue;
      const open = { name, mark, index: RoomIndex.of(mark, kept) };
      for (const place of state.pending) open.index.add(place);
      return state.open = open;
    }
    throw unsettled(name);
  }

  /**
   * A mark by which everybody counts alike. When one is older than what NATS keeps, messages after it may
   * have gone uncounted: then all that went from the stream counts as if it had been of this room, for a
   * seq may be skipped and never be given twice.
   */
  async #settle(
    name: string,
    mark: KeptMark,
    kept: readonly Place[],
  ): Promise<KeptMark | undefined> {
    const { maxAgeMs, clock, manager, names, marks } = this.#options;
    const isYoung = maxAgeMs === 0 || clock.now() - mark.at < maxAgeMs - CLOCKS_DIFFER_MS;
    const reachesKept = kept[0] !== undefined && kept[0].streamSeq <= mark.streamSeq;
    if (mark.revision === 0 || isYoung || reachesKept) return mark;
    const { state } = await manager.streams.info(names.stream);
    const uncounted = state.first_seq - 1 - mark.streamSeq;
    if (uncounted <= 0) return mark;
    return await marks.write(name, {
      streamSeq: state.first_seq - 1,
      head: mark.head + uncounted,
    }, mark);
  }

  /** The places of all that is kept of a room, at least up to one that is known. */
  async #readKept(
    room: string,
    known: { atLeast: number; mark: KeptMark },
  ): Promise<Place[]> {
    const target = await this.#lastOf(room, known);
    if (target === 0) return [];
    const { client, names, clock } = this.#options;
    const consumer = await client.consumers.get(names.stream, {
      filter_subjects: names.subjectOf(room),
      deliver_policy: DeliverPolicy.All,
      headers_only: true,
    });
    const places: Place[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const messages = await consumer.consume({
      max_messages: FOLD_UNDER_WAY,
      callback: (message) => {
        if ((places.at(-1)?.streamSeq ?? 0) >= target) return;
        places.push(placeOf(message));
        if (message.seq >= target) resolve();
      },
    });
    await within(promise, { clock, ms: FOLD_MS });
    void messages.close().catch(() => {});
    if ((places.at(-1)?.streamSeq ?? 0) < target) throw unsettled(room);
    return places;
  }

  /** The place of a room's last message that is kept; 0 for none. */
  async #lastOf(
    room: string,
    { atLeast, mark }: { atLeast: number; mark: KeptMark },
  ): Promise<number> {
    const { manager, names } = this.#options;
    const last = await manager.streams.getMessage(names.stream, {
      last_by_subj: names.subjectOf(room),
    });
    const seq = last?.seq ?? 0;
    if (seq >= atLeast || mark.streamSeq >= atLeast) return seq;
    // A leader that is new may not have applied it yet; or it was removed for its age.
    return await manager.streams.getMessage(names.stream, { seq: atLeast }) ? atLeast : seq;
  }
}

function unsettled(room: string): MessageLogError {
  return new MessageLogError(
    "unavailable",
    `Cannot read the room ${JSON.stringify(room)}: its messages could not be counted in time`,
  );
}
