/**
 * How a message of ours looks in the stream: its subject is its room, its `Nats-Msg-Id` is its publisher
 * and id, by which NATS takes a repetition for what it is, and its body is JSON.
 */

import { headers, type MsgHdrs } from "@nats-io/transport-node";
import type { Entry, LoggedMessage } from "../message_log.ts";
import type { Place } from "./room_index.ts";

/** What is read of a message of the stream, also where its body was left out. */
export interface StreamMessage {
  subject: string;
  seq: number;
  headers?: MsgHdrs | undefined;
}

const AT = "Lastcall-At";
const MSG_ID = "Nats-Msg-Id";
/** The token of the room without a name: no other encodes to it. */
const NAMELESS = "%";
/** The token of what is no message; no room encodes to it either. */
const PROBE = "%probe";

/** The names of the stream, and of the subjects in it and beside it. */
export function namesOf(stream: string): StreamNames {
  return {
    stream,
    messages: `${stream}.*`,
    probe: `${stream}.${PROBE}`,
    marks: `${stream}_MARKS`,
    allMarks: `${stream}.mark.*`,
    subjectOf: (room) => `${stream}.${tokenOf(room)}`,
    markOf: (room) => `${stream}.mark.${tokenOf(room)}`,
    roomOf(subject) {
      const token = subject.slice(stream.length + 1);
      if (token === PROBE) return undefined;
      if (token === NAMELESS) return "";
      try {
        return decodeURIComponent(token);
      } catch {
        return undefined;
      }
    },
  };
}

/** Names that follow from the name of a stream. */
export interface StreamNames {
  stream: string;
  /** The subjects of all rooms. */
  messages: string;
  /** Where it is tried whether the stream can be written. */
  probe: string;
  /** The stream of marks. */
  marks: string;
  /** The subjects of all marks. */
  allMarks: string;
  subjectOf(room: string): string;
  markOf(room: string): string;
  /** The room of a subject; `undefined`: it is none of a room. */
  roomOf(subject: string): string | undefined;
}

function tokenOf(room: string): string {
  const token = encodeURIComponent(room.toWellFormed()).replaceAll(".", "%2E")
    .replaceAll("*", "%2A");
  return token || NAMELESS;
}

/** An entry as it is published. Without an id it gets a name for its repetitions all the same. */
export function encodeEntry({ room: _, ...message }: Entry): {
  msgID: string;
  headers: MsgHdrs;
  body: string;
} {
  const { publisher, id, at } = message;
  const own = headers();
  own.set(AT, String(at));
  return {
    msgID: `${publisher}:${id ?? `~${crypto.randomUUID()}`}`,
    headers: own,
    body: JSON.stringify(message),
  };
}

/** The name by which NATS knows a repetition of a message. */
export function msgIdOf({ headers }: Pick<StreamMessage, "headers">): string {
  return headers?.get(MSG_ID) ?? "";
}

/** Where a message is, and whose it is, by its headers alone. */
export function placeOf(message: StreamMessage): Place {
  const [, publisher = "", id] = /^(.*):(?:(\d+)|[^:]*)$/.exec(msgIdOf(message)) ?? [];
  return {
    streamSeq: message.seq,
    publisher,
    id: id === undefined ? undefined : Number(id),
    at: Number(message.headers?.get(AT) || 0),
  };
}

/** The message itself, but for its seq. What others have put into the stream is taken as a text. */
export function decodeBody(body: Uint8Array): Body {
  const text = decoder.decode(body);
  const { publisher, id, name, content, at } = parse(text) ?? {
    publisher: "",
    content: text,
    at: 0,
  };
  return {
    publisher,
    ...id === undefined ? {} : { id },
    ...name === undefined ? {} : { name },
    content,
    at,
  };
}

/** A message, but for its seq. */
export type Body = Omit<LoggedMessage, "seq">;

function parse(text: string): Body | undefined {
  try {
    const body = JSON.parse(text);
    return typeof body?.content === "string" && typeof body.publisher === "string"
      ? body
      : undefined;
  } catch {
    return undefined;
  }
}

const decoder = new TextDecoder();
