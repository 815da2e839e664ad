/**
 * The options of a client, resolved and checked once.
 *
 * @module
 */

import { type Clock, systemClock } from "./clock.ts";
import { isDisplayName, MAX_DISPLAY_NAME } from "./display_name.ts";
import type { Cursor, ServerFrame } from "./frame_types.ts";
import type { KeptOutbox } from "./outbox.ts";
import { isCursor, isHistory, MAX_HISTORY } from "./parse_client_frame.ts";
import { parseServerFrame } from "./parse_server_frame.ts";
import { isDuration, isIntegerFrom, isNonEmptyString, mustBe, type WrongFrame } from "./shape.ts";
import { openWebSocket, type SocketLike } from "./socket.ts";

/** How a client connects and what it keeps. */
export interface ChatClientOptions {
  /**
   * The room: 1 to 64 characters of `a-z 0-9 . _ -`, beginning with a letter or digit. Default: the
   * `room` in the URL; without one, the server's.
   */
  room?: string;
  /** How many earlier messages to ask for when there is no cursor, 0 to 1000. Default 0. */
  history?: number;
  /**
   * How many publishes may wait to be settled. Default 1000. Hazard: all of them are in memory, and
   * after a long cut they are sent at the pace that the server allows.
   */
  outboxLimit?: number;
  /**
   * The secret of an earlier client, to go on in its name. Default: a new session. Hazard: of two
   * clients with one session the elder is closed for good.
   */
  session?: string;
  /** How far that client had read; delivery goes on after it. Default: the live edge, or `history`. */
  cursor?: Cursor;
  /**
   * The publishes that an earlier client of `session` had not settled: they are sent again under their
   * ids, so that each is said once. Default: none. Hazard: kept too early or too late it says something
   * twice or not at all; see docs/client.md.
   */
  outbox?: KeptOutbox;
  /** The name to be shown by: 1 to 32 characters. Default: none. It proves nothing to anybody. */
  name?: string;
  /**
   * Inflates raw DEFLATE (RFC 1951) to text, at once. Given one, the server may deflate what it sends,
   * which is less to send. With `node:zlib`:
   * `(bytes) => inflateRawSync(bytes, { maxOutputLength: 2 ** 24 }).toString()`. Default: everything
   * comes as text. Hazard: without a bound on its output a few bytes may become very many.
   */
  inflate?: (bytes: Uint8Array) => string;
  /** Ask who is in the room, told by the event `people`. Default `false`. */
  people?: boolean;
  /**
   * Makes a socket. Default: the global `WebSocket`. Node before 22 needs one, such as
   * `(url, protocols) => new WebSocket(url, protocols)` with that of `npm:ws`; it is also the place to
   * set headers, such as `origin`.
   */
  createSocket?: (url: string, protocols: string[]) => SocketLike;
  /** How long a connection may take to open, in ms. Default 10 000. */
  connectMs?: number;
  /** How long the server may take to welcome, in ms. Default 10 000. */
  welcomeMs?: number;
  /**
   * With a publish under way, how long nothing at all may be heard before the connection is given up,
   * in ms. Default 15 000. Hazard: without a publish under way a dead peer is noticed only by the
   * runtime or the network.
   */
  answerMs?: number;
  /**
   * Reads what a socket gave as the `data` of a message. Default: text, as JSON. For who has many
   * clients in one process: a batch is the same bytes for all of them and can be read once. Hazard:
   * frames are trusted to have the shape of their type, and one that is shared must not be changed.
   */
  readFrame?: ReadFrame;
  /**
   * Tells messages by the event `messages`, a batch at a time as it came, instead of each by `message`.
   * Default `false`. For who takes very many: nothing is made anew for a message.
   */
  tellsBatches?: boolean;
  /** Reads the time and waits. For tests. */
  clock?: Clock;
  /** Numbers from 0 up to, not including, 1. Default `Math.random`. For tests. */
  random?: () => number;
}

/** Reads a frame; `undefined` for a type that is not known, or says what is wrong with it. */
export type ReadFrame = (data: unknown) => ServerFrame | WrongFrame | undefined;

/** Without an `inflate`, a binary message is none of the protocol's: an empty text, which is no frame. */
function frameReader(inflate?: (bytes: Uint8Array) => string): ReadFrame {
  return (data) => {
    if (typeof data === "string") return parseServerFrame(data);
    if (!inflate) return parseServerFrame("");
    try {
      return parseServerFrame(inflate(bytesOf(data)));
    } catch (error) {
      return { wrong: `Cannot inflate the frame: ${error}` };
    }
  };
}

