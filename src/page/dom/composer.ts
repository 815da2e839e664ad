/** Where messages are typed. Nothing that is typed is lost: what is not taken stays. */

import { type PublishErrorCode } from "../../client/mod.ts";
import { composerHint } from "../hint.ts";
import { byId, setText } from "./elements.ts";

/** What a composer needs. */
export interface ComposerSurroundings {
  /** Says something; tells why it was not taken. */
  say(content: string): PublishErrorCode | undefined;
  /** The largest message, in bytes. */
  maxBytes(): number | undefined;
  /** Keeps what is being typed. */
  keep(draft: string): void;
}

/** The field, its button, and the hint under it. */
export class Composer {
  readonly #form = byId("form", HTMLFormElement);
  readonly #field = byId("content", HTMLTextAreaElement);
  readonly #hint = byId("hint", HTMLElement);
  readonly #around: ComposerSurroundings;

  constructor(around: ComposerSurroundings) {
    this.#around = around;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
    this.#field.addEventListener("input", () => this.#note());
  }

  /** Shows or hides it. */
  set isShown(isShown: boolean) {
    this.#form.hidden = !isShown;
  }

  /** Puts the focus into the field. */
  focus(): void {
    this.#field.focus();
  }

  /** Puts a text there, before what is being typed. */
  put(text: string): void {
    const typed = this.#field.value;
    this.#field.value = typed === "" ? text : `${text}\n${typed}`;
    this.#note();
  }

  #note(refusal?: PublishErrorCode): void {
    const draft = this.#field.value;
    this.#around.keep(draft);
    const hint = composerHint(draft, { maxBytes: this.#around.maxBytes(), refusal });
    setText(this.#hint, hint.text);
    this.#hint.classList.toggle("wrong", hint.isWrong);
    this.#field.setAttribute("aria-invalid", String(hint.isWrong));
  }

  #send(): void {
    const content = this.#field.value;
    this.focus();
    if (content.trim() === "") return;
    if (composerHint(content, { maxBytes: this.#around.maxBytes() }).isWrong) return this.#note();
    const refusal = this.#around.say(content);
    if (refusal === undefined) this.#field.value = "";
    this.#note(refusal);
  }
}
