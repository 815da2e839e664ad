/**
 * The way into the log: what arrives while a batch is being written forms the next one.
 */

import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Appended, Entry, MessageLog } from "../message_log/message_log.ts";
import type { Stats } from "../stats.ts";
import { turn } from "../turn.ts";

/** What became of a publish: it is in the log, or why not as far as is known. */
export type Answer = Exclude<Appended, { outcome: "unknown" }> | { outcome: "unavailable" };

/** Entries that may wait. */
const MAX_WAITING = 10_000;
/** Entries in one batch at most. */
const MAX_BATCH = 1_000;
/** How often a log that failed is tried again. */
const PROBE_MS = 500;

interface Waiting {
  entry: Entry;
  answer: (answer: Answer) => void;
}

/** Writes to a log in batches. */
export class Publisher {
  readonly #messageLog: MessageLog;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #stats: Stats;
  readonly #closed = new AbortController();
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #trouble: string | undefined;

  /** Writes to `messageLog`. */
  constructor(
    messageLog: MessageLog,
    { log, clock, stats }: { log: Log; clock: Clock; stats: Stats },
  ) {
    this.#messageLog = messageLog;
    this.#stats = stats;
    this.#log = log;
    this.#clock = clock;
  }

  /** Why the log cannot be written; `undefined` while it can. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Takes an entry and answers it, later and exactly once. */
  submit(entry: Entry, answer: (answer: Answer) => void = () => {}): void {
    if (this.#waiting.length >= MAX_WAITING || this.#closed.signal.aborted) {
      answer({ outcome: "unavailable" });
      return;
    }
    this.#waiting.push({ entry, answer });
    this.#writing ??= this.#write();
  }

  /** Resolves when all that was taken until now has been answered. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /** Answers what waits and takes no more. */
  async close(): Promise<void> {
    await this.#writing;
    this.#closed.abort();
  }

  async #write(): Promise<void> {
    // What arrives in this turn of the event loop goes into one batch.
    await turn();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_BATCH);
      const answers = await this.#append(batch.map(({ entry }) => entry));
      for (const [i, { answer }] of batch.entries()) answer(answers[i]!);
    }
    this.#writing = undefined;
  }

  async #append(entries: Entry[]): Promise<Answer[]> {
    const startedMs = this.#clock.now();
    try {
      const answers = await this.#messageLog.append(entries);
      this.#stats.appendSeconds.observe((this.#clock.now() - startedMs) / 1_000);
      this.#recovered();
      return answers.map((answer) =>
        answer.outcome === "unknown" ? { outcome: "unavailable" } : answer
      );
    } catch (error) {
      this.#failed(error);
      return entries.map(() => ({ outcome: "unavailable" }));
    }
  }

  #failed(error: unknown): void {
    if (this.#trouble !== undefined) return;
    this.#trouble = error instanceof Error ? error.message : String(error);
    this.#log.error("{trouble}; publishes are rejected until it can", {
      trouble: this.#trouble,
    });
    void this.#probe();
  }

  #recovered(): void {
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    this.#log.info("The message log can be written again");
  }

  /** Who is not ready gets no traffic, so recovery must be looked for. */
  async #probe(): Promise<void> {
    while (this.#trouble !== undefined && !this.#closed.signal.aborted) {
      await this.#clock.sleep(PROBE_MS, this.#closed.signal);
      await this.#messageLog.probe().then(() => this.#recovered(), () => {});
    }
  }
}
