/**
 * Why a publish failed.
 *
 * @module
 */

/**
 * Why a publish failed for good.
 *
 * - `too_large`: its content is above the server's `maxMessageSize`.
 * - `invalid`: the server does not take it.
 * - `expired`: it waited so long that nobody can tell whether it is in the log.
 * - `outbox_full`: too many wait already; nothing was taken.
 * - `closed`: the client was closed, by its user or by the server.
 */
export type PublishErrorCode = "too_large" | "invalid" | "expired" | "outbox_full" | "closed";

const MEANINGS: Readonly<Record<PublishErrorCode, string>> = {
  too_large: "content is above the server's maxMessageSize",
  invalid: "the server does not take it",
  expired: "it waited too long to tell whether it is in the log",
  outbox_full: "as many publishes wait as outboxLimit allows",
  closed: "the client is closed",
};

/** What is known of a publish that failed. */
export interface PublishErrorOptions {
  /** What should have been said. */
  content: string;
  /** Its number, if it got one. */
  id?: number;
  /** It may be in the log all the same. */
  isUncertain?: boolean;
}

/** A publish failed for good. */
export class PublishError extends Error {
  /** @ignore */
  override readonly name = "PublishError";
  /** Why. */
  readonly code: PublishErrorCode;
  /** What should have been said. */
  readonly content: string;
  /** Its number in the session; `undefined` if it was never taken. */
  readonly id: number | undefined;
  /**
   * `true`: it was sent, and may be in the log all the same. Hazard: who then publishes the content
   * once more may say it twice.
   */
  readonly isUncertain: boolean;

  /** The message is made from `code`. */
  constructor(code: PublishErrorCode, { content, id, isUncertain = false }: PublishErrorOptions) {
    super(`Cannot publish: ${MEANINGS[code]}`);
    this.code = code;
    this.content = content;
    this.id = id;
    this.isUncertain = isUncertain;
  }
}
