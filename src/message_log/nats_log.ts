/**
 * The log in a JetStream of NATS, for processes on many machines.
 *
 * All messages of all rooms are in one stream, one subject for each room. Order, replication, replay and
 * the recognition of repetitions (`Nats-Msg-Id`) are JetStream's. A room's seq is the place of a message
 * among those of its room: every process hears the whole stream in its order and counts alike.
 *
 * A message is accepted when JetStream has acknowledged it: with three replicas, when two servers have it.
 *
 * @module
 */

import {
  type JetStreamManager,
  jetstreamManager,
  type PubAck,
  type StreamInfo,
} from "@nats-io/jetstream";
import { millis, type NatsConnection } from "@nats-io/transport-node";
import { type Clock, systemClock } from "../clock.ts";
import { silentLog } from "../log.ts";
import {
  type Announcement,
  type AnnounceOptions,
  type Appended,
  type Entry,
  type GrowthListener,
  type LoggedMessage,
  type MessageLog,
  MessageLogError,
  type Retention,
  type RoomRange,
} from "./message_log.ts";
import { Appender } from "./nats/appender.ts";
import { Bodies } from "./nats/bodies.ts";
import { coalesce } from "./nats/coalesce.ts";
import { natsError, reasonOf } from "./nats/errors.ts";
import { Growth } from "./nats/growth.ts";
import { Health } from "./nats/health.ts";
import { Link } from "./nats/link.ts";
import { Marks } from "./nats/marks.ts";
import { nextPlace } from "./nats/next_place.ts";
import type { NatsLogOptions } from "./nats/options.ts";
import { patiently } from "./nats/patiently.ts";
import { checkPayload } from "./nats/payload.ts";
import { Rooms } from "./nats/rooms.ts";
import { StreamWatch } from "./nats/stream_watch.ts";
import { prepareStreams } from "./nats/streams.ts";
import { Tail } from "./nats/tail.ts";
import {
  decodeBody,
  msgIdOf,
  namesOf,
  placeOf,
  type StreamMessage,
  type StreamNames,
} from "./nats/wire.ts";
import { within } from "./nats/within.ts";
import { announceNode } from "./nats/nodes.ts";

const DAY_MS = 86_400_000;
/** NATS may take nine seconds to agree on a new leader. */
const WAIT_MS = 10_000;
/** What NATS is asked must be answered in time. */
const REQUEST_MS = 2_000;
const OPEN_MS = 15_000;
const CLOSE_MS = 1_000;

export type { NatsLogOptions };

/** The `nats://…` back end. */
export class NatsLog implements MessageLog {
  /** See {@linkcode MessageLog.epoch}. */
  readonly epoch: string;
  readonly #name: string;
  readonly #connection: NatsConnection;
  readonly #manager: JetStreamManager;
  readonly #names: StreamNames;
  readonly #clock: Clock;
  readonly #waitMs: number;
  readonly #reading: Health;
  readonly #writing: Health;
  readonly #link: Link;
  readonly #tail: Tail;
  readonly #rooms: Rooms;
  readonly #bodies: Bodies;
  readonly #appender: Appender;
  readonly #growth = new Growth();
  readonly #watch: StreamWatch;
  readonly #lastSeq: () => Promise<number>;
  /** Writes what is no message. Resolves to its place when as many servers have it as are to have it. */
  readonly #writeProbe: () => Promise<number>;
  #closing: Promise<void> | undefined;

