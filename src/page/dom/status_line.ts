/** The state of the connection, seen and heard. */

import type { Status } from "../status.ts";
import { byId, setText } from "./elements.ts";

const ACTIONS: Readonly<Record<NonNullable<Status["action"]>, string>> = {
  try_now: "Try now",
  connect_again: "Connect again",
  use_here: "Use it here",
};

/** The line that tells the state. */
export class StatusLine {
  readonly #line = byId("state", HTMLElement);
  readonly #text = byId("state-text", HTMLElement);
  readonly #spoken = byId("state-spoken", HTMLElement);
  readonly #act = byId("act", HTMLButtonElement);

  /** `act` is what the button does; `lose` is where the focus goes when it vanishes. */
  constructor({ act, lose }: { act: () => void; lose: () => void }) {
    this.#lose = lose;
    this.#act.addEventListener("click", act);
  }

  readonly #lose: () => void;

  /** Shows it; it is read aloud only when it says something else. */
  show({ tone, text, spoken, action }: Status): void {
    this.#line.dataset.tone = tone;
    setText(this.#text, text);
    setText(this.#spoken, spoken);
    const hadFocus = document.activeElement === this.#act;
    this.#act.hidden = action === undefined;
    if (action) setText(this.#act, ACTIONS[action]);
    else if (hadFocus) this.#lose();
  }
}
