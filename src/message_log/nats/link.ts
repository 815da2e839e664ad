/**
 * The connection to NATS: whether it is there, and when it was lost. The library finds another server by
 * itself; one that announces its end is left before it goes.
 */

import type { NatsConnection, Status } from "@nats-io/transport-node";
import type { Clock } from "../../clock.ts";
import type { Log } from "../../log.ts";
import { MessageLogError } from "../message_log.ts";
import { Health } from "./health.ts";
import { within } from "./within.ts";

/** What the link tells. */
export interface LinkOptions {
  clock: Clock;
  /** Where it is told that a connection was lost, and is back. */
  log: Log;
  /** There are other servers to go to. */
  hasOthers: boolean;
  /** It is there again. */
  onReconnect: () => void;
}

/** What it needs of a connection. */
export type LinkConnection = Pick<NatsConnection, "status" | "isClosed" | "reconnect" | "rtt">;

/** To find another server takes less, where there is one. */
const GRACE_MS = 2_000;
/** A server that is there answers in time. */
const ANSWER_MS = 1_000;
/** A server that is there, but of no use, is left for another after so many doubts in a row. */
const DOUBTS = 5;

/** A connection as it comes and goes. */
export class Link {
  readonly #connection: LinkConnection;
  readonly #options: LinkOptions;
  readonly #health: Health;
  #isConnected = true;
  #doubts = 0;
  #change = Promise.withResolvers<void>();
  readonly #waiting = new Set<(error: Error) => void>();

  /** Watches an open connection until it is closed. */
  constructor(connection: LinkConnection, options: LinkOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#health = new Health(options.clock, GRACE_MS);
    void this.#watch();
  }

  /** Why there is no connection; `undefined` while there is one, and for a moment without. */
  get trouble(): string | undefined {
    return this.#health.trouble;
  }

  /** Whether there is a connection. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Why there is none, when there is none. */
  get reason(): string {
    return "no NATS server can be connected to";
  }

  /** Resolves to whether there is a connection within `ms`. */
  async connected(ms: number): Promise<boolean> {
    if (this.#isConnected) return true;
    await within(this.#change.promise, { clock: this.#options.clock, ms });
    return this.#isConnected;
  }

  /** The same as `work`, but rejects as soon as the connection is lost: then nobody will answer. */
  untilLost<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      work.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }

  /**
   * Something that was asked of NATS was not answered. The server may be gone without a word, which the
   * library would notice only later; or it may be cut off from the others, which it would not notice.
   */
  async doubt(): Promise<void> {
    if (!this.#isConnected) return;
    this.#doubts += 1;
    const isUseless = this.#doubts % DOUBTS === 0 && this.#options.hasOthers;
    if (isUseless || !await this.#isThere()) await this.#connection.reconnect().catch(() => {});
  }

  /** NATS answers as it should. */
  trust(): void {
    this.#doubts = 0;
  }

  async #isThere(): Promise<boolean> {
    const answer = this.#connection.rtt().then(() => true, () => false);
    return await within(answer, { clock: this.#options.clock, ms: ANSWER_MS }) === true;
  }

  async #watch(): Promise<void> {
    for await (const status of this.#connection.status()) this.#note(status);
    this.#set(false);
  }

  #note(status: Status): void {
    if (status.type === "disconnect") this.#lose(status.server);
    else if (status.type === "reconnect") this.#find(status.server);
    else if (status.type === "ldm") this.#leave(status.server);
  }

  #lose(server: string): void {
    if (!this.#connection.isClosed()) {
      this.#options.log.warn("The connection to NATS at {server} was lost", { server });
    }
    this.#health.failed(this.reason);
    this.#set(false);
  }

  #find(server: string): void {
    const { log, onReconnect } = this.#options;
    log.info("Connected to NATS at {server} again", { server });
    this.#health.succeeded();
    this.#set(true);
    onReconnect();
  }

  /** A server that is about to end. Where there is no other, it is better than none. */
  #leave(server: string): void {
    const { hasOthers, log } = this.#options;
    log.info("NATS at {server} is about to end", { server });
    if (hasOthers) void this.#connection.reconnect().catch(() => {});
  }

  #set(isConnected: boolean): void {
    if (isConnected === this.#isConnected) return;
    this.#isConnected = isConnected;
    this.#change.resolve();
    this.#change = Promise.withResolvers<void>();
    if (!isConnected) { for (const reject of this.#waiting) reject(lost()); }
  }
}

function lost(): MessageLogError {
  return new MessageLogError("unavailable", "the connection was lost");
}
