import { assertEquals } from "@std/assert";
import type { WelcomeFrame } from "../src/client/frames.ts";
import { HOME, LIMITS, Rig } from "./client_rig.ts";

Deno.test("Machine connects, says hello, and is live when it is welcomed", () => {
  const rig = new Rig({ history: 50 });
  assertEquals([rig.urls, rig.sent], [[HOME], []]);
  rig.open();
  assertEquals(rig.sent, [{ type: "hello", history: 50 }]);
  rig.welcome();
  assertEquals(rig.states.map(({ name }) => name), ["connecting", "live"]);
  assertEquals(rig.machine.conversation.from, "me");
});

Deno.test("Machine says hello with its session and cursor when it comes back", () => {
  const rig = Rig.live({ history: 50 }, { seq: 3 });
  rig.messages({ seq: 5, from: "x" });
  rig.cut();
  assertEquals(rig.sent, [{ type: "hello", session: "s1", after: { epoch: "e1", seq: 5 } }]);
});

Deno.test("Machine goes on with the session and cursor that it was given", () => {
  const after = { epoch: "e0", seq: 7 };
  const rig = new Rig({ session: "s0", cursor: after, history: 50 });
  rig.open();
  assertEquals(rig.sent, [{ type: "hello", session: "s0", after }]);
});

Deno.test("Machine sends nothing before it is welcomed, then everything in order", () => {
  const rig = new Rig();
  rig.publish("a", "b");
  rig.open();
  rig.publish("c");
  assertEquals(rig.ids, []);
  rig.welcome();
  assertEquals(rig.ids, [1, 2, 3]);
});

Deno.test("Machine takes its own message for the acknowledgement, of that publish alone", () => {
  const rig = Rig.live();
  rig.publish("a", "b", "c");
  rig.messages({ seq: 4, from: "x", id: 1 }, { seq: 5, id: 2 });
  assertEquals(rig.accepted, [[2, 5]]);
  assertEquals(rig.machine.conversation.sender.pending, 2);
});

Deno.test("Machine sends again exactly what it has not seen", () => {
  const rig = Rig.live();
  rig.publish("a", "b", "c", "d");
  rig.messages({ seq: 1, id: 1 }, { seq: 2, id: 2 });
  rig.cut();
  assertEquals(rig.ids, [3, 4]);
});

Deno.test("Machine takes lastId for the acknowledgement of that publish alone", () => {
  const rig = Rig.live();
  rig.publish("a", "b", "c");
  rig.cut({ lastId: 2 });
  // The first may have been rejected, with the rejection lost in the cut.
  assertEquals([rig.accepted, rig.ids], [[[2, undefined]], [1, 3]]);
  rig.messages({ seq: 9, id: 1 }, { seq: 10, id: 2 }, { seq: 11, id: 3 });
  assertEquals(rig.accepted, [[2, undefined], [1, 9], [3, 11]]);
});

Deno.test("Machine is not told by an old publish coming again that a new one arrived", () => {
  const rig = Rig.live();
  rig.publish("a", "b", "c");
  rig.cut({ lastId: 3 });
  assertEquals(rig.ids, [1, 2]);
  // Replay: the second was accepted before the cut, and the first was not.
  rig.messages({ seq: 1, id: 2 }, { seq: 2, id: 3 });
  rig.reject(1, "rate_limited", 200);
  assertEquals(rig.accepted, [[3, undefined], [2, 1]]);
  rig.pass(200);
  assertEquals(rig.ids, [1, 2, 1]);
});

Deno.test("Machine applies each seq once and counts the rest", () => {
  const rig = Rig.live();
  rig.messages({ seq: 1 }, { seq: 2 });
  rig.messages({ seq: 1 }, { seq: 2 }, { seq: 5 });
  rig.cut({ seq: 5 });
  rig.messages({ seq: 5 }, { seq: 6 });
  assertEquals([rig.seqs, rig.machine.conversation.inbox.redelivered], [[6], 3]);
});

Deno.test("Machine says which messages are its own", () => {
  const rig = Rig.live();
  rig.messages({ seq: 1, from: "x" }, { seq: 2 });
  const mine = rig.effects.flatMap((e) => e.do === "message" ? [e.message.isMine] : []);
  assertEquals(mine, [false, true]);
});

