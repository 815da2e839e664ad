import { assertEquals } from "@std/assert";
import type { StreamConfig } from "@nats-io/jetstream";
import { contradictions, streamsFor } from "../src/message_log/nats/streams.ts";
import { namesOf } from "../src/message_log/nats/wire.ts";

const DAY_NS = 86_400e9;
const wanted = streamsFor(namesOf("CHAT"), { replicas: 1, maxAgeMs: 86_400_000 });

/** What is wrong with the stream of messages, or of marks, when it differs so from ours. */
const wrong = (changes: Partial<StreamConfig>, which: "messages" | "marks" = "messages") =>
  contradictions({ ...wanted[which], ...changes } as StreamConfig, wanted[which]);

Deno.test("streams as we make them are as we want them", () => {
  assertEquals([wrong({}), wrong({}, "marks")], [[], []]);
});

Deno.test("a retention is kept by NATS, and not below the time of repetitions", () => {
  const short = streamsFor(namesOf("CHAT"), { replicas: 1, maxAgeMs: 1_000 });
  assertEquals(wanted.messages.max_age, DAY_NS);
  assertEquals(short.messages.max_age, short.messages.duplicate_window);
});

Deno.test("a stream may keep more than we want, and have limits that lose nothing", () => {
  assertEquals(wrong({ max_age: 2 * DAY_NS, num_replicas: 3, duplicate_window: 1_200e9 }), []);
  assertEquals(wrong({ max_age: 0 }), []);
  assertEquals(wrong({ max_bytes: 1e9, discard: "new" as StreamConfig["discard"] }), []);
});

Deno.test("each setting that contradicts ours is named, with what it must be", () => {
  const cases: [Partial<StreamConfig>, string][] = [
    [{ subjects: ["other.>"] }, "subjects must be CHAT.*, got other.>"],
    [{ retention: "workqueue" as never }, "retention must be limits, got workqueue"],
    [{ storage: "memory" as never }, "storage must be file, got memory"],
    [{ max_msgs_per_subject: 5 }, "max_msgs_per_subject must be -1, got 5"],
    [
      { republish: { src: ">", dest: "x.>" } },
      "republish must be from CHAT.* to CHAT.live.{{wildcard(1)}}, got from > to x.>",
    ],
    [{ max_msgs: 5 }, "max_msgs must be unlimited where old messages are discarded, got 5"],
    [{ max_bytes: 5 }, "max_bytes must be unlimited where old messages are discarded, got 5"],
    [{ max_age: 1e9 }, "max_age must be at least 24h, got 1s"],
    [{ duplicate_window: 60e9 }, "duplicate_window must be at least 10m, got 1m"],
    [{ num_replicas: 0 }, "num_replicas must be at least 1, got 0"],
    [{ max_msg_size: 100 }, "max_msg_size must be unlimited, got 100"],
    [{ max_consumers: 3 }, "max_consumers must be unlimited, got 3"],
    [{ allow_direct: false }, "allow_direct must be true, got false"],
    [{ subject_transform: { src: "a", dest: "b" } }, "subject_transform must be none"],
    [{ sealed: true }, "sealed must be false, got true"],
    [{ deny_purge: true }, "deny_purge must be false, got true"],
    [{ no_ack: true }, "no_ack must be false, got true"],
    [{ mirror: { name: "M" } as never }, "it must have no mirror and no sources"],
  ];
  for (const [changes, sentence] of cases) assertEquals(wrong(changes), [sentence]);
});

Deno.test("marks must not go by themselves", () => {
  assertEquals(wrong({ max_age: DAY_NS }, "marks"), ["max_age must be unlimited, got 24h"]);
});
