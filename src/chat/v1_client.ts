/**
 * A client that speaks `lastcall.v1`; `docs/protocol.md` is its specification.
 */

import type { ClientFrame, ServerFrame } from "../client/frames.ts";
import { encode, parseClientFrame } from "../client/frames.ts";
import {
  BAD_FRAME,
  HELLO_TIMEOUT,
  REPLACED,
  TRY_AGAIN_LATER,
  UNSUPPORTED_DATA,
} from "../close_codes.ts";
import type { MessageLog } from "../message_log/message_log.ts";
import type { Connection, Farewell } from "../shutdown/connection.ts";
import type { Alternates } from "./alternates.ts";
import { Guest, type GuestSurroundings } from "./guest.ts";
import type { Person } from "./people.ts";
import type { Publisher } from "./publisher.ts";
import { Reader } from "./reader.ts";
import { resumeAt, type Start } from "./resume.ts";
import type { Room } from "./room.ts";
import { nameOf, newSession, publisherOf } from "./session.ts";
import type { Sessions } from "./sessions.ts";
import { exceedsBytes } from "../client/utf8.ts";

/** What a `lastcall.v1` client needs. */
export interface V1Surroundings extends GuestSurroundings {
  /** The truth. */
  messageLog: MessageLog;
  /** Where its messages go. */
  publisher: Publisher;
  /** Who is live in this process. */
  sessions: Sessions<V1Client>;
  /** Where it may go when it has to leave. */
  alternates: Pick<Alternates, "pick">;
}

/** How long the first frame may take. */
const HELLO_MS = 5_000;
/** When to try again what could not be written. */
const RETRY_MS = 500;
/** A room's lag, in messages, beyond which nothing more is taken for a while. */
const MAX_LAG = 20_000;

type HelloFrame = Extract<ClientFrame, { type: "hello" }>;
type PublishFrame = Extract<ClientFrame, { type: "publish" }>;

/** Where the conversation stands. */
type Talk =
  | { name: "greeting"; early: ClientFrame[] }
  | { name: "welcoming"; early: ClientFrame[] }
  | { name: "live" }
  | { name: "drained" };

/** One client. */
export class V1Client {
  readonly #guest: Guest;
  readonly #around: V1Surroundings;
  readonly #room: Room;
  readonly #ended = new AbortController();
  #talk: Talk = { name: "greeting", early: [] };
  #publisher = "";
  #person: Person = {};
  #reader: Reader | undefined;
  #lastId = 0;
  /** The seq of what it published last. */
  #lastSeq = 0;
  #unanswered = 0;
  #isAnswered = Promise.withResolvers<void>();
  #drained = Promise.withResolvers<void>();