Deno.test("Machine tells a gap, and goes on behind it", () => {
  for (const [reason, epoch] of [["trimmed", "e1"], ["epoch_changed", "e2"]] as const) {
    const rig = Rig.live();
    rig.messages({ seq: 3 });
    rig.cut({ recovered: false, reason, epoch, seq: 8 } as Partial<WelcomeFrame>);
    const resumed = rig.effects.find((effect) => effect.do === "resumed");
    const gap = { reason, from: { epoch: "e1", seq: 3 }, to: { epoch, seq: 8 } };
    assertEquals(resumed, { do: "resumed", cursor: gap.to, gap });
    rig.messages({ seq: 8 }, { seq: 9 });
    assertEquals(rig.seqs, [9]);
  }
});

Deno.test("Machine sends a rejected publish again when its time has come, and nothing before it", () => {
  for (const code of ["rate_limited", "unavailable"] as const) {
    const rig = Rig.live();
    rig.publish("a", "b");
    rig.reject(1, code, 420);
    rig.publish("c");
    rig.pass(419);
    assertEquals(rig.ids, [1, 2]);
    rig.pass(1);
    assertEquals(rig.ids, [1, 2, 1, 3]);
  }
});

Deno.test("Machine waits a second where the server does not say how long, a minute at most", () => {
  const rig = Rig.live();
  rig.publish("a");
  rig.reject(1, "unavailable");
  assertEquals(rig.machine.wakeAt - rig.now, 1_000);
  rig.pass(1_000);
  rig.reject(1, "unavailable", 86_400_000);
  assertEquals(rig.machine.wakeAt - rig.now, 60_000);
});

Deno.test("Machine keeps a publish that came after drained for the next connection", () => {
  const rig = Rig.live();
  rig.publish("a");
  rig.reject(1, "draining");
  rig.pass(30_000);
  assertEquals(rig.ids, [1]);
  rig.cut();
  assertEquals(rig.ids, [1]);
});

Deno.test("Machine gives a publish up that is rejected for good", () => {
  for (const code of ["too_large", "invalid", "expired"] as const) {
    const rig = Rig.live();
    rig.publish("a", "b");
    rig.reject(1, code);
    rig.reject(1, code);
    assertEquals(rig.failed, [[1, code]]);
    rig.cut();
    assertEquals(rig.ids, [2]);
  }
});

Deno.test("Machine does not take a rejection for a publish that is not under way", () => {
  const rig = Rig.live();
  rig.publish("a");
  rig.messages({ seq: 1, id: 1 });
  rig.reject(1, "invalid");
  rig.reject(7, "invalid");
  rig.publish("b");
  rig.reject(2, "rate_limited", 100);
  rig.reject(2, "invalid");
  assertEquals(rig.failed, []);
  rig.pass(100);
  assertEquals(rig.ids, [1, 2, 2]);
});

Deno.test("Machine does not send what is too large: a frame too large would end the session", () => {
  const rig = new Rig();
  rig.publish("é".repeat(50), "é".repeat(51), "c");
  rig.open();
  rig.welcome();
  assertEquals([rig.ids, rig.failed], [[1, 3], [[2, "too_large"]]]);
});

Deno.test("Machine keeps to the server's rate limit by itself", () => {
  const limits = { ...LIMITS, rateLimitBurst: 5 };
  const rig = Rig.live({}, { limits });
  rig.publish(...Array.from({ length: 10 }, (_, i) => `${i}`));
  assertEquals(rig.ids.length, 4);
  rig.pass(600);
  assertEquals(rig.ids.length, 7);
  rig.pass(10_000);
  assertEquals(rig.ids, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

Deno.test("Machine goes on with a kept outbox under its ids, and numbers right after them", () => {
  const outbox = { lastId: 4, publishes: [{ id: 2, content: "b" }, { id: 4, content: "d" }] };
  const rig = new Rig({ session: "s0", outbox });
  rig.publish("e");
  rig.open();
  rig.welcome({ lastId: 4 });
  assertEquals([rig.accepted, rig.ids], [[[4, undefined]], [2, 5]]);
  rig.messages({ seq: 1, id: 2 });
  assertEquals(rig.machine.conversation.sender.kept.publishes, [{ id: 5, content: "e" }]);
});

Deno.test("Machine says its name, asks who is here, and tells it", () => {
  const rig = new Rig({ name: "Ann", people: true });
  rig.open();
  assertEquals(rig.sent, [{ type: "hello", name: "Ann", people: true }]);
  rig.welcome();
  rig.hear({ type: "people", here: 2, names: ["Ann"] });
  assertEquals(rig.effects.at(-1), { do: "people", people: { here: 2, names: ["Ann"] } });
});
