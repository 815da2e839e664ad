/**
 * The servers of a run: each keeps its port over all its lives, and all share one folder, in which those
 * of this project have their message log.
 *
 * @module
 */

import type { Child } from "../child.ts";
import type { Plan, TargetPlan } from "../plan.ts";
import type { Receipt } from "../run.ts";
import { fixedPort, startTarget, type Target } from "../target.ts";

/** What starting needs to know. */
export interface FleetOptions {
  now: () => number;
  abort: AbortSignal;
}

/** One server. */
export class Instance {
  readonly url: string;
  readonly #index: number;
  readonly #plan: TargetPlan;
  readonly #port: number;
  readonly #folder: string;
  readonly #options: FleetOptions;
  #target: Target | undefined;
  #child: Child | undefined;

  constructor(
    plan: TargetPlan,
    place: { index: number; port: number; folder: string },
    options: FleetOptions,
  ) {
    this.url = urlOf(plan, place.port);
    this.#index = place.index;
    this.#plan = plan;
    this.#port = place.port;
    this.#folder = place.folder;
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
    const place = { port: this.#port, folder: this.#folder };
    const onSpawn = (child: Child) => this.#child = child;
    this.#target = await startTarget(this.#plan, { ...this.#options, onSpawn, place });
  }

  /** That it listens, for the journal. */
  get listening(): { s: number; url: string; pid?: number } {
    return { s: this.#index, url: this.url, ...this.#child ? { pid: this.#child.pid } : {} };
  }
}

/** All servers of a run. */
export class Fleet implements AsyncDisposable {
  readonly instances: Instance[];
  readonly #folder: string;

  private constructor(instances: Instance[], folder: string) {
    this.instances = instances;
    this.#folder = folder;
  }

  /** Makes the servers that a plan asks for; none is started yet. */
  static async create(plan: Plan, options: FleetOptions): Promise<Fleet> {
    const folder = await Deno.makeTempDir({ prefix: "lastcall-loadtest-" });
    const ports = plan.ports ?? Array.from({ length: plan.instances }, fixedPort);
    const urls = ports.map((port) => urlOf(plan.target, port));
    const instances = ports.map((port, i) => {
      const others = alternatesOf(plan, urls, i);
      const target = withPeers(plan, { index: i, others, folder });
      return new Instance(target, { index: i, port, folder }, options);
    });
    return new Fleet(instances, folder);
  }

  /** Starts all of them, one after the other: the first one makes the log. */
  async start(): Promise<void> {
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
  }

  /** Ends all of them, by SIGKILL after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    await Promise.all(this.instances.map(({ child }) => child?.stop(graceMs)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.instances.map(({ child }) => child?.[Symbol.asyncDispose]()));
    await Deno.remove(this.#folder, { recursive: true });
  }
}

function urlOf(plan: TargetPlan, port: number): string {
  if (plan.kind === "lastcall") return `ws://127.0.0.1:${port}/ws`;
  return plan.url.replaceAll("{port}", String(port));
}

/**
 * Where the clients of a server may go at once. Behind a proxy that is the proxy: it knows who else is
 * there, and its URL is the only one that clients may know.
 */
function alternatesOf({ via, instances }: Plan, urls: readonly string[], own: number): string[] {
  if (via) return instances > 1 ? [via] : [];
  return urls.filter((_, other) => other !== own);
}

/** Where a server is among the others. */
interface Neighbours {
  index: number;
  /** Where its clients may go. */
  others: string[];
  /** It is there for all of them. */
  folder: string;
}

/** The servers share a log and send their clients to each other; a foreign one is told by its command. */
function withPeers(
  { target, protocol }: Plan,
  { index, others, folder }: Neighbours,
): TargetPlan {
  if (target.kind === "url" || protocol !== "v1") return target;
  if (target.kind === "spawn") {
    const command = target.command.replaceAll("{dir}", folder).replaceAll("{index}", String(index))
      .replaceAll("{peers}", others.join(","));
    return { ...target, command };
  }
  const alternates = others.length > 0 ? ["--alternates", others.join(",")] : [];
  return { ...target, flags: [...target.flags, "--log", `sqlite:${folder}/log.db`, ...alternates] };
}
