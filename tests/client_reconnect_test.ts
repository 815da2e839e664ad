import { assert, assertEquals } from "@std/assert";
import { HOME, Rig } from "./client_rig.ts";

Deno.test("Machine leaves when asked: drained, silence, and back after the time it was told", () => {
  const rig = Rig.live();
  rig.publish("a", "b");
  rig.messages({ seq: 1, id: 1 });
  rig.effects = [];
  rig.drain();
  rig.publish("c");
  assertEquals(rig.sent, [{ type: "drained", lastId: 2 }]);
  rig.messages({ seq: 2, id: 2 });
  rig.hear({ type: "done", lastId: 2 });
  rig.end(1012);
  assertEquals(rig.accepted, [[2, 2]]);
  assertEquals(rig.states.map(({ name }) => name), ["leaving", "waiting"]);
  rig.pass(3_399);
  assertEquals(rig.urls, []);
  rig.pass(1);
  assertEquals(rig.urls, [HOME]);
  rig.open();
  rig.welcome({ lastId: 2 });
  assertEquals(rig.ids, [3]);
});

Deno.test("Machine answers drained with 0 when it sent nothing on this connection", () => {
  const rig = Rig.live();
  rig.publish("a");
  rig.messages({ seq: 1, id: 1 });
  rig.cut({ lastId: 1 });
  rig.drain();
  assertEquals(rig.sent.at(-1), { type: "drained", lastId: 0 });
});

Deno.test("Machine comes back at the time it was told, also when the farewell is cut short", () => {
  const rig = Rig.live();
  rig.drain();
  rig.end(1006);
  assertEquals([rig.waiting.retryInMs, rig.waiting.ending.cause], [3_400, "cut"]);
});

Deno.test("Machine follows no hint beyond 60 s", () => {
  const rig = Rig.live();
  rig.drain(undefined, 3_600_000);
  rig.end(1012);
  assertEquals(rig.machine.wakeAt - rig.now, 60_000);
});

Deno.test("Machine breaks off a farewell that does not end", () => {
  const rig = Rig.live();
  rig.drain();
  rig.pass(7_000);
  assertEquals(rig.hangUps, [[3008, "leave_timeout"]]);
  assertEquals(rig.waiting.retryInMs, 3_400);
});

Deno.test("Machine answers one drain once", () => {
  const rig = Rig.live();
  rig.drain();
  rig.drain();
  assertEquals(rig.sent.length, 1);
});

Deno.test("Machine goes to an alternate, then to the others, then home; and stays where it is welcome", () => {
  const rig = Rig.live({ random: () => 0.99 });
  rig.drain(["ws://b.example/ws", "ws://c.example/ws"], 100);
  rig.end(1012);
  rig.pass(100);
  for (let i = 0; i < 3; i++) {
    rig.end();
    rig.pass(rig.waiting.retryInMs);
  }
  const hosts = rig.urls.map((url) => new URL(url).host);
  assertEquals(hosts, ["b.example", "c.example", "a.example", "b.example"]);
  assert(rig.urls.every((url) => url.endsWith("?room=lobby")));
});

Deno.test("Machine comes back to the alternate that welcomed it", () => {
  const rig = Rig.live();
  rig.drain(["ws://b.example/ws"], 100);
  rig.end(1012);
  rig.pass(100);
  rig.open();
  rig.welcome();
  rig.end(1006);
  rig.pass(1_000);
  assertEquals(rig.urls.map((url) => new URL(url).host), ["b.example", "b.example"]);
});

Deno.test("Machine ends for good after 1003, 1008, 1009 and from 4500 on, with what was to be said", () => {
  for (const code of [1003, 1008, 1009, 4500, 4501, 4999]) {
    const rig = Rig.live();
    rig.publish("a");
    rig.end(code);
    assertEquals(rig.state, { name: "closed", ending: { cause: "closed", code, reason: "" } });
    assertEquals([rig.failed, rig.machine.wakeAt], [[[1, "closed"]], Infinity]);
    assert(!rig.machine.isOpen);
  }
});

Deno.test("Machine comes back after every other code, and says why it went", () => {
  for (const code of [1000, 1001, 1002, 1005, 1007, 1011, 1012, 1013, 4000, 4002, 4499]) {
    const rig = Rig.live();
    rig.end(code);
    assertEquals(rig.waiting.ending, { cause: "closed", code, reason: "" });
  }
});

Deno.test("Machine takes Deno's 0 for 1006, a connection without a Close frame", () => {
  const rig = new Rig();
  rig.end(0);
  assertEquals(rig.waiting.ending, { cause: "unreachable", code: 1006, reason: "" });
  const cut = Rig.live();
  cut.end(0);
  assertEquals(cut.waiting.ending, { cause: "cut", code: 1006, reason: "" });
});

