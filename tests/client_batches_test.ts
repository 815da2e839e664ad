import { assertEquals, assertStrictEquals } from "@std/assert";
import { ChatClient, type MessageItem, type ServerFrame } from "../src/client/mod.ts";
import { FakeClock } from "./fake_clock.ts";
import { FakeNet } from "./fake_socket.ts";

const URL = "ws://a.example/ws";

Deno.test("ChatClient with tellsBatches tells each batch once, less what came before", async () => {
  const { net, chat } = live({ tellsBatches: true });
  const batches: number[][] = [];
  const single: number[] = [];
  chat.on("messages", (items) => batches.push(items.map(({ seq }) => seq)));
  chat.on("message", ({ seq }) => single.push(seq));
  const { accepted } = chat.publish("hello");
  net.socket.deliver({ seq: 1 }, { seq: 3, id: 1 });
  net.socket.deliver({ seq: 3, id: 1 }, { seq: 4 });
  net.socket.deliver({ seq: 6 }, { seq: 5 });
  net.socket.deliver({ seq: 6 });
  net.socket.deliver();
  assertEquals([batches, single], [[[1, 3], [4], [6]], []]);
  assertEquals([chat.redelivered, chat.cursor], [3, { epoch: "e1", seq: 6 }]);
  assertEquals(await accepted, { id: 1, seq: 3 });
  assertEquals(chat.pending, 0);
});

Deno.test("ChatClient reads frames by readFrame, and hands on a whole batch as it is", () => {
  const items: MessageItem[] = [{ seq: 1, from: "somebody", content: "x", at: 0 }];
  const frames: Record<string, ServerFrame> = { batch: { type: "messages", items } };
  const { net, chat } = live({
    tellsBatches: true,
    readFrame: (data) => frames[String(data)] ?? JSON.parse(String(data)),
  });
  const told: (readonly MessageItem[])[] = [];
  chat.on("messages", (batch) => told.push(batch));
  net.socket.say("batch");
  assertStrictEquals(told[0], items);
});

Deno.test("ChatClient breaks off when readFrame says what is wrong", () => {
  const { net, chat } = live({
    readFrame: (data) => data === "odd" ? { wrong: "It is odd" } : JSON.parse(String(data)),
  });
  net.socket.say("odd");
  assertEquals(net.socket.closedWith?.code, 4500);
  assertEquals(chat.state.name, "waiting");
});

function live(options: ConstructorParameters<typeof ChatClient>[1]) {
  const net = new FakeNet();
  const { createSocket } = net;
  const chat = new ChatClient(URL, { createSocket, clock: new FakeClock(), ...options });
  net.socket.open();
  net.socket.welcome();
  return { net, chat };
}
