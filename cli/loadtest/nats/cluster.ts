/**
 * A NATS cluster with JetStream on this machine, of one server or several.
 *
 * @module
 */

import { fixedPort } from "../target.ts";
import { memberNames } from "../victims.ts";
import { type MemberPlace, NatsMember } from "./member.ts";
import type { Link } from "./network.ts";

/** How a cluster is made. */
export interface ClusterOptions {
  /** How many servers. Default 1. */
  size?: number;
  /** For their messages. */
  folder: string;
  /** How each server is connected. Default: by the loopback interface. */
  links?: readonly Link[];
  /** More of each server's configuration. */
  config?: Readonly<Record<string, unknown>>;
  now?: () => number;
}

/**
 * A lame duck sends its clients away over this time, one each second at most, after a pause in which
 * they may leave by themselves. 2.9 takes no less than 30 s, and 0 for the pause means its default, 10 s.
 */
const LAME_DUCK = { lame_duck_duration: "30s", lame_duck_grace_period: "2s" };

/** All servers of a cluster. */
export class NatsCluster implements AsyncDisposable {
  readonly members: readonly NatsMember[];

  private constructor(members: readonly NatsMember[]) {
    this.members = members;
  }

  /** Makes a cluster; none of its servers is started yet. */
  static create(options: ClusterOptions): NatsCluster {
    return new NatsCluster(membersOf(options));
  }

  /** Starts a cluster and waits until it is whole. Throws a `TargetError`. */
  static async start(options: ClusterOptions): Promise<NatsCluster> {
    const cluster = NatsCluster.create(options);
    try {
      await cluster.start();
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  /** Starts all servers and waits until the cluster is whole. Throws a `TargetError`. */
  async start(abort?: AbortSignal): Promise<void> {
    for (const member of this.members) await member.launch();
    for (const member of this.members) await member.healthy(abort);
  }

  /** Ends all servers without asking. */
  kill(): void {
    for (const { child } of this.members) child?.signal("SIGKILL");
  }

  /** `nats://host:port,host:port`. */
  get url(): string {
    return `nats://${this.members.map(({ address }) => address).join(",")}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.members.map((member) => member[Symbol.asyncDispose]()));
  }
}

function membersOf(
  { size = 1, folder, config = {}, links, now = performance.now.bind(performance) }: ClusterOptions,
): NatsMember[] {
  const seats = Array.from({ length: size }, (_, i) => seatOf(links?.[i]));
  const routes = seats.map(({ host, routePort }) => `nats://${host}:${routePort}`);
  return seats.map(({ routePort, ...seat }, i) => {
    const cluster = {
      ...{ name: "lastcall", listen: `${seat.host}:${routePort}`, routes, no_advertise: true },
    };
    const place: MemberPlace = {
      ...seat,
      ...{ name: memberNames(size)[i]!, folder },
      config: { ...LAME_DUCK, ...size > 1 ? { cluster } : {}, ...config },
    };
    return new NatsMember(place, now);
  });
}

/** In a network of its own a server can have the usual ports. */
function seatOf(link: Link | undefined) {
  if (link) return { host: link.host, port: 4222, monitorPort: 8222, routePort: 6222, link };
  return {
    ...{ host: "127.0.0.1", port: fixedPort(), monitorPort: fixedPort(), routePort: fixedPort() },
  };
}
