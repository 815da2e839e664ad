/**
 * The load generator as its parent sees it.
 *
 * @module
 */

import type { Child } from "../loadtest/child.ts";
import { within } from "../loadtest/wait.ts";
import type { Supervision } from "./children.ts";
import type { LoadEvent, LoadPlan, LoadResult } from "./load_plan.ts";

/** Beyond the time that the plan itself takes; ten thousand connects are among it. */
const GRACE_MS = 60_000;

/** A running generator. Its connections live until it is disposed. */
export class GeneratorProcess implements AsyncDisposable {
  readonly #child: Child;
  readonly #deadlineMs: number;
  readonly #signal: AbortSignal;
  readonly #begun = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<LoadResult>();

  constructor(plan: LoadPlan, { children, signal }: Supervision) {
    this.#signal = signal;
    this.#deadlineMs = plan.warmupMs + plan.windowMs + GRACE_MS;
    const program = new URL("generator.ts", import.meta.url).href;
    this.#child = children.start(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-net=127.0.0.1", program, JSON.stringify(plan)],
      onLine: (line) => this.#hear(line),
    });
    for (const { promise } of [this.#begun, this.#ended]) promise.catch(() => {});
    void this.#child.exited.then(async () => {
      await this.#child.drained();
      this.#fail(`the load generator ended: ${this.#child.tail.at(-1) ?? "it said nothing"}`);
    });
  }

  /** Resolves when all are connected and the warm-up is over. Rejects with the reason. */
  async begun(): Promise<void> {
    await this.#inTime(this.#begun.promise);
  }

  /** What it saw. Rejects with the reason. */
  async ended(): Promise<LoadResult> {
    return await this.#inTime(this.#ended.promise);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }

  async #inTime<T>(promise: Promise<T>): Promise<T> {
    if (!await within(this.#deadlineMs, promise, this.#signal)) {
      this.#fail(this.#signal.aborted ? "interrupted" : "the load generator took too long");
    }
    return await promise;
  }

  #hear(line: string): void {
    const said = parseEvent(line);
    if (said?.event === "begin") this.#begun.resolve();
    if (said?.event === "end") this.#ended.resolve(said.result);
    if (said?.event === "failed") this.#fail(said.reason);
  }

  #fail(reason: string): void {
    this.#begun.reject(new Error(reason));
    this.#ended.reject(new Error(reason));
  }
}

function parseEvent(line: string): LoadEvent | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
