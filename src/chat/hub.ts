/**
 * Everybody in the chat: who is there, and telling them.
 */

import type { Connection } from "../shutdown/connection.ts";
import type { Stats } from "../stats.ts";
import { Client, type ClientSurroundings } from "./client.ts";
import { FanOut } from "./fan_out.ts";
import { encodePlain } from "./plain_protocol.ts";

/** One message on its way to everybody but its sender. */
interface Broadcast {
  from: Client;
  frame: string;
}

/** The chat's members. */
export class Hub {
  readonly #clients = new Set<Client>();
  readonly #around: Omit<ClientSurroundings, "publish">;
  readonly #fanOut = new FanOut<Broadcast>({
    tell: (broadcast) => this.#tellOthers(broadcast),
    audience: () => this.#clients.size,
  });

  /** An empty hub. */
  constructor(around: Omit<ClientSurroundings, "publish">) {
    this.#around = around;
  }

  /** How many are there. */
  get size(): number {
    return this.#clients.size;
  }

  /** What is counted. */
  get stats(): Stats {
    return this.#around.stats;
  }

  /** Lets a connection take part, from its opening until its end. */
  join(connection: Connection): void {
    const client = new Client(connection, {
      ...this.#around,
      publish: (from, content) => this.#fanOut.push({ from, frame: encodePlain(content) }),
    });
    connection.whenOpen(() => this.#add(client));
    connection.ended.then(() => this.#clients.delete(client));
  }

  /** Resolves when all that was accepted until now has been sent to everybody. */
  delivered(): Promise<void> {
    return this.#fanOut.delivered();
  }

  #tellOthers({ from, frame }: Broadcast): void {
    let told = 0;
    for (const client of this.#clients) if (client !== from && client.send(frame)) told += 1;
    this.#around.stats.add("delivered", told);
  }

  #add(client: Client): void {
    this.#clients.add(client);
    this.#around.stats.add("joined");
    this.#around.log.info("Client {address} connected ({clients} now)", {
      address: client.address,
      clients: this.size,
    });
  }
}
