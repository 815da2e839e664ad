/**
 * The servers of a run: each keeps its port over all its lives, and all share one folder, in which those
 * of this project have their message log, unless it is in NATS servers, which are started with them.
 *
 * @module
 */

import type { Child } from "../child.ts";
import type { NatsMember } from "../nats/member.ts";
import { OwnNats } from "../nats/own_nats.ts";
import type { Plan, TargetPlan } from "../plan.ts";
import type { Receipt } from "../run.ts";
import { fixedPort, startTarget, type Target } from "../target.ts";
import { foldersOf, withNeighbours } from "./neighbours.ts";

/** What starting needs to know. */
export interface FleetOptions {
  now: () => number;
  abort: AbortSignal;
}

/** Where a server is. */
interface InstancePlace {
  index: number;
  port: number;
  folder: string;
  /** Others that it may use. */
  folders: string[];
}

/** One server. */
export class Instance {
  readonly url: string;
  readonly #plan: () => TargetPlan;
  readonly #place: InstancePlace;
  readonly #options: FleetOptions;
  #target: Target | undefined;
  #child: Child | undefined;

  /** `plan` is asked at each start. */
  constructor(url: string, plan: () => TargetPlan, place: InstancePlace, options: FleetOptions) {
    this.url = url;
    this.#plan = plan;
    this.#place = place;
    this.#options = options;
  }

  /** Its process, if it is ours. */
  get child(): Child | undefined {
    return this.#child;
  }

  /** What the last process to end said of its shutdown. */
  get receipt(): Receipt | undefined {
    return this.#target?.receipt();
  }

  /** Starts it, again at the same port. Throws a `TargetError`. */
  async start(): Promise<void> {
    const onSpawn = (child: Child) => this.#child = child;
    const options = { ...this.#options, onSpawn, place: this.#place };
    this.#target = await startTarget(this.#plan(), options);
  }

  /** That it listens, for the journal. */
  get listening(): { s: number; url: string; pid?: number } {
    return { s: this.#place.index, url: this.url, ...this.#child ? { pid: this.#child.pid } : {} };
  }
}

/** All servers of a run. */
export class Fleet implements AsyncDisposable {
  readonly instances: Instance[];
  readonly #folder: string;
  readonly #nats: OwnNats | undefined;
  readonly #abort: AbortSignal;

  private constructor(
    instances: Instance[],
    { folder, nats, abort }: { folder: string; nats: OwnNats | undefined; abort: AbortSignal },
  ) {
    this.instances = instances;
    this.#folder = folder;
    this.#nats = nats;
    this.#abort = abort;
  }

  /** The NATS servers behind them, if we start any. */
  get members(): readonly NatsMember[] {
    return this.#nats?.members ?? [];
  }

  /** Makes the servers that a plan asks for; none is started yet. */
  static async create(plan: Plan, options: FleetOptions): Promise<Fleet> {
    const folder = await Deno.makeTempDir({ prefix: "lastcall-loadtest-" });
    const ports = plan.ports ?? Array.from({ length: plan.instances }, fixedPort);
    const urls = ports.map((port) => urlOf(plan.target, port));
    const nats = natsOf(plan, folder, options);
    const instances = ports.map((port, index) => {
      const target = () => withNeighbours(plan, { index, urls, folder, nats: nats?.url });
      const place = { index, port, folder, folders: foldersOf(plan) };
      return new Instance(urls[index]!, target, place, options);
    });
    return new Fleet(instances, { folder, nats, abort: options.abort });
  }

  /** Starts all of them, one after the other: the first one makes the log. */
  async start(): Promise<void> {
    await this.#nats?.start(this.#abort);
    for (const instance of this.instances) await instance.start();
  }

  /** The server behind a URL, or behind the `host:port` that a proxy names; undefined: none of them. */
  readonly instanceOf = (place: string): number | undefined => {
    const host = URL.parse(place)?.host || place;
    const s = this.instances.findIndex((instance) => new URL(instance.url).host === host);
    return s < 0 ? undefined : s;
  };

  /** Ends all of them without asking. */
  kill(): void {
    for (const { child } of this.instances) child?.signal("SIGKILL");
    this.#nats?.kill();
  }

  /** Ends all of them, by SIGKILL after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    await Promise.all(this.instances.map(({ child }) => child?.stop(graceMs)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.instances.map(({ child }) => child?.[Symbol.asyncDispose]()));
    await this.#nats?.[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

function natsOf(
  { log, fault }: Plan,
  folder: string,
  { now }: FleetOptions,
): OwnNats | undefined {
  if (log?.kind !== "cluster") return undefined;
  return new OwnNats({
    ...{ servers: log.servers, folder: `${folder}/nats`, now },
    canBeCutOff: fault === "nats-partition",
  });
}

function urlOf(plan: TargetPlan, port: number): string {
  if (plan.kind === "lastcall") return `ws://127.0.0.1:${port}/ws`;
  return plan.url.replaceAll("{port}", String(port));
}
