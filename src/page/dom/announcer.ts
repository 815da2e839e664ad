/**
 * Reads aloud what others say. Not the conversation itself is the live region: that would read the
 * history, and one's own words, too.
 */

import type { ChatMessage } from "../../client/mod.ts";
import { labelOf } from "../rows.ts";
import { byId, make } from "./elements.ts";

/** Messages kept in the region. */
const KEPT = 10;
/** What comes so soon after the page is its history, in ms. */
const HISTORY_MS = 1_500;

/** The live region for messages. */
export class Announcer {
  readonly #region = byId("spoken", HTMLElement);
  readonly #startedAt = performance.now();

  /** A message came. */
  hear(message: ChatMessage): void {
    if (message.isMine || performance.now() - this.#startedAt < HISTORY_MS) return;
    this.#region.append(make("p", "", `${labelOf(message)}: ${message.content}`));
    while (this.#region.childElementCount > KEPT) this.#region.firstElementChild!.remove();
  }
}
