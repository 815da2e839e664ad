/** The faulty server of the load test's self-test as a process, and what a test does with it. */

import { fixedPort } from "../cli/loadtest/target.ts";
import { MessageCodec } from "../cli/loadtest/payload.ts";
import type { FaultName } from "../cli/loadtest/selftest/faults.ts";
import { until, within } from "./harness.ts";
import { V1TestClient } from "./v1_client.ts";

const PROGRAM = new URL("../cli/loadtest/selftest/faulty_server.ts", import.meta.url).href;

/** The permissions that it takes. */
export const STAGE_NEEDS = {
  permissions: ["run", "read", "write", "env"] as Deno.PermissionName[],
};

/** Message `n` of a load test. */
export function message(n: number): string {
  return new MessageCodec({ run: 7, protocol: "v1", sizeBytes: 64 }).encode(n, 0);
}

/** Messages `from` to `to - 1`. */
export function messages(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => message(from + i));
}

/** One process. */
class FaultyProcess {
  readonly #process: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  #output = "";

  constructor(args: string[]) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", PROGRAM, ...args],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#reading = this.#read();
  }

  /** Resolves when it listens. */
  async listens(): Promise<void> {
    await until(() => this.#output.includes("listening"), () => "the faulty server to listen");
  }

  signal(name: Deno.Signal): void {
    try {
      this.#process.kill(name);
    } catch {
      // It is gone.
    }
  }

  async exited(): Promise<number> {
    const { code } = await within(this.#process.status, "the faulty server to exit");
    await this.#reading;
    return code;
  }

  async #read(): Promise<void> {
    for await (const text of this.#process.stdout.pipeThrough(new TextDecoderStream())) {
      this.#output += text;
    }
  }
}

/** One or more servers that commit a fault, on one log; and the clients that a test lets on stage. */
export class Stage implements AsyncDisposable {
  readonly urls: string[];
  readonly #fault: FaultName;
  readonly #ports: number[];
  readonly #folder = Deno.makeTempDirSync({ prefix: "lastcall-faulty-" });
  readonly #processes = new Map<number, FaultyProcess>();
  readonly #clients: V1TestClient[] = [];

  private constructor(fault: FaultName, instances: number) {
    this.#fault = fault;
    this.#ports = Array.from({ length: instances }, fixedPort);
    this.urls = this.#ports.map((port) => `ws://127.0.0.1:${port}/ws`);
  }

  /** Starts the servers. */
  static async open(fault: FaultName, { instances = 1 } = {}): Promise<Stage> {
    const stage = new Stage(fault, instances);
    for (let i = 0; i < instances; i++) await stage.start(i);
    return stage;
  }

  /** Where the first one listens. */
  get url(): string {
    return this.urls[0]!;
  }

  /** Starts server `i`, again at its port. */
  async start(i = 0): Promise<void> {
    await this.spawn(i).listens();
  }

  /** Starts it and does not wait. */
  spawn(i = 0): FaultyProcess {
    const process = new FaultyProcess([
      ...["--port", `${this.#ports[i]}`, "--log", `${this.#folder}/log`, "--fault", this.#fault],
      ...["--alternates", this.urls.filter((_, other) => other !== i).join(",")],
    ]);
    this.#processes.set(i, process);
    return process;
  }

  /** Sends SIGTERM to server `i`. */
  terminate(i = 0): void {
    this.#processes.get(i)!.signal("SIGTERM");
  }

  /** Kills the first server. */
  kill(): void {
    this.#processes.get(0)!.signal("SIGKILL");
  }

  /** The exit code of server `i`. */
  exited(i = 0): Promise<number> {
    return this.#processes.get(i)!.exited();
  }

  /** A client that was welcomed by the first server. */
  async client(hello: Parameters<typeof V1TestClient.welcomed>[1] = {}): Promise<V1TestClient> {
    const client = await V1TestClient.welcomed(this.url, hello);
    this.#clients.push(client);
    return client;
  }

  /** Everything in the log, as somebody new reads it. */
  async readAll(count: number): Promise<V1TestClient> {
    const epoch = await this.#epoch();
    const reader = await this.client({ after: { epoch, seq: 0 } });
    await reader.heard(count);
    return reader;
  }

  /** Ends the first server while these clients leave as they should; it may be started again. */
  async leave(...clients: V1TestClient[]): Promise<number> {
    this.terminate();
    for (const client of clients) await answerDrain(client);
    for (const client of clients) await within(client.closed, "the close");
    return await this.exited();
  }

  async #epoch(): Promise<string> {
    await using asker = await V1TestClient.welcomed(this.url);
    return asker.welcome.epoch;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.#processes.values()) process.signal("SIGKILL");
    await Promise.all(this.#processes.values().map((process) => process.exited()));
    for (const client of this.#clients) await client[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** Waits for `drain`, and says that this was all. */
export async function answerDrain(client: V1TestClient, lastId = 0): Promise<void> {
  await client.next("drain");
  client.send({ type: "drained", lastId });
}

/** Publishes these, with the ids 1, 2, 3 and so on. */
export function publishAll(client: V1TestClient, contents: readonly string[]): void {
  for (const [i, content] of contents.entries()) client.publish(i + 1, content);
}
