/**
 * A NATS cluster with JetStream on this machine, of one server or several.
 *
 * @module
 */

import { fixedPort } from "../target.ts";
import { NatsMember } from "./member.ts";

/** How a cluster is made. */
export interface ClusterOptions {
  /** How many servers. Default 1. */
  size?: number;
  /** For their messages. */
  folder: string;
  /** More of each server's configuration. */
  config?: Readonly<Record<string, unknown>>;
  now?: () => number;
}

/** All servers of a cluster. */
export class NatsCluster implements AsyncDisposable {
  readonly members: readonly NatsMember[];

  private constructor(members: readonly NatsMember[]) {
    this.members = members;
  }

  /** Starts a cluster and waits until it is whole. Throws a `TargetError`. */
  static async start(options: ClusterOptions): Promise<NatsCluster> {
    const cluster = new NatsCluster(membersOf(options));
    try {
      for (const member of cluster.members) await member.launch();
      for (const member of cluster.members) await member.healthy();
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
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
  { size = 1, folder, config = {}, now = performance.now.bind(performance) }: ClusterOptions,
): NatsMember[] {
  const host = "127.0.0.1";
  const routePorts = Array.from({ length: size }, fixedPort);
  const routes = routePorts.map((port) => `nats://${host}:${port}`);
  return routePorts.map((routePort, i) => {
    const cluster = {
      name: "lastcall",
      listen: `${host}:${routePort}`,
      routes,
      no_advertise: true,
    };
    const place = {
      name: `n${i + 1}`,
      host,
      port: fixedPort(),
      monitorPort: fixedPort(),
      folder,
      config: { ...size > 1 ? { cluster } : {}, ...config },
    };
    return new NatsMember(place, now);
  });
}
