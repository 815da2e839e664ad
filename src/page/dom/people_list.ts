/** Who is here. */

import type { View } from "../view.ts";
import { byId, make, setText } from "./elements.ts";

/** The most names that a server lists. */
const MAX_LISTED = 50;

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
    setText(this.#count, people ? `${count} on this server` : "People: not known now");
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
  if (others > 0) items.push(make("li", "others", `${others} ${othersAre(names.length)}`));
  return items;
}

/** The server lists the first names only: beyond them it is not known who has one. */
function othersAre(listed: number): string {
  return listed < MAX_LISTED ? "without a name" : "more";
}
