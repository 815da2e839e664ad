/**
 * One `nats-server` with JetStream, which keeps its port and its folder over all its lives.
 *
 * @module
 */

import { Child } from "../child.ts";
import { TargetError } from "../target.ts";
import { sleep } from "../wait.ts";
import type { Link } from "./network.ts";

/** Where a server is, and what it is told. */
export interface MemberPlace {
  name: string;
  host: string;
  port: number;
  /** Its HTTP port for monitoring, on the same host. */
  monitorPort: number;
  /** For its messages and its configuration. */
  folder: string;
  /** How it is connected, if not by the loopback interface. */
  link?: Link;
  /** More of its configuration, as the server's own documentation has it. */
  config?: Readonly<Record<string, unknown>>;
}

const START_DEADLINE_MS = 20_000;
const LOOK_PAUSE_MS = 100;
const ANSWER_DEADLINE_MS = 1_000;

/** One server. */
export class NatsMember implements AsyncDisposable {
  readonly name: string;
  readonly #place: MemberPlace;
  readonly #now: () => number;
  #child: Child | undefined;

  constructor(place: MemberPlace, now: () => number) {
    this.name = place.name;
    this.#place = place;
    this.#now = now;
  }

  /** `host:port`, where clients connect. */
  get address(): string {
    return `${this.#place.host}:${this.#place.port}`;
  }

  /** By what it can be cut off. */
  get link(): Link | undefined {
    return this.#place.link;
  }

  /** That it is there, for the journal. */
  get listening(): { m: string; url: string; pid?: number } {
    const pid = this.#child?.pid;
    return { m: this.name, url: `nats://${this.address}`, ...pid === undefined ? {} : { pid } };
  }

  /** Its process, or its last one. */
  get child(): Child | undefined {
    return this.#child;
  }

  /** Starts it, without waiting for it. Throws a `TargetError`. */
  async launch(): Promise<void> {
    const { name, host, port, monitorPort, folder, config = {} } = this.#place;
    const file = `${folder}/${name}.conf`;
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(
      file,
      JSON.stringify({
        ...{ server_name: name, host, port, http: `${host}:${monitorPort}` },
        jetstream: { store_dir: `${folder}/${name}` },
        ...config,
      }),
    );
    try {
      const inside = this.link ? ["ip", "netns", "exec", this.link.namespace] : [];
      const [program, ...args] = [...inside, "nats-server", "-c", file];
      this.#child = new Child(program!, { args, now: this.#now });
    } catch (cause) {
      throw new TargetError(`nats-server did not start: ${(cause as Error).message}`, [], {
        cause,
      });
    }
  }

  /** Waits until it answers, and has all that its cluster has. Throws a `TargetError`. */
  async healthy(abort?: AbortSignal): Promise<void> {
    const deadline = performance.now() + START_DEADLINE_MS;
    while (performance.now() < deadline && !this.#child?.exit && !abort?.aborted) {
      if (await this.isHealthy()) return;
      await sleep(LOOK_PAUSE_MS, abort);
    }
    throw new TargetError(`nats-server ${this.name} did not get healthy`, this.#child?.tail);
  }

  /** Whether it answers, and has all that its cluster has. */
  async isHealthy(): Promise<boolean> {
    const { host, monitorPort } = this.#place;
    return await isOk(`http://${host}:${monitorPort}/healthz`);
  }

  /** Starts it and waits for it. Throws a `TargetError`. */
  async start(abort?: AbortSignal): Promise<void> {
    await this.launch();
    await this.healthy(abort);
  }

  /** Ends it by a signal, and waits for its end. */
  async end(signal: Deno.Signal): Promise<void> {
    this.#child?.signal(signal);
    await this.#child?.exited;
    await this.#child?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child?.[Symbol.asyncDispose]();
  }
}

/** Over a connection of its own: one that stood before a partition would not tell of it for long. */
async function isOk(url: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(ANSWER_DEADLINE_MS);
    const response = await fetch(url, { signal, headers: { connection: "close" } });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
