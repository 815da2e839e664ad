/** For those who try the protocols out: which one, connect, disconnect, and every frame. */

import type { Seen } from "../tap.ts";
import type { View } from "../view.ts";
import { byId, make } from "./elements.ts";

/** Frames shown at most. */
const MAX_SHOWN = 200;

/** The panel of `/test`. */
export class DeveloperPanel {
  readonly #protocol = byId("protocol", HTMLSelectElement);
  readonly #connect = byId("connect", HTMLButtonElement);
  readonly #disconnect = byId("disconnect", HTMLButtonElement);
  readonly #frames = byId("frames", HTMLOListElement);

  constructor({ connect, disconnect }: { connect: () => void; disconnect: () => void }) {
    byId("developer", HTMLElement).hidden = false;
    this.#connect.addEventListener("click", connect);
    this.#disconnect.addEventListener("click", disconnect);
  }

  /** What is to be spoken. */
  get protocol(): "plain" | "v1" {
    return this.#protocol.value === "v1" ? "v1" : "plain";
  }

  /** What can be done now. */
  show({ connection: { name } }: View): void {
    const isOff = name === "idle" || name === "closed";
    this.#connect.disabled = !isOff;
    this.#protocol.disabled = !isOff;
    this.#disconnect.disabled = isOff;
  }

  /** Something was seen on the wire. */
  note({ what, text }: Seen): void {
    const item = make("li", what);
    item.append(make("span", "what", what), make("code", "", text.slice(0, 4_000)));
    this.#frames.append(item);
    while (this.#frames.childElementCount > MAX_SHOWN) this.#frames.firstElementChild!.remove();
    this.#frames.scrollTop = this.#frames.scrollHeight;
  }
}
