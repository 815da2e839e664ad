/**
 * Some messages of a room, in order, encoded at most once for all who read them.
 */

import { deflateRawSync } from "node:zlib";
import type { LoggedMessage } from "../message_log/message_log.ts";
import { encodePlain } from "./plain_protocol.ts";
import { nameOf } from "./session.ts";

/** Shorter frames are not worth it, in UTF-16 units. */
const DEFLATE_FROM = 4_096;
/** The fastest: it is done once for many. */
const DEFLATE_LEVEL = 1;

/** A run of messages. Never empty. */
export class Page {
  /** The messages, in order. */
  readonly messages: readonly LoggedMessage[];
  #batch: string | undefined;
  #deflated: Uint8Array<ArrayBuffer> | string | undefined;
  #plain: string[] | undefined;

  /** `messages` in the order of the log. */
  constructor(messages: readonly LoggedMessage[]) {
    this.messages = messages;
  }

  /** The seq of the last message. */
  get last(): number {
    return this.messages.at(-1)!.seq;
  }

  /** What comes after `seq`; this page itself when that is all of it. */
  after(seq: number): Page {
    return this.messages[0]!.seq > seq
      ? this
      : new Page(this.messages.filter((message) => message.seq > seq));
  }

  /** The frame for `lastcall.v1`. */
  get batch(): string {
    return this.#batch ??= JSON.stringify({
      type: "messages",
      items: this.messages.map(({ seq, publisher, name, id, content, at }) => ({
        seq,
        from: nameOf(publisher),
        ...name === undefined ? {} : { name },
        ...id === undefined ? {} : { id },
        content,
        at,
      })),
    });
  }

  /** The same for who can inflate it, where that is worth it. */
  get deflated(): Uint8Array<ArrayBuffer> | string {
    return this.#deflated ??= this.batch.length < DEFLATE_FROM
      ? this.batch
      : new Uint8Array(deflateRawSync(this.batch, { level: DEFLATE_LEVEL }));
  }

  /** The frames for the plain protocol, one a message. */
  get plain(): readonly string[] {
    return this.#plain ??= this.messages.map(({ content }) => encodePlain(content));
  }
}
