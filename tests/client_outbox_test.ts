import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Inbox } from "../src/client/inbox.ts";
import { Outbox } from "../src/client/outbox.ts";
import type { WelcomeFrame } from "../src/client/frames.ts";

/** An outbox with publishes "1" to "count", all sent. */
function sentOutbox(count: number): Outbox {
  const outbox = new Outbox(100);
  for (let i = 1; i <= count; i++) outbox.add(String(i));
  sendAll(outbox);
  return outbox;
}

/** Sends what is queued; returns the contents. */
function sendAll(outbox: Outbox): string[] {
  const contents: string[] = [];
  for (let entry = outbox.next; entry; entry = outbox.next) {
    contents.push(entry.content);
    outbox.markNextSent();
  }
  return contents;
}

Deno.test("Outbox numbers publishes from 1 and gives them in that order", () => {
  const outbox = new Outbox(10);
  const ids = ["a", "b", "c"].map((content) => outbox.add(content).id);
  assertEquals(ids, [1, 2, 3]);
  assertEquals(sendAll(outbox), ["a", "b", "c"]);
  assertEquals([outbox.size, outbox.underWay, outbox.next], [3, 3, undefined]);
});

Deno.test("Outbox is full at its limit, until something is settled", () => {
  const outbox = new Outbox(2);
  outbox.add("a");
  outbox.add("b");
  assert(outbox.isFull);
  outbox.markNextSent();
  outbox.accept(1);
  assert(!outbox.isFull);
});

Deno.test("Outbox accepts one publish, and not those before it", () => {
  const outbox = sentOutbox(3);
  assertEquals(outbox.accept(2)?.content, "2");
  assertEquals([outbox.size, outbox.underWay, outbox.accept(2)], [2, 2, undefined]);
});

Deno.test("Outbox does not accept what was never sent: the id is an earlier life's", () => {
  const outbox = new Outbox(10);
  outbox.add("a");
  assertEquals(outbox.accept(1), undefined);
  assertEquals(outbox.size, 1);
});

Deno.test("Outbox sends a rejected publish again in its place", () => {
  const outbox = sentOutbox(3);
  outbox.add("4");
  for (const id of [2, 1]) outbox.requeue(outbox.sent(id)!);
  assertEquals(outbox.sent(1), undefined);
  assertEquals(sendAll(outbox), ["1", "2", "4"]);
});

Deno.test("Outbox keeps a held publish for the next connection", () => {
  const outbox = sentOutbox(2);
  outbox.hold(outbox.sent(1)!);
  assertEquals([sendAll(outbox), outbox.underWay], [[], 1]);
  outbox.endConnection();
  assertEquals(outbox.underWay, 0);
  assertEquals(sendAll(outbox), ["1", "2"]);
});

Deno.test("Outbox accepts a publish that is queued again, and does not send it", () => {
  const outbox = sentOutbox(3);
  outbox.endConnection();
  assertEquals(outbox.accept(2)?.content, "2");
  assertEquals(sendAll(outbox), ["1", "3"]);
  assertEquals(outbox.underWay, 2);
});

Deno.test("Outbox numbers anew what was never sent, and nothing else", () => {
  const outbox = sentOutbox(1);
  outbox.add("b");
  const entry = outbox.add("c");
  outbox.numberAfter(1);
  assertEquals(entry.id, 3);
  outbox.numberAfter(7);
  assertEquals([entry.id, outbox.next?.id, outbox.add("d").id], [9, 8, 10]);
  assertEquals(outbox.accept(1)?.content, "1");
});

Deno.test("Outbox goes on with what was kept of another, under the same ids", () => {
  const first = sentOutbox(2);
  first.accept(1);
  first.add("3");
  const { kept } = first;
  assertEquals(kept, {
    lastId: 3,
    publishes: [{ id: 2, content: "2" }, { id: 3, content: "3" }],
  });
  const outbox = new Outbox(10, kept);
  assertEquals(outbox.add("4").id, 4);
  outbox.numberAfter(3);
  assertEquals([outbox.next?.id, sendAll(outbox)], [2, ["2", "3", "4"]]);
  assertEquals([outbox.accept(3)?.content, outbox.size], ["3", 2]);
});

