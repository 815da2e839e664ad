import { within } from "./harness.ts";

/** A record of the server's JSON log. */
export interface ChildRecord {
  level: string;
  message: string;
  // deno-lint-ignore no-explicit-any -- whatever the server logged
  properties: Record<string, any>;
}

/** `main.ts` as a process of its own. */
export class ChildServer implements AsyncDisposable {
  readonly process: Deno.ChildProcess;
  readonly records: ChildRecord[] = [];
  readonly #printed: Promise<void>;
  readonly #listening = Promise.withResolvers<string>();

  /**
   * Starts it with `flags`; `allow` are permissions on top of those it always needs, `env` variables on
   * top of those that there are.
   */
  constructor(
    flags: string[] = [],
    { allow = [], env = {} }: { allow?: string[]; env?: Record<string, string> } = {},
  ) {
    this.process = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-prompt", "--allow-net", "--allow-env", ...allow],
        ...["main.ts", "--listen", "127.0.0.1:0", "--log-format", "json", "--log", "memory:"],
        ...flags,
      ],
      env,
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#printed = this.#read();
  }

  /** Where clients connect, once it listens. */
  get url(): Promise<string> {
    return within(this.#listening.promise, "the server to listen");
  }

  /** The URL of the status page, once it listens. */
  async statusUrl(): Promise<string> {
    await this.url;
    return this.records.find(({ properties }) => properties.event === "admin")!.properties.url;
  }

  /** Sends a signal. */
  signal(name: Deno.Signal): void {
    this.process.kill(name);
  }

  /** Resolves with the exit code once the process has ended and all it logged is read. */
  async exited(): Promise<number> {
    const { code } = await within(this.process.status, "the process to exit", 30_000);
    await this.#printed;
    return code;
  }

  /** The receipt that it logged. */
  // deno-lint-ignore no-explicit-any -- parsed JSON
  get receipt(): any {
    return this.records.find(({ properties }) => properties.event === "receipt")?.properties
      .receipt;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.process.kill("SIGKILL");
    } catch {
      // Already gone.
    }
    await this.process.status;
    await this.#printed;
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const chunk of this.process.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.#note(JSON.parse(line));
    }
  }

  #note(record: ChildRecord): void {
    this.records.push(record);
    if (record.properties.event === "listening") this.#listening.resolve(record.properties.url);
  }
}