  private constructor(
    connection: NatsConnection,
    { manager, info, names, name, options }: {
      manager: JetStreamManager;
      info: StreamInfo;
      names: StreamNames;
      name: string;
      options: NatsLogOptions;
    },
  ) {
    const { clock = systemClock, log = silentLog, waitMs = WAIT_MS } = options;
    const { hasOthers = false } = options;
    this.epoch = info.created;
    this.#name = name;
    this.#connection = connection;
    this.#manager = manager;
    this.#names = names;
    this.#clock = clock;
    this.#waitMs = waitMs;
    // While there is no leader all is to wait, and only then to be given up.
    const reading = this.#reading = new Health(clock, waitMs);
    const writing = this.#writing = new Health(clock, waitMs);
    const client = manager.jetstream();
    const maxAgeMs = millis(info.config.max_age);
    const around = { connection, client, manager, names, clock, name };
    const marks = new Marks(manager, client, names);
    this.#rooms = new Rooms({ ...around, marks, maxAgeMs });
    this.#bodies = new Bodies(manager, names.stream);
    const position = info.state.last_seq;
    this.#tail = new Tail({ ...around, position, hear: (message) => this.#hear(message) });
    const link = this.#link = new Link(connection, {
      ...{ clock, log, hasOthers },
      // What was missed meanwhile is read when it is known how much that is.
      onReconnect: () => this.#watch.lookNow(),
    });
    this.#watch = new StreamWatch({
      ...around,
      link,
      ...{ epoch: this.epoch, tail: this.#tail, rooms: this.#rooms, reading, writing, maxAgeMs },
      probe: () => this.probe(),
    });
    this.#appender = new Appender({ ...around, link, health: writing });
    this.#lastSeq = coalesce(async () => (await manager.streams.info(names.stream)).state.last_seq);
    this.#writeProbe = coalesce(async () => {
      const ack = await client.publish(names.probe, "", { timeout: REQUEST_MS });
      writing.succeeded();
      return ack.seq;
    });
  }

  /**
   * Opens a log on a connection, which becomes its own. Makes the stream where there is none, and checks
   * it where there is one.
   */
  static async open(connection: NatsConnection, options: NatsLogOptions): Promise<NatsLog> {
    const { stream, replicas = 1, maxAgeMs = DAY_MS, maxMessageBytes = 0 } = options;
    const { clock = systemClock, name = `${connection.getServer()}/${stream}` } = options;
    try {
      checkPayload(connection, maxMessageBytes);
      const names = namesOf(stream);
      const prepare = async () => {
        const manager = await jetstreamManager(connection, { timeout: REQUEST_MS });
        return { manager, info: await prepareStreams(manager, names, { replicas, maxAgeMs }) };
      };
      // A cluster that has just started has no leader yet.
      const { manager, info } = await patiently(prepare, { clock, ms: OPEN_MS });
      return new NatsLog(connection, { manager, info, names, name, options });
    } catch (error) {
      await connection.close();
      throw natsError("open", name, error);
    }
  }

  /** The NATS server that it is connected to, as `host:port`; of several it may be any. */
  get server(): string {
    return this.#connection.getServer();
  }

  /** See {@linkcode MessageLog.trouble}. */
  get trouble(): string | undefined {
    const why = this.#whyNot;
    return why === undefined ? undefined : `Cannot use the message log ${this.#name}: ${why}`;
  }

  /** See {@linkcode MessageLog.announce}. */
  announce(url: string, options?: AnnounceOptions): Announcement {
    return announceNode(this.#connection, { stream: this.#names.stream, url, ...options });
  }

  /** See {@linkcode MessageLog.append}. */
  append(batch: readonly Entry[]): Promise<Appended[]> {
    return this.#run("write", async () => {
      if (batch.length === 0) return [];
      const deadlineMs = this.#clock.now() + this.#writing.patienceMs(this.#waitMs);
      const rooms = new Set(batch.map(({ room }) => room));
      for (const room of rooms) await this.#makeWritable(room, deadlineMs);
      const known = batch.map((entry) => this.#find(entry));
      const news = batch.filter((_, i) => known[i] === undefined);
      const acks = await this.#appender.append(news, deadlineMs);
      if (news.length > 0 && acks.every((ack) => ack === undefined)) {
        throw this.#unavailable("write");
      }
      const answers = known.map((answer, i) =>
        answer ?? this.#place(batch[i]!, acks.shift(), deadlineMs)
      );
      const placed = await Promise.all(answers);
      this.#growth.tell();
      return placed;
    });
  }

  /** See {@linkcode MessageLog.read}. */
  read(room: string, after: number, limit: number): Promise<LoggedMessage[]> {
    return this.#run("read", async () => {
      const { index } = await this.#rooms.open(room);
      const places = index.after(after, limit);
      const streamSeqs = places.map(({ streamSeq }) => streamSeq);
      const bodies = await this.#bodies.read(this.#names.subjectOf(room), streamSeqs);
      // What is missing was removed by another process, or by NATS, from the front.
      const missing = bodies.lastIndexOf(undefined);
      if (missing >= 0) index.dropThrough(places[missing]!.streamSeq);
      return places.flatMap(({ seq }, i) => bodies[i] ? [{ seq, ...bodies[i] }] : []);
    });
  }

  /** See {@linkcode MessageLog.range}. */
  range(room: string, known = 0): Promise<RoomRange> {
    return this.#read(async () => {
      await this.#catchUp(await this.#lastSeq());
      const { index } = await this.#rooms.open(room);
      // A leader that others have given up may not know it yet. What it writes, it does not write alone.
      if (index.head < known) await this.#catchUp(await this.#writeProbe());
      return { first: index.first, head: index.head };
    });
  }

  /** See {@linkcode MessageLog.lastId}; of the rooms that are followed here. */
  lastId(publisher: string): Promise<number> {
    return this.#read(async () => {
      await this.#catchUp(await this.#lastSeq());
      return Math.max(0, ...this.#rooms.all.map(({ index }) => index.lastId(publisher)));
    });
  }

  /** See {@linkcode MessageLog.bytes}. */
  bytes(): Promise<number> {
    return Promise.resolve(this.#watch.bytes);
  }

  /** See {@linkcode MessageLog.watch}. */
  watch(listener: GrowthListener): Disposable {
    return this.#growth.watch(listener);
  }

  /** See {@linkcode MessageLog.release}. */
  release(room: string): void {
    this.#rooms.release(room);
  }

  /** See {@linkcode MessageLog.trim}; of the rooms that are followed here. NATS itself removes by age. */
  trim(retention: Retention, now: number): Promise<void> {
    return this.#run("trim", async () => {
      for (const room of this.#rooms.all) await this.#rooms.trim(room, retention, now);
    });
  }

  /** See {@linkcode MessageLog.probe}. */
  probe(): Promise<void> {
    return this.#run("write", async () => void await this.#writeProbe());
  }

  /** See {@linkcode MessageLog.close}. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Closes. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #hear(message: StreamMessage): void {
    const name = this.#names.roomOf(message.subject);
    if (name === undefined) return;
    const room = this.#rooms.hear(name, placeOf(message));
    if (this.#rooms.isFollowed(name)) this.#bodies.remember(message.seq, decodeBody(message.data));
    if (!room) return;
    const isOwn = this.#appender.isUnderWay(msgIdOf(message));
    this.#growth.note(name, room.index.head, { isOwn });
  }

  /** A room has a mark before its first message, so that nobody counts from 0 again. */
  async #makeWritable(room: string, deadlineMs: number): Promise<void> {
    if (this.#rooms.get(room)?.mark.revision) return;
    const make = async () => {
      const open = await this.#rooms.open(room);
      if (open.mark.revision === 0) await this.#rooms.mark(open);
    };
    await this.#patiently("write", make, {
      health: this.#writing,
      ms: deadlineMs - this.#clock.now(),
    });
  }

  #find({ room, publisher, id }: Entry): Appended | undefined {
    if (id === undefined) return undefined;
    const found = this.#rooms.get(room)?.index.find(publisher, id);
    if (found === undefined) return undefined;
    return found === "expired" ? { outcome: "expired" } : { outcome: "duplicate", seq: found };
  }

  /** What an acknowledgement means for the room. */
  async #place(
    { room }: Entry,
    ack: PubAck | undefined,
    deadlineMs: number,
  ): Promise<Appended> {
    const leftMs = Math.max(REQUEST_MS, deadlineMs - this.#clock.now());
    if (!ack || !await this.#tail.reach(ack.seq, leftMs)) return { outcome: "unknown" };
    const outcome = ack.duplicate ? "duplicate" : "appended";
    const seq = (await this.#rooms.open(room)).index.seqAt(ack.seq);
    if (seq !== undefined) return { outcome, seq };
    return await this.#placeElsewhere(ack.seq);
  }

  /** A repetition of what was said in another room, or is no longer kept. */
  async #placeElsewhere(streamSeq: number): Promise<Appended> {
    const { stream, messages, roomOf } = this.#names;
    const found = await this.#manager.streams.getMessage(stream, { seq: streamSeq });
    const room = found ? roomOf(found.subject) : undefined;
    const seq = room === undefined
      ? undefined
      : (await this.#rooms.open(room)).index.seqAt(streamSeq);
    if (seq !== undefined) return { outcome: "duplicate", seq };
    const next = await nextPlace(this.#manager, stream, { seq: streamSeq, subject: messages });
    return { outcome: next > streamSeq ? "expired" : "unknown" };
  }

  async #catchUp(lastSeq: number): Promise<void> {
    if (!await this.#tail.reach(lastSeq, REQUEST_MS)) throw this.#unavailable("read");
  }

  get #whyNot(): string | undefined {
    return this.#link.trouble ?? this.#reading.trouble ?? this.#writing.trouble;
  }

  #unavailable(doing: string): MessageLogError {
    const why = this.#whyNot ?? "NATS does not answer in time";
    return new MessageLogError(
      "unavailable",
      `Cannot ${doing} the message log ${this.#name}: ${why}`,
    );
  }

  #read<T>(work: () => Promise<T>): Promise<T> {
    const health = this.#reading;
    const ms = health.patienceMs(this.#waitMs);
    return this.#run("read", () => this.#patiently("read", work, { health, ms }));
  }

  /** A new leader takes a moment, as does a new connection; nobody is to be sent away for that. */
  async #patiently<T>(
    doing: string,
    work: () => Promise<T>,
    { health, ms }: { health: Health; ms: number },
  ): Promise<T> {
    const clock = this.#clock;
    const deadlineMs = clock.now() + ms;
    if (!this.#link.isConnected) health.failed(this.#link.reason);
    if (!await this.#link.connected(ms)) throw this.#unavailable(doing);
    const onFailure = (error: unknown) => health.failed(reasonOf(error).why);
    return await patiently(work, { clock, ms: deadlineMs - clock.now(), onFailure });
  }

  async #run<T>(doing: string, work: () => Promise<T>): Promise<T> {
    await Promise.resolve();
    if (this.#closing) throw new MessageLogError("closed", "Cannot use the log: it is closed");
    try {
      return await work();
    } catch (error) {
      throw natsError(doing, this.#name, error);
    }
  }

  async #close(): Promise<void> {
    this.#growth.close();
    // What they still ask of NATS ends with the connection.
    const ended = Promise.all([this.#watch.close(), this.#tail.close()]);
    const drained = this.#connection.drain().catch(() => {});
    await within(drained, { clock: this.#clock, ms: CLOSE_MS });
    await this.#connection.close();
    await ended;
  }
}