Deno.test("Machine waits longer with each attempt in vain, and starts anew once it held for 30 s", () => {
  const rig = new Rig();
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    rig.end();
    waits.push(rig.waiting.retryInMs);
    rig.pass(rig.waiting.retryInMs);
  }
  assertEquals(waits, [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  rig.open();
  rig.welcome();
  rig.pass(30_000);
  rig.end();
  assertEquals(rig.machine.wakeAt - rig.now, 250);
});

Deno.test("Machine gives up on a connection that does not open in time", () => {
  const rig = new Rig();
  rig.pass(10_000);
  assertEquals(rig.hangUps, [[3008, "connect_timeout"]]);
  assertEquals(rig.state.name, "waiting");
});

Deno.test("Machine gives up on a connection that is not welcomed in time", () => {
  const rig = new Rig();
  rig.open();
  rig.messages({ seq: 1 });
  rig.drain();
  rig.pass(8_000);
  assertEquals([rig.hangUps, rig.seqs], [[[3008, "welcome_timeout"]], []]);
  assertEquals(rig.state.name, "waiting");
});

Deno.test("Machine gives up on a connection that is silent while an answer is due", () => {
  const rig = Rig.live();
  rig.pass(100_000);
  rig.publish("a");
  rig.pass(14_999);
  assertEquals(rig.hangUps, []);
  rig.messages({ seq: 1, from: "x" });
  rig.pass(14_999);
  assertEquals(rig.hangUps, []);
  rig.pass(1);
  assertEquals(rig.hangUps, [[3008, "answer_timeout"]]);
});

Deno.test("Machine resumes after a frame that it cannot read, for it may have held messages", () => {
  for (const text of ["", "{", '{"type":"messages","items":[{"seq":7}]}', '{"seq":1}']) {
    const rig = Rig.live();
    rig.hear(text);
    assertEquals(rig.hangUps, [[4500, "wrong_protocol"]]);
    assert(rig.waiting.ending.reason !== "");
  }
});

Deno.test("Machine does not talk to a server that speaks something else", () => {
  const rig = new Rig();
  rig.open("");
  assertEquals([rig.sent, rig.hangUps], [[], [[4500, "wrong_protocol"]]]);
});

Deno.test("Machine passes over frames of types that it does not know", () => {
  const rig = Rig.live();
  rig.hear('{"type":"weather"}');
  assertEquals(rig.effects, []);
});

Deno.test("Machine takes no second welcome", () => {
  const rig = Rig.live();
  rig.welcome({ from: "somebody", seq: 99 });
  assertEquals([rig.effects, rig.machine.conversation.from], [[], "me"]);
});

Deno.test("Machine numbers publishes after an earlier life of its session, also what is not in the log yet", () => {
  const rig = new Rig({ session: "s0" });
  rig.publish("a");
  rig.open();
  rig.welcome({ lastId: 41, seq: 0 });
  const [id] = rig.ids;
  assert(id! > 41 + 1_000, `${id}`);
  rig.messages({ seq: 1, id: 41 }, { seq: 2, id: 42 }, { seq: 3, id: id! });
  assertEquals(rig.accepted, [[id!, 3]]);
  rig.cut({ lastId: id! });
  rig.publish("b");
  assertEquals(rig.ids, [id! + 1]);
});

Deno.test("Machine closes at once when nothing is to be said, wherever it stands", () => {
  const rigs = {
    connecting: new Rig(),
    greeting: new Rig(),
    live: Rig.live(),
    leaving: Rig.live(),
  };
  rigs.greeting.open();
  rigs.leaving.drain();
  for (const rig of Object.values(rigs)) {
    rig.effects = rig.machine.close(5_000, rig.now);
    assertEquals(rig.hangUps, [[1000, ""]]);
    assertEquals(rig.state.name, "closed");
  }
  const waiting = new Rig();
  waiting.end();
  waiting.effects = waiting.machine.close(5_000, waiting.now);
  assertEquals([waiting.hangUps, waiting.state.name], [[], "closed"]);
  waiting.pass(100_000);
  assertEquals(waiting.urls, []);
});

Deno.test("Machine closes when the last publish is settled", () => {
  const rig = Rig.live();
  rig.publish("a", "b");
  rig.effects.push(...rig.machine.close(5_000, rig.now));
  assert(!rig.machine.isOpen);
  rig.messages({ seq: 1, id: 1 });
  assertEquals(rig.hangUps, []);
  rig.messages({ seq: 2, id: 2 });
  assertEquals([rig.hangUps, rig.failed, rig.state.name], [[[1000, ""]], [], "closed"]);
});

Deno.test("Machine goes on coming back while it closes, until its time is up", () => {
  const rig = Rig.live();
  rig.publish("a");
  rig.effects.push(...rig.machine.close(5_000, rig.now));
  rig.end();
  rig.pass(250);
  rig.open();
  rig.welcome();
  assertEquals(rig.ids, [1, 1]);
  rig.pass(5_000);
  assertEquals([rig.failed, rig.state.name], [[[1, "closed"]], "closed"]);
});

Deno.test("Machine closes in the shorter time when asked again", () => {
  const rig = Rig.live();
  rig.publish("a");
  rig.machine.close(5_000, rig.now);
  rig.effects.push(...rig.machine.close(0, rig.now));
  assertEquals(rig.state.name, "closed");
});

Deno.test("Machine hears nothing any more once it is closed", () => {
  const rig = Rig.live();
  rig.machine.close(0, rig.now);
  rig.effects = [];
  rig.messages({ seq: 1 });
  rig.end(1012);
  rig.open();
  rig.tick();
  assertEquals(rig.effects, []);
});
