/**
 * Reasons to stop early: Ctrl-C, SIGTERM, a crash of our own. Whatever it is, the target is not left
 * running.
 *
 * @module
 */

import { EXIT } from "./exit_codes.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
const CRASHES = ["error", "unhandledrejection"] as const;
/** Under `deno task` one Ctrl-C arrives twice: from the terminal, and passed on by the task runner. */
const ECHO_MS = 300;

/**
 * The first signal aborts {@linkcode Interrupt.signal}: the run stops and still reports. The second ends
 * us at once. On a terminal the target gets each Ctrl-C as well, being in our process group; that does
 * no harm, since it is asked to leave anyway.
 */
export class Interrupt implements Disposable {
  readonly #controller = new AbortController();
  readonly #kill: () => void;
  #abortedAtMs = 0;

  /** `kill` ends the target without asking. */
  constructor(kill: () => void) {
    this.#kill = kill;
    for (const name of SIGNALS) Deno.addSignalListener(name, this.#onSignal);
    for (const name of CRASHES) globalThis.addEventListener(name, kill);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    for (const name of SIGNALS) Deno.removeSignalListener(name, this.#onSignal);
    for (const name of CRASHES) globalThis.removeEventListener(name, this.#kill);
  }

  readonly #onSignal = (): void => {
    if (!this.signal.aborted) {
      this.#abortedAtMs = performance.now();
      return this.#controller.abort();
    }
    if (performance.now() - this.#abortedAtMs < ECHO_MS) return;
    this.#kill();
    Deno.exit(EXIT.interrupted);
  };
}