  /** Takes part in `room` once it has said hello. */
  constructor(connection: Connection, room: Room, around: V1Surroundings) {
    this.#around = around;
    this.#room = room;
    this.#guest = new Guest(connection, around, around.limits.maxMessageSize * 6 + 1_024);
    this.#guest.listen((data) => this.#hear(data));
    connection.whenOpen(() => void this.#expectHello());
    void connection.ended.then(() => this.#leave());
  }

  /**
   * The conversation on leaving: `drain`, `drained`, `done`. Resolves to whether the client took part;
   * then nothing of it can be on the way any more.
   */
  async farewell({ closeInMs, reconnectAfterMs }: Farewell): Promise<boolean> {
    if (!this.#reader) return false;
    const { stats } = this.#around;
    const alternates = this.#around.alternates.pick();
    this.#send({
      type: "drain",
      closeInMs,
      reconnectAfterMs,
      ...alternates.length > 0 ? { alternates } : {},
    });
    const isAnswered = await this.#within(closeInMs, this.#drained.promise);
    stats.add(isAnswered ? "drain.answered" : "drain.unanswered");
    if (!isAnswered) return false;
    if (await this.#isHeardOut(closeInMs)) this.#send({ type: "done", lastId: this.#lastId });
    return true;
  }

  /**
   * Whether all that it published was answered, and was told to it, in time. Who has nothing to hear of its
   * own does not wait for its room: all would leave at the end of a batch, in one moment.
   */
  async #isHeardOut(ms: number): Promise<boolean> {
    if (this.#unanswered > 0 && !await this.#within(ms, this.#isAnswered.promise)) return false;
    if ((this.#reader?.cursor ?? 0) >= this.#lastSeq) return true;
    return await this.#within(ms, this.#room.delivered());
  }

  async #within(ms: number, work: Promise<void>): Promise<boolean> {
    const over = new AbortController();
    const time = this.#around.clock.sleep(ms, AbortSignal.any([over.signal, this.#ended.signal]));
    const isDone = await Promise.race([work.then(() => true), time.then(() => false)]);
    over.abort();
    return isDone;
  }

  async #expectHello(): Promise<void> {
    await this.#around.clock.sleep(HELLO_MS, this.#ended.signal);
    if (this.#talk.name === "greeting") this.#guest.end("hello_timeout", { code: HELLO_TIMEOUT });
  }

  #leave(): void {
    this.#ended.abort();
    if (this.#reader) this.#room.leave(this.#reader);
    this.#room.people.leave(this.#person);
    if (this.#publisher) this.#around.sessions.release(this.#publisher, this);
  }

  #hear(data: string | ArrayBuffer): void {
    if (typeof data !== "string") return this.#guest.end("not_text", { code: UNSUPPORTED_DATA });
    const frame = parseClientFrame(data);
    if ("wrong" in frame) return this.#guest.end("bad_frame", { code: BAD_FRAME });
    this.#obey(frame);
  }

  #obey(frame: ClientFrame): void {
    const talk = this.#talk;
    if (talk.name === "greeting" && frame.type === "hello") void this.#greet(frame);
    else if (talk.name === "greeting" || frame.type === "hello") {
      this.#guest.end("bad_frame", { code: BAD_FRAME });
    } else if (talk.name === "welcoming") talk.early.push(frame);
    else if (frame.type === "drained") this.#noteDrained();
    else this.#publish(frame);
  }

  async #greet(hello: HelloFrame): Promise<void> {
    const early: ClientFrame[] = [];
    this.#talk = { name: "welcoming", early };
    try {
      const session = hello.session ?? newSession();
      this.#publisher = publisherOf(session);
      this.#around.sessions.take(this.#publisher, this)?.replace();
      this.#lastId = await this.#around.messageLog.lastId(this.#publisher);
      const start = await this.#startOf(hello);
      if (this.#ended.signal.aborted) return;
      this.#welcome(session, start, hello);
      this.#comeIn(hello);
      this.#talk = { name: "live" };
      for (const frame of early) this.#obey(frame);
    } catch (error) {
      this.#guest.end("log_unavailable", { code: TRY_AGAIN_LATER, error: String(error) });
    }
  }

  /** Another connection took the session over. */
  replace(): void {
    this.#guest.end("replaced", { code: REPLACED });
  }

  #welcome(session: string, { seq, ...recovery }: Start, { deflate }: HelloFrame): void {
    const { limits: { maxMessageSize, rateLimitBurst, rateLimitRefillMs }, messageLog, stats } =
      this.#around;
    this.#send({
      type: "welcome",
      session,
      from: nameOf(this.#publisher),
      epoch: messageLog.epoch,
      seq,
      lastId: this.#lastId,
      ...recovery,
      limits: { maxMessageSize, rateLimitBurst, rateLimitRefillMs },
    });
    stats.add(recovery.recovered ? "resumed" : "welcomed");
    this.#reader = new Reader(this.#guest, {
      cursor: seq,
      maxBufferedBytes: this.#around.limits.maxBufferedBytes,
      frames: (page) => ({
        frames: [deflate ? page.deflated : page.batch],
        messages: page.messages.length,
      }),
    });
    this.#room.join(this.#reader);
  }

  #comeIn({ name, people }: HelloFrame): void {
    this.#person = { name, ...people ? { tell: (frame) => this.#sendText(frame) } : {} };
    this.#room.people.join(this.#person);
  }

  async #startOf({ after, history = 0 }: HelloFrame): Promise<Start> {
    const { messageLog } = this.#around;
    const { epoch } = messageLog;
    const known = after?.epoch === epoch ? after.seq : 0;
    const { first, head } = await messageLog.range(this.#room.name, known);
    if (after) return resumeAt(after, { first, head, epoch });
    // The live edge is where the room stands, even if the log has just moved on.
    const edge = Math.min(head, this.#room.cursor);
    const seq = history > 0 ? Math.max(first - 1, edge - history) : edge;
    return { recovered: false, reason: "new", seq };
  }

  #publish({ id, content }: PublishFrame): void {
    if (this.#talk.name === "drained") return this.#reject(id, "draining");
    this.#lastId = Math.max(this.#lastId, id);
    if (typeof content !== "string") return this.#reject(id, "invalid");
    if (exceedsBytes(content, this.#around.limits.maxMessageSize)) {
      return this.#reject(id, "too_large");
    }
    const noToken = this.#guest.takeToken();
    if (noToken) return this.#reject(id, "rate_limited", noToken.waitMs);
    if (this.#room.lag > MAX_LAG) return this.#reject(id, "unavailable", RETRY_MS);
    this.#submit(id, content);
  }

  #submit(id: number, content: string): void {
    const { publisher, stats, clock } = this.#around;
    const at = Math.round(clock.now());
    const { name } = this.#person;
    const entry = {
      room: this.#room.name,
      publisher: this.#publisher,
      id,
      ...name === undefined ? {} : { name },
      content,
      at,
    };
    this.#unanswered += 1;
    publisher.submit(entry, ({ outcome, ...place }) => {
      if ("seq" in place) this.#lastSeq = Math.max(this.#lastSeq, place.seq);
      if (outcome === "appended") stats.add("accepted");
      else if (outcome === "duplicate") stats.add("duplicate");
      else if (outcome === "expired") this.#reject(id, "expired");
      else this.#reject(id, "unavailable", RETRY_MS);
      this.#unanswered -= 1;
      if (this.#unanswered === 0 && this.#talk.name === "drained") this.#isAnswered.resolve();
    });
  }

  #reject(id: number, code: RejectedCode, retryAfterMs?: number): void {
    this.#around.stats.add(`rejected.${code}`);
    this.#send({
      type: "rejected",
      id,
      code,
      ...retryAfterMs === undefined ? {} : { retryAfterMs },
    });
  }

  #noteDrained(): void {
    this.#talk = { name: "drained" };
    this.#drained.resolve();
  }

  #send(frame: ServerFrame): void {
    this.#sendText(encode(frame));
  }

  #sendText(frame: string): void {
    const { state, socket } = this.#guest.connection;
    if (state === "open" || state === "leaving") socket.send(frame);
  }
}

type RejectedCode = Extract<ServerFrame, { type: "rejected" }>["code"];
