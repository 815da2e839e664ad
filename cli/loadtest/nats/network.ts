/**
 * A private network on this machine: each member of a cluster lives in a network namespace of its own,
 * and one link leads from there to a bridge, on which we are, too. A member is cut off when its link is
 * down: what is sent to it is lost, as it is when a cable is pulled, and nobody is told.
 *
 * Only root may make one. Nothing of it can be reached from other machines: its addresses are link-local
 * ones, and the bridge has no other port. Names begin with the id of our process, so that what a killed
 * run has left behind is known, and removed by the next one.
 *
 * @module
 */

import { TargetError } from "../target.ts";
import { ip, ipNow } from "./ip.ts";
import { removeStale } from "./stale_networks.ts";

/** One member's place in it. */
export interface Link {
  /** Where the member lives: what runs behind `ip netns exec NAMESPACE` is there. */
  readonly namespace: string;
  /** Its address. */
  readonly host: string;
  /** Cuts it off. */
  down(): Promise<void>;
  /** Ends that. */
  up(): Promise<void>;
}

/** Of 169.254.0.0/16, one of these is taken; not the one of the metadata of clouds. */
const SUBNETS = { first: 1, count: 168 };
const ATTEMPTS = 20;
const OURS = 1;
const FIRST_MEMBER = 11;

/** All of it. */
export class PrivateNetwork implements AsyncDisposable {
  readonly links: readonly Link[];
  readonly #name: string;

  private constructor(name: string, subnet: string, size: number) {
    this.#name = name;
    this.links = Array.from({ length: size }, (_, i) => {
      const link = `${name}v${i}`;
      return {
        namespace: `${name}n${i}`,
        host: `${subnet}.${FIRST_MEMBER + i}`,
        down: async () => void await ip("link", "set", link, "down"),
        up: async () => void await ip("link", "set", link, "up"),
      };
    });
  }

  /** Makes one for so many members. Throws a `TargetError`. */
  static async create(size: number): Promise<PrivateNetwork> {
    await removeStale();
    // A link has at most 15 characters in its name.
    const name = `lc${Deno.pid}-${randomBelow(36 ** 2).toString(36).padStart(2, "0")}`;
    const subnet = await freeSubnet();
    const network = new PrivateNetwork(name, subnet, size);
    try {
      await network.#make(subnet);
    } catch (error) {
      network.removeNow();
      throw error;
    }
    return network;
  }

  /** Removes all of it at once, when there is no time left to wait. */
  removeNow(): void {
    for (const command of this.#removal) ipNow(...command);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const command of this.#removal) await ip(...command).catch(() => {});
  }

  async #make(subnet: string): Promise<void> {
    const bridge = `${this.#name}b`;
    await ip("link", "add", bridge, "type", "bridge");
    await ip("address", "add", `${subnet}.${OURS}/24`, "dev", bridge);
    await ip("link", "set", bridge, "up");
    for (const [i, { namespace, host }] of this.links.entries()) {
      const link = `${this.#name}v${i}`;
      await ip("netns", "add", namespace);
      const inside = ["peer", "name", "eth0", "netns", namespace];
      await ip("link", "add", link, "type", "veth", ...inside);
      await ip("link", "set", link, "master", bridge, "up");
      await ip("-n", namespace, "address", "add", `${host}/24`, "dev", "eth0");
      await ip("-n", namespace, "link", "set", "eth0", "up");
      await ip("-n", namespace, "link", "set", "lo", "up");
    }
  }

  /** A link ends with its namespace, but only when the last process in there is gone. */
  get #removal(): string[][] {
    return [
      ...this.links.map((_, i) => ["link", "delete", `${this.#name}v${i}`]),
      ...this.links.map(({ namespace }) => ["netns", "delete", namespace]),
      ["link", "delete", `${this.#name}b`],
    ];
  }
}

/** Why a network cannot be made here; `undefined`: it can. */
export async function whyNoNetwork(): Promise<string | undefined> {
  try {
    await using _ = await PrivateNetwork.create(1);
    return undefined;
  } catch (error) {
    if (error instanceof TargetError) return error.message;
    throw error;
  }
}

async function freeSubnet(): Promise<string> {
  const taken = await ip("-o", "-4", "address", "show");
  for (let i = 0; i < ATTEMPTS; i++) {
    const subnet = `169.254.${SUBNETS.first + randomBelow(SUBNETS.count)}`;
    if (!taken.includes(` ${subnet}.`)) return subnet;
  }
  throw new TargetError("no subnet of 169.254.0.0/16 is free");
}

function randomBelow(count: number): number {
  return Math.floor(Math.random() * count);
}
