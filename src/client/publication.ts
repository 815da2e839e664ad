/**
 * What becomes of a publish, for its user.
 *
 * @module
 */

import { PublishError, type PublishErrorCode } from "./errors.ts";
import type { Entry } from "./outbox.ts";

/** A publish is in the log. */
export interface Accepted {
  /** Its number in the session. */
  id: number;
  /**
   * Its place in the room's log. Missing when a new connection tells only that it is in the log; its
   * message follows, unless a gap swallowed it.
   */
  seq?: number;
}

/** A publish that was taken. */
export interface Publication {
  /**
   * Its number in the session. It is final once it was sent; before that only if the session is new: a
   * resumed one goes on after the numbers that it has used.
   */
  readonly id: number;
  /** What is said. */
  readonly content: string;
  /**
   * Resolves when it is in the log; rejects with a `PublishError` when it never will be, or nobody can
   * tell. Nobody need look: a rejection without a handler ends no process.
   */
  readonly accepted: Promise<Accepted>;
}

interface Settling {
  resolve: (accepted: Accepted) => void;
  reject: (error: PublishError) => void;
}

/** The promises that were given for publishes. */
export class Ledger {
  readonly #settling = new Map<Entry, Settling>();

  /** Promises an answer. */
  open(entry: Entry): Publication {
    const accepted = new Promise<Accepted>((resolve, reject) => {
      this.#settling.set(entry, { resolve, reject });
    });
    accepted.catch(() => {});
    return {
      get id() {
        return entry.id;
      },
      content: entry.content,
      accepted,
    };
  }

  /** It is in the log. */
  accept(entry: Entry, seq: number | undefined): void {
    const settling = this.#settling.get(entry);
    this.#settling.delete(entry);
    settling?.resolve({ id: entry.id, ...seq === undefined ? {} : { seq } });
  }

  /** It failed for good; returns the error. */
  fail(entry: Entry, code: PublishErrorCode): PublishError {
    const { id, content, wasSent } = entry;
    const isUncertain = wasSent && (code === "closed" || code === "expired");
    const error = new PublishError(code, { id, content, isUncertain });
    this.#settling.get(entry)?.reject(error);
    this.#settling.delete(entry);
    return error;
  }
}
