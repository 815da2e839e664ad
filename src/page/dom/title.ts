/** The title of the tab: how many messages came while nobody looked. */

/** Counts what is not seen. */
export class Title {
  readonly #base: string;
  #unseen = 0;

  constructor(room: string) {
    this.#base = `${room} · Last Call`;
    document.title = this.#base;
    document.addEventListener("visibilitychange", () => document.hidden || this.#show(0));
  }

  /** A message came. */
  note(): void {
    if (document.hidden) this.#show(this.#unseen + 1);
  }

  #show(unseen: number): void {
    this.#unseen = unseen;
    document.title = unseen === 0 ? this.#base : `(${unseen}) ${this.#base}`;
  }
}
