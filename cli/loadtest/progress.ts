/**
 * Progress on stderr: one line that is redrawn on a terminal, a line each 5 s elsewhere.
 *
 * @module
 */

import { progressLine, type Snapshot } from "./snapshot.ts";

/** How progress is shown. */
export type ProgressStyle = "tty" | "plain" | "none";

const REDRAW_MS = 100;
const LINE_MS = 5_000;

/** Shows progress until disposed. `write` gets text as it is to appear. */
export class Progress implements Disposable {
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  readonly #write: (text: string) => void;
  readonly #style: ProgressStyle;

  constructor(style: ProgressStyle, snapshot: () => Snapshot, write: (text: string) => void) {
    this.#style = style;
    this.#write = write;
    if (style === "none") return;
    const show = style === "tty"
      ? () => write(`\r\x1b[K${progressLine(snapshot()).slice(0, 79)}`)
      : () => write(`${progressLine(snapshot())}\n`);
    this.#timer = setInterval(show, style === "tty" ? REDRAW_MS : LINE_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    if (this.#style === "tty") this.#write("\r\x1b[K");
  }
}