function bytesOf(data: unknown): Uint8Array {
  return data instanceof Uint8Array ? data : new Uint8Array(data as ArrayBuffer);
}

/** The options, complete and checked. */
export interface Settings {
  /** With the room. */
  url: URL;
  session?: string;
  cursor?: Cursor;
  outbox?: KeptOutbox;
  name?: string;
  people: boolean;
  history: number;
  outboxLimit: number;
  connectMs: number;
  welcomeMs: number;
  answerMs: number;
  createSocket: (url: string, protocols: string[]) => SocketLike;
  readFrame: ReadFrame;
  inflate?: (bytes: Uint8Array) => string;
  tellsBatches: boolean;
  clock: Clock;
  random: () => number;
}

const ROOM = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Fills in the defaults. Throws a `TypeError` that names the first option that is wrong. */
export function resolveSettings(url: string | URL, options: ChatClientOptions): Settings {
  const settings = {
    history: 0,
    people: false,
    outboxLimit: 1_000,
    connectMs: 10_000,
    welcomeMs: 10_000,
    answerMs: 15_000,
    createSocket: openWebSocket,
    readFrame: frameReader(options.inflate),
    tellsBatches: false,
    clock: systemClock,
    random: Math.random,
    ...withoutUndefined(options),
  };
  checkSettings(settings);
  const { cursor } = settings;
  return {
    ...settings,
    ...cursor ? { cursor: { epoch: cursor.epoch, seq: cursor.seq } } : {},
    url: resolveUrl(url, settings.room),
  };
}

function checkSettings(settings: Omit<Settings, "url"> & { room?: string }): void {
  const { room, history, outboxLimit, session, cursor, connectMs, welcomeMs, answerMs } = settings;
  check(room === undefined || ROOM.test(room), "room must be 1 to 64 of a-z 0-9 . _ -", room);
  check(isHistory(history), `history must be an integer from 0 to ${MAX_HISTORY}`, history);
  check(isIntegerFrom(1, outboxLimit), "outboxLimit must be an integer from 1", outboxLimit);
  // A secret: not shown.
  const isSession = session === undefined || isNonEmptyString(session);
  check(isSession, "session must be a string that is not empty", typeof session);
  const isPlace = cursor === undefined || isCursor(cursor);
  check(isPlace, "cursor must be {epoch: string, seq: integer from 0}", cursor);
  checkKept(settings);
  for (const [name, ms] of Object.entries({ connectMs, welcomeMs, answerMs })) {
    check(isDuration(ms) && ms > 0, `${name} must be a number of ms above 0`, ms);
  }
  const canConnect = settings.createSocket !== openWebSocket || "WebSocket" in globalThis;
  check(canConnect, "createSocket must be given where there is no global WebSocket", undefined);
}

function checkKept({ outbox, name, people }: Pick<Settings, "outbox" | "name" | "people">): void {
  check(
    name === undefined || isDisplayName(name),
    `name must be 1 to ${MAX_DISPLAY_NAME} characters, trimmed, without controls`,
    name,
  );
  check(typeof people === "boolean", "people must be true or false", people);
  const isKept = outbox === undefined || (isIntegerFrom(0, outbox.lastId) &&
    Array.isArray(outbox.publishes) && outbox.publishes.every(isPublish));
  check(isKept, "outbox must be {lastId: integer, publishes: {id, content}[]}", typeof outbox);
}

function isPublish({ id, content }: { id: unknown; content: unknown }): boolean {
  return isIntegerFrom(1, id) && typeof content === "string";
}

/** Where the page is, relative URLs are allowed. */
function resolveUrl(text: string | URL, room: string | undefined): URL {
  const here = globalThis.location?.href;
  const isUrl = URL.canParse(text, here);
  check(isUrl, "url must be a URL", String(text));
  const url = new URL(text, here);
  if (url.protocol === "http:") url.protocol = "ws:";
  if (url.protocol === "https:") url.protocol = "wss:";
  check(/^wss?:$/.test(url.protocol), "url must begin with ws:, wss:, http: or https:", url.href);
  url.hash = "";
  if (room !== undefined) url.searchParams.set("room", room);
  return url;
}

function check(isRight: boolean, what: string, got: unknown): asserts isRight {
  if (!isRight) throw new TypeError(mustBe("make a ChatClient", what, got));
}

function withoutUndefined<T extends object>(options: T): T {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as T;
}
