import { until, within } from "./harness.ts";

/** An example of the documentation as a process, its output, and where it listens. */
export class ExampleProcess implements AsyncDisposable {
  readonly process: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  output = "";

  /** Runs `docs/examples/NAME` with `args`; `allow` are permissions on top of the network. */
  constructor(
    name: string,
    { args = ["0"], allow = [] }: { args?: string[]; allow?: string[] } = {},
  ) {
    this.process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-net", ...allow, `docs/examples/${name}`, ...args],
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#reading = this.#read();
  }

  /** The port that it listens on, as Deno tells it. */
  get port(): Promise<number> {
    return until(
      () => /Listening on http:\/\/\S+?:(\d+)/.exec(this.output)?.[1],
      () => `the example to listen; got ${this.output}`,
    ).then(Number);
  }

  /** `ws://127.0.0.1:PORT/`. */
  get url(): Promise<string> {
    return this.port.then((port) => `ws://127.0.0.1:${port}/`);
  }

  /** `http://127.0.0.1:PORT`. */
  get http(): Promise<string> {
    return this.port.then((port) => `http://127.0.0.1:${port}`);
  }

  /** The receipt that it printed last. */
  // deno-lint-ignore no-explicit-any -- parsed JSON
  get receipt(): any {
    return JSON.parse([...this.output.matchAll(/^\{"version".*\}$/gm)].at(-1)![0]);
  }

  /** Sends SIGTERM. */
  terminate(): void {
    this.process.kill("SIGTERM");
  }

  /** Resolves with the exit code once the process has ended and all it printed is read. */
  async exited(): Promise<number> {
    const { code } = await within(this.process.status, "the example to exit", 30_000);
    await this.#reading;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.process.kill("SIGKILL");
    } catch {
      // Already gone.
    }
    await this.process.status;
    await this.#reading;
  }

  async #read(): Promise<void> {
    const { stdout, stderr } = this.process;
    await Promise.all([stdout, stderr].map(async (stream) => {
      for await (const text of stream.pipeThrough(new TextDecoderStream())) this.output += text;
    }));
  }
}