Deno.test("Outbox sends the rest in order and counts right, whatever happens", () => {
  const steps = fc.array(fc.tuple(
    fc.constantFrom("add", "send", "accept", "requeue", "hold", "end", "number", "settle"),
    fc.integer({ min: 1, max: 12 }),
  ));
  fc.assert(fc.property(steps, (steps) => {
    const outbox = new Outbox(1_000);
    const alive = new Set<string>();
    for (const [i, [step, id]] of steps.entries()) {
      const sent = outbox.sent(id);
      if (step === "add") alive.add(outbox.add(`${i}`).content);
      else if (step === "send") outbox.markNextSent();
      else if (step === "accept") alive.delete(outbox.accept(id)?.content ?? "");
      else if (step === "number") outbox.numberAfter(id);
      else if (step === "end") outbox.endConnection();
      else if (sent && step === "requeue") outbox.requeue(sent);
      else if (sent && step === "hold") outbox.hold(sent);
      else if (sent && step === "settle") alive.delete(outbox.settle(sent).content);
      assertEquals(outbox.size, alive.size);
    }
    outbox.endConnection();
    const ids = [...alive].map(() => {
      const { id } = outbox.next!;
      outbox.markNextSent();
      return id;
    });
    assertEquals(ids, ids.toSorted((a, b) => a - b));
    assertEquals([outbox.underWay, outbox.next], [alive.size, undefined]);
    assertEquals(new Set(outbox.settleAll().map(({ content }) => content)), alive);
  }));
});

const WELCOME: WelcomeFrame = {
  type: "welcome",
  session: "s",
  from: "me",
  epoch: "e1",
  seq: 5,
  lastId: 0,
  recovered: false,
  reason: "new",
  limits: { maxMessageSize: 512, rateLimitBurst: 5, rateLimitRefillMs: 1_000 },
};
const items = (...seqs: number[]) =>
  seqs.map((seq) => ({ seq, from: "x", content: `${seq}`, at: 0 }));

Deno.test("Inbox begins where the first welcome says, without a gap", () => {
  const inbox = new Inbox();
  assertEquals(inbox.cursor, undefined);
  assertEquals(inbox.resume(WELCOME), { cursor: { epoch: "e1", seq: 5 } });
});

Deno.test("Inbox takes each seq once, in order, and counts those that come again", () => {
  fc.assert(fc.property(fc.array(fc.array(fc.integer({ min: 1, max: 30 }))), (batches) => {
    const inbox = new Inbox();
    inbox.resume({ ...WELCOME, seq: 0 });
    const taken = batches.flatMap((seqs) => inbox.take(items(...seqs)));
    const seqs = taken.map(({ item }) => item.seq);
    assertEquals(seqs, [...new Set(seqs)].toSorted((a, b) => a - b));
    assertEquals(seqs.length + inbox.redelivered, batches.flat().length);
    assertEquals(taken.map(({ cursor }) => cursor.seq), seqs);
    assertEquals(inbox.cursor?.seq, Math.max(0, ...seqs));
  }));
});

Deno.test("Inbox keeps its place when it is recovered, whatever seq the welcome names", () => {
  const inbox = new Inbox({ epoch: "e1", seq: 9 });
  const { recovered: _, ...rest } = WELCOME;
  for (const seq of [3, 9, 12]) {
    assertEquals(inbox.resume({ ...rest, recovered: true, seq } as WelcomeFrame), {
      cursor: { epoch: "e1", seq: 9 },
    });
  }
});

Deno.test("Inbox tells a gap when it is not recovered, and goes on behind it", () => {
  const inbox = new Inbox({ epoch: "e1", seq: 2 });
  const from = { epoch: "e1", seq: 2 };
  const to = { epoch: "e1", seq: 5 };
  const resumed = inbox.resume({ ...WELCOME, reason: "trimmed" } as WelcomeFrame);
  assertEquals(resumed, { cursor: to, gap: { reason: "trimmed", from, to } });
  assertEquals(inbox.take(items(5, 6)).map(({ item }) => item.seq), [6]);
});

Deno.test("Inbox takes another epoch for another log, even where it claims to be recovered", () => {
  const { recovered: _, ...rest } = WELCOME;
  for (const claim of [{ recovered: true }, { recovered: false, reason: "epoch_changed" }]) {
    const inbox = new Inbox({ epoch: "e0", seq: 90 });
    const { gap } = inbox.resume({ ...rest, ...claim } as WelcomeFrame);
    assertEquals(gap?.reason, "epoch_changed");
    assertEquals(inbox.take(items(6)).length, 1);
  }
});
