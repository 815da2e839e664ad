import { assertEquals, assertRejects } from "@std/assert";
import type { Status } from "@nats-io/transport-node";
import { MessageLogError } from "../src/message_log/message_log.ts";
import { Link } from "../src/message_log/nats/link.ts";
import { turn } from "../src/turn.ts";
import { FakeClock } from "./fake_clock.ts";
import { TestLog } from "./harness.ts";

/** A link to a server that the test plays. */
function stage({ hasOthers = true } = {}) {
  const clock = new FakeClock();
  const log = new TestLog();
  const seen = { reconnects: 0, found: 0 };
  let answers = true;
  let next = Promise.withResolvers<Status | undefined>();
  const link = new Link({
    isClosed: () => false,
    reconnect: () => Promise.resolve(void seen.reconnects++),
    rtt: () => answers ? Promise.resolve(1) : new Promise(() => {}),
    async *status() {
      for (;;) {
        const status = await next.promise;
        if (!status) return;
        next = Promise.withResolvers();
        yield status;
      }
    },
  }, { clock, log, hasOthers, onReconnect: () => void seen.found++ });
  return {
    clock,
    log,
    seen,
    link,
    silence: () => answers = false,
    end: () => next.resolve(undefined),
    async tell(type: "disconnect" | "reconnect" | "ldm") {
      next.resolve({ type, server: "a:4222" });
      await turn();
    },
  };
}

Deno.test("what waits for an answer is told when the connection is lost, and may go on when it is back", async () => {
  const { clock, seen, link, tell, end } = stage();
  const asked = link.untilLost(new Promise(() => {}));
  assertEquals(await link.connected(1_000), true);
  const failed = assertRejects(() => asked, MessageLogError, "lost");
  await tell("disconnect");
  await failed;
  const waiting = link.connected(5_000);
  await clock.advance(1_999);
  assertEquals([link.isConnected, link.trouble], [false, undefined]);
  await clock.advance(1);
  assertEquals(link.trouble, "no NATS server can be connected to");
  await tell("reconnect");
  assertEquals([await waiting, link.trouble, seen.found], [true, undefined, 1]);
  await tell("disconnect");
  assertEquals(await clock.runUntil(link.connected(1_000)), false);
  end();
});

Deno.test("a server that is about to end is left, unless there is no other", async () => {
  const many = stage();
  await many.tell("ldm");
  const alone = stage({ hasOthers: false });
  await alone.tell("ldm");
  assertEquals([many.seen.reconnects, alone.seen.reconnects], [1, 0]);
  for (const { end } of [many, alone]) end();
});

Deno.test("a server that does not answer is left at once, one that is of no use after a while", async () => {
  const gone = stage({ hasOthers: false });
  gone.silence();
  await gone.clock.runUntil(gone.link.doubt());
  assertEquals(gone.seen.reconnects, 1);
  gone.end();
  const useless = stage();
  for (let i = 0; i < 4; i++) await useless.link.doubt();
  useless.link.trust();
  for (let i = 0; i < 4; i++) await useless.link.doubt();
  assertEquals(useless.seen.reconnects, 0);
  await useless.link.doubt();
  assertEquals(useless.seen.reconnects, 1);
  await useless.tell("disconnect");
  await useless.link.doubt();
  assertEquals(useless.seen.reconnects, 1);
  useless.end();
});
