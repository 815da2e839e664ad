/**
 * Puts entries into the stream, each once, in their order, through lost connections and new leaders.
 */

import type { JetStreamClient, PubAck } from "@nats-io/jetstream";
import type { Clock } from "../../clock.ts";
import type { Entry } from "../message_log.ts";
import { isPassing, reasonOf } from "./errors.ts";
import type { Health } from "./health.ts";
import type { Link } from "./link.ts";
import { encodeEntry, type StreamNames } from "./wire.ts";

/** What appending needs. */
export interface AppenderOptions {
  client: Pick<JetStreamClient, "publish">;
  names: StreamNames;
  link: Pick<Link, "isConnected" | "reason" | "connected" | "untilLost">;
  health: Health;
  clock: Clock;
}

/** What NATS answers in time, usually within milliseconds. */
const ATTEMPT_MS = 2_000;
const RETRY_MS = 50;

/** Writes to the stream. */
export class Appender {
  readonly #options: AppenderOptions;
  readonly #underWay = new Set<string>();

  /** Writes to a stream. */
  constructor(options: AppenderOptions) {
    this.#options = options;
  }

  /** Whether a message, by its `Nats-Msg-Id`, is being written here. */
  isUnderWay(msgId: string): boolean {
    return this.#underWay.has(msgId);
  }

  /**
   * Writes entries in their order. Each is answered with NATS' acknowledgement, or `undefined` when there
   * was none until `deadlineMs`. Rejects when NATS says that it never will.
   *
   * Entries of different publishers are under way together. One of a publisher follows when the one before
   * is in: else a message that got lost on its way to a leader that had just gone would come after the
   * next one.
   */
  async append(entries: readonly Entry[], deadlineMs: number): Promise<(PubAck | undefined)[]> {
    const acks: Promise<PubAck | undefined>[] = [];
    let underWay = new Set<string>();
    for (const entry of entries) {
      if (underWay.has(entry.publisher)) {
        await Promise.allSettled(acks);
        underWay = new Set();
      }
      underWay.add(entry.publisher);
      acks.push(this.#appendOne(entry, deadlineMs));
    }
    const settled = await Promise.allSettled(acks);
    const failed = settled.find((one) => one.status === "rejected");
    if (failed) throw failed.reason;
    return settled.map((one) => one.status === "fulfilled" ? one.value : undefined);
  }

  async #appendOne(entry: Entry, deadlineMs: number): Promise<PubAck | undefined> {
    const { clock, health, names } = this.#options;
    const { body, ...encoded } = encodeEntry(entry);
    this.#underWay.add(encoded.msgID);
    try {
      for (let attempt = 1;; attempt++) {
        const leftMs = deadlineMs - clock.now();
        if (leftMs <= 0) return undefined;
        const ack = await this.#attempt(names.subjectOf(entry.room), body, { ...encoded, leftMs });
        if (ack) {
          health.succeeded();
          // Then it is our own attempt before this one that it repeats.
          return { ...ack, duplicate: ack.duplicate && attempt === 1 };
        }
        await clock.sleep(RETRY_MS);
      }
    } finally {
      this.#underWay.delete(encoded.msgID);
    }
  }

  /** `undefined`: it is to be tried again. NATS knows by the `Nats-Msg-Id` what it has already. */
  async #attempt(
    subject: string,
    body: string,
    { leftMs, ...options }: { leftMs: number } & Omit<ReturnType<typeof encodeEntry>, "body">,
  ): Promise<PubAck | undefined> {
    const { client, link, health } = this.#options;
    if (!link.isConnected) health.failed(link.reason);
    if (!await link.connected(leftMs)) return undefined;
    try {
      const timeout = Math.max(1, Math.min(ATTEMPT_MS, leftMs));
      const ack = await link.untilLost(client.publish(subject, body, { ...options, timeout }));
      // A repetition of what is still on its way to the replicas has no place yet.
      return ack.seq > 0 ? ack : undefined;
    } catch (error) {
      health.failed(reasonOf(error).why);
      if (!isPassing(error)) throw error;
      return undefined;
    }
  }
}
