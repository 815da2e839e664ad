/**
 * Tells a shutdown in the log, step by step, so that it can be followed at a terminal.
 *
 * @module
 */

import { formatDuration } from "../duration.ts";
import type { Log } from "../log.ts";
import type { HookRecord } from "./hooks.ts";
import { type ClientTally, type ExitCode, type Phase, PHASES, type Receipt } from "./receipt.ts";

const ENDINGS: Record<ExitCode, string> = { 0: "gracefully", 1: "with an error", 3: "by force" };

/** Tells one shutdown. */
export class Narrator {
  readonly #log: Log;

  /** Tells it to `log`. */
  constructor(log: Log) {
    this.#log = log;
  }

  /** The beginning. */
  begin(reason: string, { clients, budgetMs }: { clients: number; budgetMs: number }): void {
    this.#log.info("Received shutdown signal: {reason} ({clients} clients, budget {budget})", {
      event: "shutdown",
      reason,
      clients,
      budget: formatDuration(budgetMs),
    });
  }

  /** The beginning of a phase. Fields ending in `Ms` are told as durations. */
  step(phase: Phase, message: string, fields: Record<string, unknown> = {}): void {
    this.#log.info(`Step {step} of {steps}, {phase}: ${message}`, {
      step: PHASES.indexOf(phase) + 1,
      steps: PHASES.length,
      phase,
      ...fields,
    });
  }

  /** The end of the drain. */
  drained({ closed, crossed, gone, unanswered }: ClientTally, tookMs: number): void {
    this.#log.info(
      "Closed {closed} client connections in {took} ({gone} left by themselves, {unanswered} gave no answer)",
      { closed: closed + crossed, gone, unanswered, took: formatDuration(tookMs) },
    );
  }

  /** The end of a hook. */
  hook({ name, outcome, durationMs, error }: HookRecord): void {
    const took = formatDuration(durationMs);
    if (outcome === "done") this.#log.info("Hook {name} completed in {took}", { name, took });
    else if (outcome === "timed_out") {
      this.#log.error("Hook {name} was out of time after {took}", { name, took });
    } else this.#log.error("Hook {name} failed after {took}: {error}", { name, took, error });
  }

  /** The end of the HTTP server. */
  server(stopped: boolean, tookMs: number): void {
    const took = formatDuration(tookMs);
    if (stopped) this.#log.info("HTTP server shutdown completed in {took}", { took });
    else this.#log.error("HTTP server did not stop within {took}; leaving it behind", { took });
  }

  /** The pacing is skipped. */
  hurry(): void {
    this.#log.warn("Skipping the pacing: everybody leaves now");
  }

  /** What comes before all else went wrong. */
  startFailed(error: unknown): void {
    this.#log.error("The start of the shutdown failed: {error}", { error: String(error) });
  }

  /** The receipt could not be kept. */
  receiptLost(error: unknown): void {
    this.#log.error("Cannot keep the receipt: {error}", { error: String(error) });
  }

  /** The end, with the receipt. */
  end(receipt: Receipt): void {
    const { exitCode, durationMs } = receipt;
    this.#log[exitCode === 0 ? "info" : "warn"](
      "Server stopped {how} in {took}, exit code {exitCode}",
      {
        event: "receipt",
        how: ENDINGS[exitCode],
        took: formatDuration(durationMs),
        exitCode,
        receipt,
      },
    );
  }
}
