/**
 * Marks: how many messages a room had had up to a place in the stream.
 *
 * Messages go when they are old; without a mark, whoever counts later would begin anew and give a seq
 * twice. So a room has a mark before its first message, another before any of its messages is removed,
 * and while it is open one that is not much older than what is kept.
 */

import { JetStreamApiCodes, JetStreamApiError, type JetStreamClient } from "@nats-io/jetstream";
import type { JetStreamManager } from "@nats-io/jetstream";
import type { Mark } from "./room_index.ts";
import type { StreamNames } from "./wire.ts";

/** A mark as it is kept. */
export interface KeptMark extends Mark {
  /** Changes with every mark of the room. */
  revision: number;
  /** When it was made, in ms since the Unix epoch. */
  at: number;
}

/** The mark of a room that never had a message. */
export const NO_MARK: KeptMark = { streamSeq: 0, head: 0, revision: 0, at: 0 };

/** The marks of all rooms. */
export class Marks {
  readonly #manager: JetStreamManager;
  readonly #client: JetStreamClient;
  readonly #names: StreamNames;

  /** The marks of a log. */
  constructor(manager: JetStreamManager, client: JetStreamClient, names: StreamNames) {
    this.#manager = manager;
    this.#client = client;
    this.#names = names;
  }

  /** The mark of a room. */
  async read(room: string): Promise<KeptMark> {
    // Asked of the stream's leader: another replica might not have the newest yet.
    const found = await this.#manager.streams.getMessage(this.#names.marks, {
      last_by_subj: this.#names.markOf(room),
    });
    if (!found) return NO_MARK;
    return { ...found.json<Mark>(), revision: found.seq, at: found.time.getTime() };
  }

  /** Makes a mark after one that is known; `undefined` when that is not the newest any more. */
  async write(room: string, mark: Mark, { revision }: KeptMark): Promise<KeptMark | undefined> {
    try {
      const { seq } = await this.#client.publish(this.#names.markOf(room), JSON.stringify(mark), {
        expect: { lastSubjectSequence: revision },
      });
      return { ...mark, revision: seq, at: Date.now() };
    } catch (error) {
      if (!(error instanceof JetStreamApiError)) throw error;
      if (error.code !== JetStreamApiCodes.StreamWrongLastSequence) throw error;
      return undefined;
    }
  }
}
