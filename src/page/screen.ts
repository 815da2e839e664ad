/** All of the page that is seen: a view in, elements out. */

import type { App } from "./app.ts";
import { Composer } from "./dom/composer.ts";
import { MessageList } from "./dom/message_list.ts";
import { byId } from "./dom/elements.ts";
import { NameForm } from "./dom/name_form.ts";
import { PeopleList } from "./dom/people_list.ts";
import { setUpRoomForm } from "./dom/room_form.ts";
import { StatusLine } from "./dom/status_line.ts";
import { rows } from "./rows.ts";
import { statusOf } from "./status.ts";
import type { View } from "./view.ts";

/** What a screen is told. */
export interface ScreenOptions {
  room: string;
  /** Nobody talks here without a name. */
  needsName: boolean;
  /** Whose screen it is; asked only once something happens. */
  app: () => App;
  /** A name was chosen. */
  choose: (name: string) => void;
}

/** The screen. */
export class Screen {
  readonly #options: ScreenOptions;
  readonly #composer: Composer;
  readonly #list: MessageList;
  readonly #people = new PeopleList();
  readonly #status: StatusLine;
  readonly #join: NameForm;
  readonly #rename: NameForm;
  readonly #empty = byId("empty", HTMLElement);
  readonly #shortened = byId("shortened", HTMLElement);

  constructor(options: ScreenOptions) {
    const { app, choose, room } = options;
    this.#options = options;
    byId("room", HTMLElement).textContent = room;
    this.#composer = new Composer({
      say: (content) => app().say(content),
      maxBytes: () => app().maxBytes,
      keep: (draft) => app().noteDraft(draft),
    });
    this.#list = new MessageList({ takeBack: (key) => this.put(app().takeBack(key)) });
    this.#status = new StatusLine({ act: () => app().connect(), lose: () => this.focus() });
    this.#join = new NameForm("join", (name) => {
      choose(name);
      this.#composer.focus();
    });
    this.#rename = new NameForm("rename", choose);
    setUpRoomForm();
  }

  /** Shows a view. */
  show(view: View): void {
    const { connection, entries, isShortened, name } = view;
    const shown = rows(view);
    this.#list.show(shown);
    this.#status.show(statusOf(view, location.origin));
    this.#people.show(view);
    const mustJoin = this.#options.needsName && name === undefined;
    this.#join.isShown = mustJoin;
    this.#composer.isShown = !mustJoin;
    this.#rename.isShown = !mustJoin;
    this.#empty.hidden = shown.length > 0 || connection.name !== "live";
    this.#shortened.hidden = !isShortened || entries.length === 0;
  }

  /** Puts a text into the message field, to be edited. */
  put(text: string): void {
    this.#composer.put(text);
    this.#composer.focus();
  }

  /** Puts the focus where its user goes on. */
  focus(): void {
    const { name } = this.#options.app().view;
    if (this.#options.needsName && name === undefined) this.#join.focus();
    else this.#composer.focus();
  }

  /** Fills in what was typed before a reload. */
  restore({ draft, name }: { draft: string | undefined; name: string | undefined }): void {
    if (name !== undefined) this.#rename.name = name;
    if (draft) this.#composer.put(draft);
  }
}
