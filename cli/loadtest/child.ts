/**
 * A child process that is always drained, remembered by its last lines, and never left behind.
 *
 * @module
 */

import { within } from "./wait.ts";

/** How a process ended. */
export interface Exit {
  atMs: number;
  /** 128 + signal number when a signal ended it. */
  code: number;
  signal?: string;
}

/** How to run a program. */
export interface ChildOptions {
  args: string[];
  /** Added to our own environment. */
  env?: Record<string, string>;
  /** The time, for {@linkcode Exit.atMs}. */
  now: () => number;
  /** Gets every line of stdout and stderr; what it returns is remembered instead of the line. */
  onLine?: (line: string) => string | void;
}

const TAIL_LINES = 50;
const TAIL_LINE_CHARS = 500;
/** A program that writes no line ends must not fill our memory. */
const MAX_LINE_CHARS = 1_048_576;
/** A grandchild may hold the pipes open after the child is gone. */
const DRAIN_DEADLINE_MS = 500;

/** A running program. */
export class Child implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #readers: ReadableStreamDefaultReader<string>[] = [];
  readonly #drained: Promise<unknown>;
  readonly #tail: string[] = [];
  #exit: Exit | undefined;
  /** Resolves when the process is gone. Its last output may follow. */
  readonly exited: Promise<Exit>;

  constructor(program: string, { args, env = {}, now, onLine = String }: ChildOptions) {
    this.#process = new Deno.Command(program, {
      args,
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.exited = this.#process.status.then(({ code, signal }) => {
      this.#exit = { atMs: now(), code, ...signal ? { signal } : {} };
      return this.#exit;
    });
    const remember = (line: string) => {
      this.#tail.push((onLine(line) ?? line).slice(0, TAIL_LINE_CHARS));
      if (this.#tail.length > TAIL_LINES) this.#tail.shift();
    };
    this.#drained = Promise.all([
      this.#drain(this.#process.stdout, remember),
      this.#drain(this.#process.stderr, remember),
    ]);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** How it ended, once it has. */
  get exit(): Exit | undefined {
    return this.#exit;
  }

  /** The last lines of its output. */
  get tail(): string[] {
    return [...this.#tail];
  }

  /** Sends a signal; nothing happens when the process is gone. */
  signal(name: Deno.Signal): void {
    if (this.#exit) return;
    try {
      this.#process.kill(name);
    } catch (error) {
      // It ended, and its status is on the way.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Waits until the output is read to its end, for a little while only. */
  async drained(): Promise<void> {
    await within(DRAIN_DEADLINE_MS, this.#drained);
  }

  /** Ends the process, by SIGKILL after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.signal("SIGTERM");
    if (!await within(graceMs, this.exited)) this.signal("SIGKILL");
    await this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(0);
    await this.drained();
    await Promise.allSettled(this.#readers.map((reader) => reader.cancel()));
    await this.#drained;
  }

  async #drain(stream: ReadableStream<Uint8Array>, onLine: (line: string) => void) {
    const reader = stream.pipeThrough(new TextDecoderStream() as TransformStream).getReader();
    this.#readers.push(reader);
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      const lines = (rest + (value ?? "")).split("\n");
      rest = done ? "" : lines.pop()!;
      if (rest.length > MAX_LINE_CHARS) rest = rest.slice(0, MAX_LINE_CHARS);
      for (const line of lines) if (line) onLine(line);
      if (done) return;
    }
  }
}
