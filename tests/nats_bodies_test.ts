import { assertEquals, assertRejects } from "@std/assert";
import type { StoredMsg, StreamInfo } from "@nats-io/jetstream";
import { MessageLogError } from "../src/message_log/message_log.ts";
import { Bodies } from "../src/message_log/nats/bodies.ts";

const SUBJECT = "CHAT.lobby";

const body = (content: string) => ({ publisher: "ann", content, at: 1 });

/** Bodies of a stream that the test plays: what a replica has, and what the leader has. */
function stage() {
  const replica = new Map<number, string>();
  const leader = new Map<number, string>();
  const asked: number[] = [];
  const lastSeq = { value: 9 };
  const get = (messages: Map<number, string>, query: unknown) => {
    const { seq, next_by_subj } = query as { seq: number; next_by_subj?: string };
    if (!next_by_subj) asked.push(seq);
    const found = next_by_subj
      ? [...messages.keys()].sort((a, b) => a - b).find((one) => one >= seq)
      : messages.has(seq)
      ? seq
      : undefined;
    if (found === undefined) return Promise.resolve(null);
    const data = new TextEncoder().encode(JSON.stringify(body(messages.get(found)!)));
    return Promise.resolve({ seq: found, subject: SUBJECT, data } as StoredMsg);
  };
  const bodies = new Bodies({
    direct: { getMessage: (_stream, query) => get(replica, query) },
    streams: {
      getMessage: (_stream, query) => get(leader, query),
      info: () =>
        Promise.resolve({ state: { first_seq: 1, last_seq: lastSeq.value } } as StreamInfo),
    },
  }, "CHAT");
  const read = async (...seqs: number[]) =>
    (await bodies.read(SUBJECT, seqs)).map((one) => one?.content);
  return { bodies, replica, leader, asked, lastSeq, read };
}

Deno.test("the newest messages are read from memory, others from NATS", async () => {
  const { bodies, replica, asked, read } = stage();
  bodies.remember(3, body("three"));
  replica.set(2, "two");
  assertEquals(await read(2, 3), ["two", "three"]);
  assertEquals(asked, [2]);
});

Deno.test("so much is remembered, and the oldest goes first", async () => {
  const { bodies, replica, asked, read } = stage();
  const large = "x".repeat(6 * 2 ** 20);
  for (const seq of [1, 2, 3]) {
    bodies.remember(seq, body(large));
    replica.set(seq, "from NATS");
  }
  await read(3, 2, 1);
  assertEquals(asked, [1]);
});

Deno.test("what a replica does not have yet the leader has", async () => {
  const { leader, read } = stage();
  leader.set(2, "two");
  assertEquals(await read(2), ["two"]);
});

Deno.test("what is missing was removed when a later message is there, or nothing up to the end", async () => {
  const { replica, lastSeq, read } = stage();
  replica.set(5, "five");
  assertEquals(await read(3, 4, 5), [undefined, undefined, "five"]);
  replica.clear();
  assertEquals(await read(5), [undefined]);
  lastSeq.value = 4;
  const error = await assertRejects(() => read(5), MessageLogError);
  assertEquals(error.trouble, "unavailable");
});
