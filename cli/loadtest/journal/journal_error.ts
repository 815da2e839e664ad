/**
 * What is wrong with a journal.
 *
 * @module
 */

/** A file that is no journal, or none that can be read. The message is meant for the user. */
export class JournalError extends Error {
  /** Tells it apart in logs. */
  override name = "JournalError";
}
