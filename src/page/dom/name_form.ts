/** A form that asks for a name. */

import { isDisplayName } from "../../client/mod.ts";
import { byId, setText } from "./elements.ts";

const RULE = "1 to 32 characters, without line ends.";

/** The form with an id: in it are `ID-field` and `ID-hint`. */
export class NameForm {
  readonly #form: HTMLFormElement;
  readonly #field: HTMLInputElement;

  constructor(id: string, take: (name: string) => void) {
    this.#form = byId(id, HTMLFormElement);
    this.#field = byId(`${id}-field`, HTMLInputElement);
    const hint = byId(`${id}-hint`, HTMLElement);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const name = this.#field.value.trim();
      const isGood = isDisplayName(name);
      setText(hint, isGood ? "" : RULE);
      this.#field.setAttribute("aria-invalid", String(!isGood));
      if (isGood) take(name);
      else this.#field.focus();
    });
  }

  /** Shows or hides it. */
  set isShown(isShown: boolean) {
    this.#form.hidden = !isShown;
  }

  /** The name that is in it. */
  set name(name: string) {
    this.#field.value = name;
  }

  /** Puts the focus into the field. */
  focus(): void {
    this.#field.focus();
  }
}
