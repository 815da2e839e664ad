import { assert, assertEquals } from "@std/assert";
import { Pause } from "../src/chat/pause.ts";

/** The pause that a steady load settles at, in ms. */
function settled(
  { messagesPerSecond, readers }: { messagesPerSecond: number; readers: number },
): number {
  const pause = new Pause();
  let nowMs = 0;
  let waitMs = 0;
  let owed = 0;
  for (let i = 0; i < 2_000; i++) {
    const stepMs = Math.max(1_000 / messagesPerSecond, readers * 0.01 + waitMs);
    nowMs += stepMs;
    owed += messagesPerSecond * stepMs / 1_000;
    const messages = Math.max(1, Math.floor(owed));
    owed -= messages;
    waitMs = pause.after({ messages, readers, nowMs });
  }
  return waitMs;
}

Deno.test("Pause adds nothing when there is little to say", () => {
  assertEquals(settled({ messagesPerSecond: 1, readers: 500 }), 0);
  assertEquals(settled({ messagesPerSecond: 100, readers: 500 }), 0);
  assertEquals(settled({ messagesPerSecond: 1_000, readers: 2 }), 0);
});

Deno.test("Pause gathers under load, more the heavier it is, never past its bound", () => {
  const [some, more, most] = [200, 400, 4_000].map((messagesPerSecond) =>
    settled({ messagesPerSecond, readers: 500 })
  ) as [number, number, number];
  assert(some > 0 && some < more && more < most, `${[some, more, most]}`);
  assertEquals(most, 100);
});

Deno.test("Pause forgets a burst when it is over", () => {
  const pause = new Pause();
  for (let nowMs = 0; nowMs < 100; nowMs += 5) pause.after({ messages: 50, readers: 500, nowMs });
  let last = 1;
  for (let nowMs = 1_000; nowMs < 30_000; nowMs += 1_000) {
    last = pause.after({ messages: 1, readers: 500, nowMs });
  }
  assertEquals(last, 0);
});
