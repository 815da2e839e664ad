import { assertEquals } from "@std/assert";
import { Inbox } from "../cli/loadtest/inbox.ts";
import { MessageCodec, type Protocol } from "../cli/loadtest/payload.ts";
import { type Outlet, Publisher } from "../cli/loadtest/publisher.ts";
import { MessageTally } from "../cli/loadtest/tally.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

class Pipe implements Outlet {
  isOpen = true;
  isBlocked = false;
  readonly sent: string[] = [];

  send(text: string): void {
    this.sent.push(text);
  }
}

/** Two publishers at 10 messages per second, and what they sent. */
function setup({ protocol = "plain" as Protocol, capacity = 100 } = {}) {
  const outlets = [new Pipe(), new Pipe()];
  const codec = new MessageCodec({ run: 1, protocol, sizeBytes: 64 });
  const tally = new MessageTally(capacity);
  const readers = () => 1;
  const publisher = new Publisher({ outlets, ratePerSecond: 10, codec, tally, readers });
  const inbox = new Inbox({ codec, tally, protocol, publishers: 2 });
  const row = (phase: string) => tally.byPhase().find((row) => row.phase === phase)!;
  return { outlets, codec, tally, publisher, inbox, row };
}

Deno.test("Publisher sends each message when it is due, each client in turn", () => {
  const { publisher, outlets, codec } = setup();
  publisher.tick(1_000);
  assertEquals(outlets.map(({ sent }) => sent.length), [0, 0]);
  publisher.start(1_000);
  publisher.tick(1_000);
  publisher.tick(1_099);
  assertEquals(outlets.map(({ sent }) => sent.length), [1, 0]);
  publisher.tick(1_300);
  const numbers = outlets.map(({ sent }) => sent.map((text) => codec.decode(bytes(text))));
  assertEquals(numbers, [[0, 2], [1, 3]]);
  publisher.stop();
  publisher.tick(9_000);
  assertEquals(publisher.sent, 4);
});

Deno.test("Publisher catches up with what fell due while it was held up", () => {
  const { publisher } = setup();
  publisher.start(0);
  publisher.tick(1_000);
  assertEquals(publisher.sent, 11);
  assertEquals(publisher.sends.between(900, 1_000), 11);
});

Deno.test("Publisher counts what it could not send, and goes on", () => {
  const { publisher, outlets, row } = setup();
  publisher.start(0);
  publisher.phase = "signal to exit";
  outlets[0]!.isOpen = false;
  publisher.tick(300);
  outlets[1]!.isBlocked = true;
  publisher.tick(500);
  const { offered, sent, notConnected, blocked } = row("signal to exit");
  assertEquals([offered, sent, notConnected, blocked], [6, 2, 3, 1]);
});

Deno.test("Publisher never sends more than the tally can hold", () => {
  const { publisher } = setup({ capacity: 3 });
  publisher.start(0);
  publisher.tick(60_000);
  assertEquals(publisher.sent, 3);
});

Deno.test("Inbox counts a plain message as seen by others than its sender", () => {
  const { publisher, outlets, inbox, row } = setup();
  publisher.start(0);
  publisher.tick(0);
  const frame = bytes(outlets[0]!.sent[0]!);
  inbox.take(0, frame);
  assertEquals([inbox.backToSender, row("warm-up").seenByNone], [1, 1]);
  inbox.take(1, frame);
  assertEquals([inbox.total, row("warm-up").seenByAll], [2, 1]);
});

Deno.test("Inbox counts an echo as seen by its sender only", () => {
  const { publisher, outlets, inbox, row } = setup({ protocol: "echo" });
  publisher.start(0);
  publisher.tick(0);
  const frame = bytes(outlets[0]!.sent[0]!);
  inbox.take(1, frame);
  assertEquals([inbox.foreign, row("warm-up").seenByNone], [1, 1]);
  inbox.take(0, frame);
  assertEquals(row("warm-up").seenByAll, 1);
});

Deno.test("Inbox tells damage, inventions and strangers apart", () => {
  const { codec, inbox } = setup();
  const invented = bytes(codec.encode(4, 0));
  inbox.take(1, invented);
  assertEquals([inbox.damaged, inbox.foreign], [1, 0]);
  invented[40]! ^= 1;
  inbox.take(1, invented);
  assertEquals([inbox.damaged, inbox.foreign], [2, 0]);
  inbox.take(1, bytes('{"content":"hello"}'));
  assertEquals([inbox.damaged, inbox.foreign], [2, 1]);
});
