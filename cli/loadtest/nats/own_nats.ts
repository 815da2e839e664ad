/**
 * The NATS servers of a run: a cluster that is started for it, in a private network if it is to be cut
 * apart.
 *
 * @module
 */

import { NatsCluster } from "./cluster.ts";
import type { NatsMember } from "./member.ts";
import { PrivateNetwork } from "./network.ts";

/** How they are made. */
export interface OwnNatsOptions {
  /** How many. */
  servers: number;
  /** For their messages. */
  folder: string;
  /** Each of them can be cut off from the others and from us. Only for root. */
  canBeCutOff: boolean;
  now: () => number;
}

/** The servers, from their first start to the end of the run. */
export class OwnNats implements AsyncDisposable {
  readonly #options: OwnNatsOptions;
  #network: PrivateNetwork | undefined;
  #cluster: NatsCluster | undefined;

  /** Nothing is started yet. */
  constructor(options: OwnNatsOptions) {
    this.#options = options;
  }

  /** Starts all, and waits until they are whole. Throws a `TargetError`. */
  async start(abort: AbortSignal): Promise<void> {
    const { servers, folder, canBeCutOff, now } = this.#options;
    if (canBeCutOff) this.#network = await PrivateNetwork.create(servers);
    const links = this.#network ? { links: this.#network.links } : {};
    this.#cluster = NatsCluster.create({ size: servers, folder, now, ...links });
    await this.#cluster.start(abort);
  }

  /** `nats://host:port,host:port`, once they are started. */
  get url(): string {
    return this.#cluster!.url;
  }

  get members(): readonly NatsMember[] {
    return this.#cluster?.members ?? [];
  }

  /** Ends all of it without asking, and at once. */
  kill(): void {
    this.#cluster?.kill();
    this.#network?.removeNow();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cluster?.[Symbol.asyncDispose]();
    await this.#network?.[Symbol.asyncDispose]();
  }
}
