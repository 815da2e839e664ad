/**
 * Nodes on one NATS stream tell each other where they are, over core NATS: nothing of it is kept.
 *
 * Subject `STREAM.node.ID`, three tokens, so that the stream (`STREAM.*`) does not take it; the payload
 * is JSON, see {@linkcode NodeNews}. A node says it at once, every 2 s, and whenever another one asks.
 *
 * @module
 */

import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";
import { type Clock, systemClock } from "../../clock.ts";
import { type Log, silentLog } from "../../log.ts";
import type { Announcement } from "../message_log.ts";
import { BEAT_MS, NodeDirectory, type NodeNews, parseNews } from "./node_directory.ts";
import { within } from "./within.ts";

/** What a node says, and where. */
export interface AnnounceNodeOptions {
  /** The name of the stream: nodes of others are not ours. */
  stream: string;
  /** Where clients reach this node. */
  url: string;
  /** Whether it should be sent clients now. Default: always. */
  isReady?: (() => boolean) | undefined;
  /** Where trouble is told. Default: nowhere. */
  log?: Log | undefined;
  /** Time. Default: the machine's. */
  clock?: Clock | undefined;
}

/** The others need not have heard of it by then: nobody may wait for a connection that is lost. */
const FLUSH_MS = 500;

/**
 * Announces this node until disposed, on a connection that stays its owner's. The connection must hear
 * what it publishes itself (no `noEcho`), else nobody is ever forgotten.
 */
export function announceNode(
  connection: NatsConnection,
  options: AnnounceNodeOptions,
): Announcement {
  return new NatsNode(connection, options);
}

class NatsNode implements Announcement {
  readonly #connection: NatsConnection;
  readonly #options: AnnounceNodeOptions;
  readonly #clock: Clock;
  readonly #id = crypto.randomUUID();
  readonly #directory = new NodeDirectory();
  readonly #hearing: Subscription;
  readonly #over = new AbortController();
  #isLeaving = false;

  constructor(connection: NatsConnection, options: AnnounceNodeOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#hearing = connection.subscribe(`${options.stream}.node.*`, {
      callback: (error, message) => error ? this.#complain(error) : this.#hear(message),
    });
    void this.#beat();
  }

  get others(): readonly string[] {
    return this.#directory.urls;
  }

  async leave(): Promise<void> {
    this.#isLeaving = true;
    this.#say();
    const said = this.#connection.flush().catch(() => {});
    await within(said, { clock: this.#clock, ms: FLUSH_MS });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    await this.leave();
    this.#hearing.unsubscribe();
  }

  async #beat(): Promise<void> {
    this.#say({ asks: true });
    for (;;) {
      await this.#clock.sleep(BEAT_MS, this.#over.signal);
      if (this.#over.signal.aborted) return;
      // Also while it leaves: what is said over core NATS may be lost.
      this.#say();
    }
  }

  #hear(message: Msg): void {
    const news = parseNews(message.string());
    if (!news) return;
    const id = message.subject.slice(message.subject.lastIndexOf(".") + 1);
    if (id === this.#id) {
      // Nobody answers a question that they did not hear: it is asked again.
      if (this.#directory.hearOurselves(this.#clock.now())) this.#say({ asks: true });
    } else {
      this.#directory.hear(id, news);
      if (news.asks) this.#say();
    }
  }

  #say(more: Pick<NodeNews, "asks"> = {}): void {
    const { stream, url, isReady = () => true } = this.#options;
    const state = this.#isLeaving ? "leaving" : isReady() ? "serving" : "busy";
    const news: NodeNews = { url, state, ...more };
    try {
      this.#connection.publish(`${stream}.node.${this.#id}`, JSON.stringify(news));
    } catch (error) {
      // The connection is closed for good; a lost one keeps what is published, or loses it.
      if (!this.#over.signal.aborted) this.#complain(error);
      this.#over.abort();
    }
  }

  #complain(error: unknown): void {
    const { log = silentLog, stream } = this.#options;
    log.warn("Cannot hear of other servers: {error}", {
      stream,
      error: String(error),
    });
  }
}
