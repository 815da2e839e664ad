/**
 * Hears every message of the stream, once and in order, from a place on: through lost connections,
 * servers that go, and consumers that go with them.
 */

import {
  type ConsumerMessages,
  DeliverPolicy,
  type JetStreamClient,
  type JsMsg,
} from "@nats-io/jetstream";
import type { Clock } from "../../clock.ts";
import type { StreamNames } from "./wire.ts";

/** What following needs. */
export interface TailOptions {
  client: JetStreamClient;
  names: StreamNames;
  /** The place after which it begins. */
  position: number;
  /** Gets each message. */
  hear: (message: JsMsg) => void;
  clock: Clock;
}

/** Messages that may be under way to us at once. */
const MAX_UNDER_WAY = 4_000;
/** A server that says nothing for twice as long is taken for gone. */
const HEARTBEAT_MS = 1_000;
const PULL_MS = 10_000;
/** How long NATS keeps a consumer that nobody asks. */
const CONSUMER_LIFE_MS = 30_000;
const RETRY_MS = 200;
/** Closing is a courtesy: the consumer ends by itself, too. */
const CLOSE_MS = 500;

/** What ends a consumer, by the library's words for it. */
const ENDS = new Set([
  "heartbeats_missed",
  "consumer_not_found",
  "stream_not_found",
  "consumer_deleted",
  "no_responders",
  "reset",
]);

interface Waiter {
  seq: number;
  resolve: (isReached: boolean) => void;
}

/** A reader at the end of the stream. */
export class Tail {
  readonly #options: TailOptions;
  readonly #closed = new AbortController();
  readonly #running: Promise<void>;
  #position: number;
  #restarting = new AbortController();
  #waiters: Waiter[] = [];

  /** Begins to follow. */
  constructor(options: TailOptions) {
    this.#options = options;
    this.#position = options.position;
    this.#running = this.#run();
  }

  /** The place up to which everything was heard. */
  get position(): number {
    return this.#position;
  }

  /** Resolves to whether everything up to a place was heard within `ms`. */
  reach(seq: number, ms: number): Promise<boolean> {
    if (seq <= this.#position) return Promise.resolve(true);
    return new Promise((resolve) => {
      const over = new AbortController();
      const done = (isReached: boolean) => {
        over.abort();
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        resolve(isReached);
      };
      const waiter = { seq, resolve: done };
      this.#waiters.push(waiter);
      const either = AbortSignal.any([over.signal, this.#closed.signal]);
      void this.#options.clock.sleep(ms, either).then(() => done(seq <= this.#position));
    });
  }

  /** Goes on with another consumer: this one may be on a server that is gone, or behind. */
  restart(): void {
    this.#restarting.abort();
  }

  /** Stops following. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#restarting.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#closed.signal.aborted) {
      this.#restarting = new AbortController();
      const { signal } = this.#restarting;
      const messages = await this.#consume(signal).catch(() => undefined);
      if (messages) await this.#untilEnd(messages, signal);
      else await clock.sleep(RETRY_MS, this.#closed.signal);
    }
  }

  async #consume(signal: AbortSignal): Promise<ConsumerMessages> {
    const { client, names } = this.#options;
    const consumer = await client.consumers.get(names.stream, {
      filter_subjects: names.messages,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.#position + 1,
      inactive_threshold: CONSUMER_LIFE_MS,
    });
    return await consumer.consume({
      max_messages: MAX_UNDER_WAY,
      expires: PULL_MS,
      idle_heartbeat: HEARTBEAT_MS,
      callback: (message) => {
        // What a consumer that was given up still sends is heard by the next one.
        if (!signal.aborted) this.#hear(message);
      },
    });
  }

  async #untilEnd(messages: ConsumerMessages, signal: AbortSignal): Promise<void> {
    void this.#watch(messages);
    const ended = messages.closed();
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    });
    await Promise.race([ended, aborted]);
    const over = new AbortController();
    const time = this.#options.clock.sleep(CLOSE_MS, over.signal);
    await Promise.race([messages.close().catch(() => {}), time]);
    over.abort();
  }

  async #watch(messages: ConsumerMessages): Promise<void> {
    for await (const { type } of messages.status()) if (ENDS.has(type)) this.restart();
  }

  #hear(message: JsMsg): void {
    const { seq } = message;
    if (seq <= this.#position) return;
    this.#options.hear(message);
    this.#position = seq;
    if (this.#waiters.length === 0) return;
    for (const waiter of this.#waiters.filter((waiter) => waiter.seq <= seq)) waiter.resolve(true);
  }
}
