/** Keeps the newest message in view, unless its reader has gone back. */

import { byId, setText } from "./elements.ts";

/** So near the end, in px, its reader is taken to be at it. */
const NEAR = 48;

/** The place in the conversation that is seen. */
export class Scroller {
  readonly #log = byId("log", HTMLElement);
  readonly #jump = byId("jump", HTMLButtonElement);
  #unseen = 0;

  constructor() {
    this.#log.addEventListener("scroll", () => this.isNear && this.#note(0), { passive: true });
    this.#jump.addEventListener("click", () => {
      this.#toEnd();
      this.#log.focus();
    });
    // A keyboard that opens on a phone makes the page lower.
    new ResizeObserver(() => this.#unseen === 0 && this.#toEnd()).observe(this.#log);
  }

  /** Whether its reader is at the end. */
  get isNear(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  /** The conversation has changed. */
  follow({ isFollowing, news }: { isFollowing: boolean; news: number }): void {
    if (isFollowing) this.#toEnd();
    else this.#note(this.#unseen + news);
  }

  #toEnd(): void {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#note(0);
  }

  #note(unseen: number): void {
    this.#unseen = unseen;
    this.#jump.hidden = unseen === 0;
    setText(this.#jump, `${unseen} new below`);
  }
}
