/** Who is here. */

import type { View } from "../view.ts";
import { byId, make, setText } from "./elements.ts";

/** The list of people, and the button that shows it where there is no room for it. */
export class PeopleList {
  readonly #count = byId("here", HTMLElement);
  readonly #names = byId("people", HTMLUListElement);
  readonly #more = byId("more", HTMLButtonElement);
  readonly #side = byId("side", HTMLElement);
  #looks = "";

  constructor() {
    this.#more.addEventListener("click", () => {
      const isOpen = this.#side.classList.toggle("open");
      this.#more.setAttribute("aria-expanded", String(isOpen));
    });
  }

  /** Shows who is here; nobody is known to be without a connection. */
  show({ people, name }: View): void {
    const looks = JSON.stringify([people, name]);
    if (looks === this.#looks) return;
    this.#looks = looks;
    const count = people ? `${people.here} here` : "People";
    setText(this.#count, people ? `${count} on this server` : "Nobody to be seen");
    setText(this.#more, count);
    this.#names.replaceChildren(...people ? lines(people, name) : []);
  }
}

function lines({ here, names }: NonNullable<View["people"]>, me: string | undefined) {
  const own = me === undefined ? -1 : names.indexOf(me);
  const items = names.map((name, i) => {
    const item = make("li", "");
    item.append(make("bdi", "", name));
    if (i === own) item.append(make("span", "you", " you"));
    return item;
  });
  const others = here - names.length;
  if (others > 0) items.push(make("li", "others", `${others} without a name, or not listed`));
  return items;
}
