/**
 * The two streams of a log: one has the messages, the other a mark for each room.
 *
 * Whatever is there already is checked and never changed: it may have another owner.
 */

import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  type Republish,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { formatDuration } from "../../duration.ts";
import { MessageLogError } from "../message_log.ts";
import type { StreamNames } from "./wire.ts";

/** What is wanted of the streams. */
export interface StreamWishes {
  /** On how many servers each message is kept before it counts as kept. */
  replicas: number;
  /** How long messages are kept, in ms. */
  maxAgeMs: number;
}

/**
 * How long NATS knows a repetition, in ms. Who comes back is told what of it is in the log, so only what
 * is on its way twice at the same time is to be told apart: seconds.
 */
export const DEDUPLICATION_MS = 600_000;

type Settings = Partial<StreamConfig> & Pick<StreamConfig, "name">;

/** The settings that both streams have when they are made. */
export function streamsFor(
  names: StreamNames,
  { replicas, maxAgeMs }: StreamWishes,
): { messages: Settings; marks: Settings } {
  const common = {
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    num_replicas: replicas,
    allow_direct: true,
    max_msgs: -1,
    max_bytes: -1,
  };
  return {
    messages: {
      ...common,
      name: names.stream,
      subjects: [names.messages],
      description: "Messages of Last Call",
      max_msgs_per_subject: -1,
      republish: { src: names.messages, dest: names.live.replace("*", "{{wildcard(1)}}") },
      // NATS asks that it remembers a message at least as long as its repetitions.
      max_age: nanos(Math.max(maxAgeMs, DEDUPLICATION_MS)),
      duplicate_window: nanos(DEDUPLICATION_MS),
    },
    marks: {
      ...common,
      name: names.marks,
      subjects: [names.allMarks],
      description: `How many messages the rooms of ${names.stream} have had`,
      max_msgs_per_subject: 1,
      max_age: 0,
    },
  };
}

/** What in a stream that is there contradicts what is wanted, as words for the operator. */
export function contradictions(found: StreamConfig, wanted: Settings): string[] {
  const age = (ns = Infinity) => ns === Infinity ? "unlimited" : formatDuration(ns / 1e6);
  const differs = (key: keyof StreamConfig) =>
    String(found[key] ?? "") === String(wanted[key] ?? "")
      ? []
      : [`${key} must be ${wanted[key]}, got ${found[key]}`];
  const wantedAgain = wanted.republish && wordsOf(wanted.republish);
  const foundAgain = found.republish && wordsOf(found.republish);
  const unlimited = (key: "max_msgs" | "max_bytes") =>
    found.discard === DiscardPolicy.Old && (found[key] ?? -1) > 0
      ? [`${key} must be unlimited where old messages are discarded, got ${found[key]}`]
      : [];
  const isUnlimited = (key: "max_msg_size" | "max_consumers") =>
    (found[key] ?? -1) > 0 ? [`${key} must be unlimited, got ${found[key]}`] : [];
  const isShort = (key: "max_age" | "duplicate_window", { least, have }: Record<string, number>) =>
    have! > 0 && have! < least!
      ? [`${key} must be ${least === Infinity ? "" : "at least "}${age(least)}, got ${age(have)}`]
      : [];
  return [
    ...differs("subjects"),
    ...differs("retention"),
    ...differs("storage"),
    ...differs("max_msgs_per_subject"),
    ...wantedAgain === foundAgain
      ? []
      : [`republish must be ${wantedAgain ?? "off"}, got ${foundAgain ?? "none"}`],
    ...unlimited("max_msgs"),
    ...unlimited("max_bytes"),
    ...isShort("max_age", { least: wanted.max_age || Infinity, have: found.max_age }),
    ...isShort("duplicate_window", {
      least: wanted.duplicate_window ?? 0,
      have: found.duplicate_window || 1,
    }),
    ...found.num_replicas < (wanted.num_replicas ?? 1)
      ? [`num_replicas must be at least ${wanted.num_replicas}, got ${found.num_replicas}`]
      : [],
    ...isUnlimited("max_msg_size"),
    ...isUnlimited("max_consumers"),
    ...found.allow_direct ? [] : ["allow_direct must be true, got false"],
    ...found.subject_transform ? ["subject_transform must be none"] : [],
    ...found.sealed ? ["sealed must be false, got true"] : [],
    ...found.deny_purge ? ["deny_purge must be false, got true"] : [],
    ...found.no_ack ? ["no_ack must be false, got true"] : [],
    ...found.mirror || found.sources?.length ? ["it must have no mirror and no sources"] : [],
  ];
}

function wordsOf({ src, dest, headers_only }: Republish): string {
  return `from ${src} to ${dest}${headers_only ? " without bodies" : ""}`;
}

/**
 * Makes the streams where there are none, and checks those that are there. Returns the one of the
 * messages. Rejects with a `MessageLogError` of `mismatch`.
 */
export async function prepareStreams(
  manager: JetStreamManager,
  names: StreamNames,
  wishes: StreamWishes,
): Promise<StreamInfo> {
  const { messages, marks } = streamsFor(names, wishes);
  await prepareStream(manager, marks);
  return await prepareStream(manager, messages);
}

async function prepareStream(manager: JetStreamManager, wanted: Settings): Promise<StreamInfo> {
  const found = await findStream(manager, wanted.name) ?? await makeStream(manager, wanted);
  const wrong = contradictions(found.config, wanted);
  if (wrong.length === 0) return found;
  throw new MessageLogError(
    "mismatch",
    `Cannot use the NATS stream ${wanted.name}: ${wrong.join("; ")}. ` +
      "Change it with `nats stream edit`, or choose another name in --log",
  );
}

async function findStream(
  manager: JetStreamManager,
  name: string,
): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(name);
  } catch (error) {
    if (hasCode(error, JetStreamApiCodes.StreamNotFound)) return undefined;
    throw error;
  }
}

const NAME_IN_USE_CODE = 10058;

async function makeStream(manager: JetStreamManager, wanted: Settings): Promise<StreamInfo> {
  try {
    return await manager.streams.add(wanted);
  } catch (error) {
    // Another process has made it in this moment.
    if (hasCode(error, NAME_IN_USE_CODE)) return await manager.streams.info(wanted.name);
    throw error;
  }
}

function hasCode(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}
