/**
 * The processes that a run has started. Each has an owner that ends it; this is for the case that we
 * are ended ourselves before the owner can.
 *
 * @module
 */

import { Child, type ChildOptions } from "../loadtest/child.ts";

/** Everything that runs because of us. */
export class Children {
  readonly #running = new Set<Child>();
  readonly #killers = new Set<() => void>();

  /** Starts a program; the caller disposes of it. */
  start(program: string, options: Omit<ChildOptions, "now">): Child {
    const child = new Child(program, { ...options, now: () => performance.now() });
    this.#running.add(child);
    void child.exited.then(() => this.#running.delete(child));
    return child;
  }

  /** Others that run because of us are ended by `kill`, until this is disposed of. */
  include(kill: () => void): Disposable {
    this.#killers.add(kill);
    return { [Symbol.dispose]: () => void this.#killers.delete(kill) };
  }

  /** Ends all of them without asking. */
  kill(): void {
    for (const kill of this.#killers) kill();
    for (const child of this.#running) child.signal("SIGKILL");
  }
}

/** What whoever starts a process needs. */
export interface Supervision {
  children: Children;
  /** Aborts every wait. */
  signal: AbortSignal;
}
