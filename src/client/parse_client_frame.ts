/**
 * Reads what a client sent, strictly: for a server, a frame of another shape ends the connection.
 *
 * @module
 */

import { isDisplayName, MAX_DISPLAY_NAME } from "./display_name.ts";
import type { ClientFrame, Cursor } from "./frame_types.ts";
import {
  type Fields,
  isIntegerFrom,
  isNonEmptyString,
  isObject,
  mustBe,
  parseObject,
  type WrongFrame,
} from "./shape.ts";

/** The most earlier messages that a `hello` may ask for. */
export const MAX_HISTORY = 1_000;
/** The longest `session` and `epoch`, in UTF-16 units. */
const MAX_NAME = 256;
const NAME_RULE = `name must be 1 to ${MAX_DISPLAY_NAME} characters, trimmed, without controls`;

/**
 * The frame in `text`, or what is wrong with it. Unknown fields are left out. Never throws. The
 * `content` of a `publish` is passed on whatever it is: a wrong one is rejected, not closed on.
 */
export function parseClientFrame(text: string): ClientFrame | WrongFrame {
  const fields = parseObject(text);
  if (!fields) return { wrong: "Cannot read the frame: it must be a JSON object" };
  switch (fields.type) {
    case "hello":
      return readHello(fields);
    case "publish":
      return readPublish(fields);
    case "drained":
      return readDrained(fields);
    default:
      return wrong("frame", "type must be hello, publish or drained", fields.type);
  }
}

function readHello(fields: Fields): ClientFrame | WrongFrame {
  const { session, after, history, name, people, deflate } = fields;
  if (session !== undefined && !isName(session)) {
    // It may be a secret, so it is not shown.
    return wrong(
      "hello",
      `session must be a string of 1 to ${MAX_NAME} characters`,
      typeof session,
    );
  }
  if (after !== undefined && !isCursor(after)) {
    return wrong("hello", "after must be {epoch: string, seq: integer from 0}", after);
  }
  if (history !== undefined && !isHistory(history)) {
    return wrong("hello", `history must be an integer from 0 to ${MAX_HISTORY}`, history);
  }
  if (name !== undefined && !isDisplayName(name)) return wrong("hello", NAME_RULE, name);
  if (people !== undefined && typeof people !== "boolean") {
    return wrong("hello", "people must be true or false", people);
  }
  if (deflate !== undefined && typeof deflate !== "boolean") {
    return wrong("hello", "deflate must be true or false", deflate);
  }
  return {
    type: "hello",
    ...session === undefined ? {} : { session },
    ...after === undefined ? {} : { after: { epoch: after.epoch, seq: after.seq } },
    ...history === undefined ? {} : { history },
    ...name === undefined ? {} : { name },
    ...people === undefined ? {} : { people },
    ...deflate === undefined ? {} : { deflate },
  };
}

function readPublish({ id, content }: Fields): ClientFrame | WrongFrame {
  if (!isIntegerFrom(1, id)) {
    return wrong("publish", "id must be an integer from 1 to 2^53 - 1", id);
  }
  return { type: "publish", id, content };
}

function readDrained({ lastId }: Fields): ClientFrame | WrongFrame {
  if (!isIntegerFrom(0, lastId)) {
    return wrong("drained", "lastId must be an integer from 0 to 2^53 - 1", lastId);
  }
  return { type: "drained", lastId };
}

function isName(value: unknown): value is string {
  return isNonEmptyString(value) && value.length <= MAX_NAME;
}

/** Whether `value` is a cursor. */
export function isCursor(value: unknown): value is Cursor {
  return isObject(value) && isName(value.epoch) && isIntegerFrom(0, value.seq);
}

/** Whether `value` can be asked for as `history`. */
export function isHistory(value: unknown): value is number {
  return isIntegerFrom(0, value) && value <= MAX_HISTORY;
}

function wrong(frame: string, what: string, got: unknown): WrongFrame {
  return { wrong: mustBe(`read the ${frame}`, what, got) };
}
