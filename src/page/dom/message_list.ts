/** The conversation: a line for each row, kept as long as its key stays. */

import type { Row } from "../rows.ts";
import { byId, make, setText } from "./elements.ts";
import { Scroller } from "./scroller.ts";

interface Shown {
  element: HTMLElement;
  /** What it shows, to be compared. */
  looks: string;
}

/** What a user does to a line. */
export interface RowActions {
  /** He wants an unsaid message back. */
  takeBack(key: string): void;
}

/** The list of messages. */
export class MessageList {
  readonly #list = byId("messages", HTMLOListElement);
  readonly #scroller = new Scroller();
  readonly #actions: RowActions;
  #shown = new Map<string, Shown>();

  constructor(actions: RowActions) {
    this.#actions = actions;
  }

  /** Shows these rows, in this order. */
  show(rows: readonly Row[]): void {
    const wasNear = this.#scroller.isNear;
    const shown = new Map(rows.map((row) => [row.key, this.#look(row)]));
    for (const [key, { element }] of this.#shown) if (!shown.has(key)) element.remove();
    const news = rows.filter(({ key }) => !this.#shown.has(key));
    this.#shown = shown;
    this.#arrange();
    const isOwn = news.some(({ kind }) => kind === "waiting");
    this.#scroller.follow({ isFollowing: wasNear || isOwn, news: news.length });
  }

  #look(row: Row): Shown {
    const looks = JSON.stringify(row);
    const known = this.#shown.get(row.key);
    if (known?.looks === looks) return known;
    const element = known?.element ?? document.createElement("li");
    this.#draw(element, row);
    return { element, looks };
  }

  #arrange(): void {
    let next = this.#list.firstElementChild;
    for (const { element } of this.#shown.values()) {
      if (element === next) next = next.nextElementSibling;
      else this.#list.insertBefore(element, next);
    }
  }

  #draw(element: HTMLElement, row: Row): void {
    element.className = `row ${row.kind}`;
    element.classList.toggle("mine", row.isMine);
    element.classList.toggle("continued", row.isContinued);
    element.replaceChildren(...parts(row));
    if (row.kind === "unsaid") element.append(this.#takeBackButton(row));
  }

  #takeBackButton({ key }: Row): HTMLElement {
    const button = make("button", "quiet", "Edit it");
    button.addEventListener("click", () => this.#actions.takeBack(key));
    return button;
  }
}

function parts(row: Row): HTMLElement[] {
  const content = make("p", "content", row.content);
  if (row.kind === "notice") return [content];
  content.dir = "auto";
  const who = make("p", "who");
  who.append(make("bdi", "label", row.label));
  if (row.at !== undefined) who.append(timeOf(row.at));
  const note = make("p", "note");
  setText(note, row.note ?? "");
  return row.note === undefined ? [who, content] : [who, content, note];
}

function timeOf(at: number): HTMLElement {
  const date = new Date(at);
  const time = make(
    "time",
    "",
    date.toLocaleTimeString([], { timeStyle: "short" }),
  );
  time.setAttribute("datetime", date.toISOString());
  time.title = date.toLocaleString();
  return time;
}
