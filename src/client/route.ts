/**
 * Where to connect to next.
 *
 * @module
 */

/** More alternates than this are not looked at. */
const MAX_ALTERNATES = 16;

/** The URLs that a client goes through. */
export class Route {
  readonly #home: URL;
  readonly #random: () => number;
  #urls: string[];
  #index = 0;

  /** `home` is the client's own URL. */
  constructor(home: URL, random: () => number) {
    this.#home = home;
    this.#random = random;
    this.#urls = [home.href];
  }

  /** Where to connect to now. */
  get url(): string {
    return this.#urls[this.#index]!;
  }

  /** Nobody was there: the next one, in turn. */
  noteFailure(): void {
    this.#index = (this.#index + 1) % this.#urls.length;
  }

  /** The server named others: they are gone through in random order, and then our own. */
  noteAlternates(alternates: readonly string[]): void {
    const others = new Set(alternates.slice(0, MAX_ALTERNATES).flatMap((text) => this.#read(text)));
    if (others.size === 0) return;
    this.#urls = [...new Set([...shuffle([...others], this.#random), this.#home.href])];
    this.#index = 0;
  }

  /** In our room, and never in the clear when home is not: the session is a secret. */
  #read(text: string): string[] {
    if (!URL.canParse(text, this.#home)) return [];
    const url = new URL(text, this.#home);
    const isSafe = url.protocol === "wss:" ||
      (url.protocol === "ws:" && this.#home.protocol === "ws:");
    if (!isSafe) return [];
    const room = this.#home.searchParams.get("room");
    if (room !== null && !url.searchParams.has("room")) url.searchParams.set("room", room);
    url.hash = "";
    return [url.href];
  }
}

/** Fisher–Yates. */
function shuffle<T>(items: T[], random: () => number): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const pick = Math.floor(random() * (last + 1));
    [items[last], items[pick]] = [items[pick]!, items[last]!];
  }
  return items;
}
